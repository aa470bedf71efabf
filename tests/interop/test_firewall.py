"""The script of docs/security.md, with nft itself, between two network namespaces."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.daemon import PATIENCE
from tests.interop.test_clients import need
from tests.soak.finding import CannotTryError
from tests.soak.firewall import set_up
from tests.soak.netns import HOST, OTHERS, Namespace, joined

pytestmark = pytest.mark.interop

BANNED, BANNED_6 = OTHERS[0], "fd77::2"
SERVER = """
import socket
listening = socket.create_server(("::", 1), family=socket.AF_INET6, dualstack_ipv6=True)
print("listening", flush=True)
while True:
    listening.accept()
"""


@dataclass(frozen=True)
class Firewall:
    """A host with the script, something that listens on its port 1, and whoever is on the other side."""

    host: Namespace
    other: Namespace
    script: Path

    async def tell(self, *words: str) -> None:
        await self.host.run(str(self.script), *words)

    async def reached(self) -> list[str]:
        """Return the host's addresses that answer the other side."""
        words = (sys.executable, "-m", "tests.soak.scanner", "1", *HOST)
        return [address for address, ports in json.loads(await self.other.run(*words)).items() if ports]


@contextlib.asynccontextmanager
async def firewall(folder: Path) -> AsyncIterator[Firewall]:
    need("nft", "ip", "unshare", "nsenter")
    try:
        async with joined() as (host, other):
            script = await set_up(folder, host)
            command = host.command(sys.executable, "-c", SERVER)
            server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            assert server.stdout is not None
            try:
                async with asyncio.timeout(PATIENCE):
                    await server.stdout.readline()
                yield Firewall(host, other, script)
            finally:
                server.kill()
                await server.wait()
    except CannotTryError as reason:
        pytest.skip(str(reason))


async def test_a_ban_keeps_the_address_out_until_it_is_lifted(tmp_path: Path) -> None:
    async with firewall(tmp_path) as wall:
        assert await wall.reached() == list(HOST)
        await wall.tell("ban", BANNED, "3600")
        assert await wall.reached() == [HOST[1]]
        await wall.tell("ban", BANNED_6, "3600")
        await wall.tell("ban", BANNED, "60")  # told of again, as at a start
        assert await wall.reached() == []
        await wall.tell("unban", BANNED)
        await wall.tell("unban", BANNED_6)
        await wall.tell("unban", BANNED)
        assert await wall.reached() == list(HOST)


async def test_a_ban_ends_by_itself_and_others_are_never_kept_out(tmp_path: Path) -> None:
    async with firewall(tmp_path) as wall:
        await wall.tell("ban", OTHERS[3], "3600")
        assert await wall.reached() == list(HOST)
        await wall.tell("ban", BANNED, "2")
        async with asyncio.timeout(PATIENCE + 2):
            while await wall.reached() != list(HOST):
                await asyncio.sleep(0.2)
