"""A telnet service on a real socket, and a client that says bytes and waits for bytes."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sttelnet.errors import ChannelClosed
from sttelnet.telnet import Limits, TelnetChannel

OPENING = bytes.fromhex("fffb01 fffb03 fffd03 fffd1f fffd18")  # WILL ECHO, WILL SGA, DO SGA, DO NAWS, DO TTYPE
TTYPE_SEND = bytes.fromhex("fffa1801fff0")
HANG = 10.0  # what waits longer than this hangs
SMALL = Limits(send_timeout=0.3, close_grace=0.5)


class Client:
    """The other end, byte for byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @property
    def socket(self) -> socket.socket:
        found: socket.socket = self.writer.get_extra_info("socket")
        return found

    def says(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))

    async def hears(self, *parts: bytes) -> None:
        expected = b"".join(parts)
        async with asyncio.timeout(HANG):
            assert await self.reader.readexactly(len(expected)) == expected

    async def hears_nothing_more(self, seconds: float = 0.05) -> None:
        await asyncio.sleep(seconds)
        assert not self.reader._buffer  # type: ignore[attr-defined]  # a read would wait

    async def hears_the_end(self) -> bytes:
        """Return what came before the connection ended, one way or the other."""
        data = b""
        async with asyncio.timeout(HANG):
            try:
                while piece := await self.reader.read(65536):
                    data += piece
            except ConnectionError:
                pass
        return data

    def hang_up(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """End with a RST instead of a FIN."""
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


Session = Callable[[TelnetChannel], Awaitable[None]]


async def echo(channel: TelnetChannel) -> None:
    """Send back what comes until the client's end."""
    try:
        while data := await channel.receive():
            channel.send(data)
            await channel.drain()
    except ChannelClosed:
        pass
    finally:
        await channel.close()


async def nothing(channel: TelnetChannel) -> None:
    """The test itself is the session."""


@dataclass
class Service:
    address: tuple[str, int]
    arrived: asyncio.Queue[TelnetChannel]
    channels: list[TelnetChannel]
    clients: list[Client]
    tls: ssl.SSLContext | None = None

    async def dial(self) -> Client:
        """Connect. What the service says first is still to be heard."""
        client = Client(*await asyncio.open_connection(*self.address, ssl=self.tls))
        self.clients.append(client)
        return client

    async def connect(self) -> tuple[TelnetChannel, Client]:
        """Connect, hear the opening offer, and return both ends."""
        client = await self.dial()
        await client.hears(OPENING)
        async with asyncio.timeout(HANG):
            return await self.arrived.get(), client

    async def answers(self) -> None:
        """Somebody else connects to an echoing service and is served."""
        client = await self.dial()
        client.says(b"are you there")
        await client.hears(OPENING, b"are you there")
        client.hang_up()


@asynccontextmanager
async def serving(
    session: Session = nothing,
    *,
    limits: Limits = SMALL,
    greeting: bytes = b"",
    tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None,
) -> AsyncIterator[Service]:
    """Serve on a free port of this machine until the block ends."""
    arrived: asyncio.Queue[TelnetChannel] = asyncio.Queue()
    channels: list[TelnetChannel] = []
    async with asyncio.TaskGroup() as tasks:

        async def run(channel: TelnetChannel) -> None:
            await session(channel)

        def admit(channel: TelnetChannel) -> None:
            channels.append(channel)
            arrived.put_nowait(channel)
            tasks.create_task(run(channel))

        server = await asyncio.get_running_loop().create_server(
            lambda: TelnetChannel(admit, greeting=greeting, limits=limits), "127.0.0.1", 0, ssl=tls and tls[0]
        )
        service = Service(server.sockets[0].getsockname(), arrived, channels, [], tls and tls[1])
        try:
            yield service
        finally:
            server.close()
            for client in service.clients:
                client.writer.transport.abort()
            for channel in channels:
                channel.abort()
            await asyncio.sleep(0.01)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that comes about in the loop."""
    async with asyncio.timeout(HANG):
        while not condition():
            await asyncio.sleep(0.005)
