"""The bad line does what its toxics say, and nothing to the other direction."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from tests.fault_proxy import LINGER, Link, Proxy, proxied
from tests.toxics import Bandwidth, Latency, LimitData, Noise, ResetPeer, Slicer, SlowClose, Timeout, Toxic

PATIENCE = 30.0
DATA = bytes(range(250)) * 40
IAC = b"\xff"


class Ends:
    """A client and a server, with the bad line between them."""

    def __init__(self, proxy: Proxy, client: Streams, server: Streams) -> None:
        self.proxy, self.client, self.server = proxy, client, server

    @property
    def link(self) -> Link:
        return self.proxy.links[0]


class Streams:
    """One end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    def end(self) -> None:
        self.writer.write_eof()

    def reset(self) -> None:
        end = self.writer.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(LINGER, 1, 0))
        self.writer.transport.abort()

    async def hears(self, size: int) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readexactly(size)

    async def rest(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()

    async def silence(self, seconds: float = 0.2) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.reader.read(1)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def line(up: Sequence[Toxic] = (), down: Sequence[Toxic] = ()) -> AsyncIterator[Ends]:
    servers: asyncio.Queue[Streams] = asyncio.Queue()
    listener = await asyncio.start_server(
        lambda reader, writer: servers.put_nowait(Streams(reader, writer)), "127.0.0.1", 0
    )
    try:
        async with proxied(listener.sockets[0].getsockname()[1], up, down) as proxy:
            client = Streams(*await asyncio.open_connection("127.0.0.1", proxy.port))
            async with asyncio.timeout(PATIENCE):
                server = await servers.get()
            try:
                yield Ends(proxy, client, server)
            finally:
                client.writer.transport.abort()
                server.writer.transport.abort()
    finally:
        listener.close()


async def test_without_toxics_everything_goes_through_and_so_do_both_ends() -> None:
    async with line() as ends:
        ends.client.say(DATA)
        ends.client.end()
        assert await ends.server.rest() == DATA
        ends.server.say(DATA[::-1])
        ends.server.end()
        assert await ends.client.rest() == DATA[::-1]
        assert bytes(ends.link.up.passed) == DATA


async def test_latency_lets_everything_come_later_and_in_order() -> None:
    async with line(up=[Latency(0.1, jitter=0.05)]) as ends:
        began = time.monotonic()
        for at in range(0, len(DATA), 1000):
            ends.client.say(DATA[at : at + 1000])
            await asyncio.sleep(0.001)
        assert await ends.server.hears(len(DATA)) == DATA
        assert time.monotonic() - began >= 0.05


async def test_latency_of_one_direction_does_not_hold_up_the_other() -> None:
    async with line(up=[Latency(3600)]) as ends:
        ends.client.say(DATA)
        ends.server.say(b"back")
        assert await ends.client.hears(4) == b"back"
        assert not ends.link.up.passed


async def test_bandwidth_is_not_exceeded() -> None:
    async with line(down=[Bandwidth(20_000)]) as ends:
        began = time.monotonic()
        ends.server.say(DATA)
        ends.server.end()
        assert await ends.client.rest() == DATA
        assert time.monotonic() - began >= 0.45


async def test_slices_arrive_one_by_one() -> None:
    async with line(up=[Slicer(1, pause=0.02)]) as ends:
        ends.client.say(b"slices")
        async with asyncio.timeout(PATIENCE):
            pieces = [await ends.server.reader.read(100)]
            while sum(map(len, pieces)) < 6:
                pieces.append(await ends.server.reader.read(100))
        assert b"".join(pieces) == b"slices"
        assert len(pieces) > 1


async def test_a_slow_close_passes_the_end_on_later() -> None:
    async with line(up=[SlowClose(0.3)]) as ends:
        ends.client.say(DATA)
        ends.client.end()
        assert await ends.server.hears(len(DATA)) == DATA
        began = time.monotonic()
        assert await ends.server.rest() == b""
        assert time.monotonic() - began >= 0.2


async def test_limited_data_comes_to_the_byte_and_then_both_ends() -> None:
    async with line(up=[LimitData(777)]) as ends:
        ends.client.say(DATA)
        assert await ends.server.rest() == DATA[:777]
        assert await ends.client.rest() == b""
        assert ends.link.cut


@pytest.mark.parametrize("after", [0, 500])
async def test_both_ends_are_told_of_a_reset(after: int) -> None:
    async with line(down=[ResetPeer(after)]) as ends:
        ends.server.say(DATA)
        for end in (ends.client, ends.server):
            with pytest.raises(ConnectionResetError):
                await end.rest()
        assert len(ends.link.down.passed) == after


async def test_a_half_open_line_carries_nothing_more_and_closes_nothing() -> None:
    async with line(up=[Timeout(100)]) as ends:
        ends.client.say(DATA)
        assert await ends.server.hears(100) == DATA[:100]
        ends.client.end()
        assert await ends.server.silence()
        assert ends.link.up.ending == Timeout(100)
        assert not ends.link.cut
        ends.server.say(b"back")  # the other direction is well
        assert await ends.client.hears(4) == b"back"


async def test_noise_harms_one_byte_of_so_many() -> None:
    async with line(up=[Noise(100)]) as ends:
        ends.client.say(DATA)
        ends.client.end()
        came = await ends.server.rest()
        assert len(came) == len(DATA)
        assert sum(one != other for one, other in zip(came, DATA, strict=True)) == len(DATA) // 100


async def test_noise_neither_makes_nor_harms_a_telnet_command() -> None:
    commands = (b"\xfb" + IAC + b"\xfb\x01") * 500
    async with line(up=[Noise(1)]) as ends:
        ends.client.say(commands)
        ends.client.end()
        came = await ends.server.rest()
        assert len(came) == len(commands)
        assert [at for at, byte in enumerate(came) if byte == 255] == list(range(1, len(commands), 4))
        assert came[2::4] == commands[2::4]


async def test_toxics_put_on_later_count_from_then_on() -> None:
    async with line() as ends:
        ends.client.say(DATA)
        assert await ends.server.hears(len(DATA)) == DATA
        ends.link.up.poison(LimitData(10))
        ends.client.say(DATA)
        assert await ends.server.rest() == DATA[:10]


async def test_the_first_of_two_ends_counts() -> None:
    async with line(up=[LimitData(500), ResetPeer(200)]) as ends:
        ends.client.say(DATA)
        with pytest.raises(ConnectionResetError):
            await ends.client.rest()
        assert len(ends.link.up.passed) == 200


async def test_a_reset_of_one_end_is_passed_on() -> None:
    async with line() as ends:
        ends.client.say(b"there")
        assert await ends.server.hears(5) == b"there"
        ends.client.reset()
        with pytest.raises(ConnectionResetError):
            await ends.server.rest()
