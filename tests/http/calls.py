"""Calling an HTTP port byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sttelnet.http import Desk

PATIENCE = 10.0  # seconds until a wait counts as a hang


@dataclass(frozen=True)
class Reply:
    """What came back, whole."""

    status: int
    fields: dict[str, str]
    body: bytes


def read_reply(data: bytes) -> Reply:
    """Take apart what a connection carried until it was closed."""
    head, empty, body = data.partition(b"\r\n\r\n")
    assert empty, data
    line, *rest = head.decode("ascii").split("\r\n")
    version, status, _ = line.split(" ", 2)
    assert version == "HTTP/1.1"
    fields = dict(one.split(": ", 1) for one in rest)
    assert fields["Connection"] == "close"
    return Reply(int(status), fields, body)


async def say(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send pieces, return everything until the other side closes."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
            return await reader.read()
        finally:
            writer.close()


async def ask(port: int, path: str, *fields: str, method: str = "GET") -> Reply:
    """Ask for a path as a client does."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *fields, "", ""]
    return read_reply(await say(port, "\r\n".join(lines).encode()))


@asynccontextmanager
async def open_desk(desk: Desk) -> AsyncIterator[int]:
    """Let a desk serve on a free port of this machine; return the port."""
    server = await asyncio.get_running_loop().create_server(desk.protocol, "127.0.0.1", 0)
    try:
        async with desk.serving():
            yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
