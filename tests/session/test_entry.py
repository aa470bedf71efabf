"""What is entered by clients who do not wait for the answer."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from pathlib import Path

from tests.daemon import PATIENCE, call, daemon

ROOT = '{% page:Prompt("> "); set:Count %}'
COUNTING = '''\
"""Lines that take their time."""

import time


async def Count(client, data):
    """Keep the loop for a moment, as a page does that has to be drawn."""
    client.services.hub.counted = getattr(client.services.hub, "counted", 0) + 1
    time.sleep(0.002)
    client.send("counted\\n")
    return "repeat"
'''
LINES = 5000


async def test_what_a_client_has_sent_who_is_gone_is_not_worked_on_to_its_end(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": ROOT, "counting.py": COUNTING}) as server:
        async with call(server.ports[0]) as peer:
            await peer.until("> ")
            peer.writer.write(b"x\r\0" * LINES)
            await peer.until("counted")
            linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            peer.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            peer.writer.transport.abort()
        async with asyncio.timeout(PATIENCE):
            while server.clients.sessions:
                await asyncio.sleep(0.01)

        assert server.hub.counted < LINES / 2  # type: ignore[attr-defined]
