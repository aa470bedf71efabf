"""A program that speaks the machine dialect to a real daemon, over a bare socket that negotiates nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sttelnet.members import Refusal
from sttelnet.role import Role
from sttelnet.server import Server
from tests.daemon import PATIENCE

STATUS = re.compile(rb"(?:\+OK|-ERR) (\d+) (\d+)(?: ([^\r\n]*))?\r\n")


@dataclass(frozen=True)
class Answer:
    """One answer."""

    code: int
    words: str
    body: str
    marker: str = ""


class Program:
    """A connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes | str) -> None:
        self.writer.write(data.encode() if isinstance(data, str) else data)
        await self.writer.drain()

    async def answer(self, *, marked: bool = False) -> Answer:
        """Read one answer, to the byte; whatever stands before its status line is an error."""
        async with asyncio.timeout(PATIENCE):
            line = await self.reader.readuntil(b"\n")
            status = STATUS.fullmatch(line)
            assert status is not None, line
            body = await self.reader.readexactly(int(status[2]))
            marker = (await self.reader.readuntil(b"\r\n")).decode().removesuffix("\r\n") if marked else ""
        return Answer(int(status[1]), (status[3] or b"").decode(), body.decode(), marker)

    async def ask(self, command: str) -> Answer:
        await self.send(command + "\n")
        return await self.answer(marked="--end" in command)

    async def begin(self, command: str = "/machine") -> Answer:
        """Read past the page to the answer of the first command."""
        await self.send(command + "\r\n")
        async with asyncio.timeout(PATIENCE):
            while True:
                line = await self.reader.readuntil(b"\n")
                status = STATUS.fullmatch(line)
                if status is not None:
                    body = await self.reader.readexactly(int(status[2]))
                    return Answer(int(status[1]), (status[3] or b"").decode(), body.decode())

    async def rest(self) -> bytes:
        """Read until the daemon hangs up."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()

    async def silence(self, seconds: float = 0.3) -> bytes:
        """Return what comes within a moment."""
        try:
            async with asyncio.timeout(seconds):
                return await self.reader.read(65536)
        except TimeoutError:
            return b""


@asynccontextmanager
async def program(server: Server) -> AsyncIterator[Program]:
    """Call the daemon."""
    async with program_on(server.ports[0]) as caller:
        yield caller


@asynccontextmanager
async def program_on(port: int) -> AsyncIterator[Program]:
    """Call whoever listens on a port of this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 21)
    try:
        yield Program(reader, writer)
    finally:
        writer.close()
        try:
            await writer.wait_closed()
        except ConnectionError:
            pass  # the daemon was first


async def token_of(server: Server, name: str, role: Role = Role.OPERATOR, *, days: int | None = None) -> str:
    """Make a member, if there is none, and a token for them."""
    if await server.members.get(name) is None:
        assert not isinstance(await server.members.add(name, role), Refusal)
    made = await server.members.tokens.make(name, days=days)
    assert not isinstance(made, Refusal)
    return made[1]
