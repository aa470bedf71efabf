"""What is known to hang, crash or fill a telnet daemon, sent to ours: it serves on or cuts the client off,
and somebody else is answered meanwhile. Each kind has its source in the literature or in telnetlib3 5.0.1."""

from __future__ import annotations

import asyncio
import random
import tracemalloc
import zlib

import pytest
from telnetlib3 import TelnetWriter

from sttelnet.channel import Size
from sttelnet.errors import ChannelClosed
from sttelnet.telnet import Limits, TelnetChannel
from sttelnet.telnet.answers import MOST_SIZE
from tests.telnet.service import HANG, OPENING, Client, Service, echo, serving, until

PING, PONG = b"\r\nping\r\n", b"\r\npong\r\n"


async def answer_pings(channel: TelnetChannel) -> None:
    """Throw away what comes, but answer a PING at its end; serve as an echo to whoever asks politely."""
    last = b""
    try:
        while data := await channel.receive():
            last = (last + data)[-64:]
            if last.endswith(PING):
                channel.send(PONG)
            elif last == b"are you there":
                channel.send(last)
            await channel.drain()
    except ChannelClosed:
        pass
    finally:
        await channel.close()


def sb(option: int, payload: bytes) -> bytes:
    return b"\xff\xfa" + bytes((option,)) + payload + b"\xff\xf0"


MSDP, MCCP3, LINEMODE, NEW_ENVIRON, MXP, CHARSET, STATUS, AUTHENTICATION, ENCRYPT = 69, 87, 34, 39, 91, 42, 5, 37, 38
SLC = b"\x03" + b"".join(bytes((function, 2, ord("e"))) for function in range(1, 19))
ENVIRONMENT = b"".join(b"\x03NAME%d\x01%s" % (number, b"v" * 20) for number in range(200_000))

HARMLESS = {
    "MSDP table left open": bytes.fromhex("fffa450141020378fff0"),
    "MSDP array left open": bytes.fromhex("fffa4501410205 01fff0"),
    "MSDP, agreed": bytes.fromhex("fffd45") + bytes.fromhex("fffa450141020378fff0"),
    "MCCP3 and a bomb": sb(MCCP3, b"") + zlib.compress(bytes(8 << 20)).replace(b"\xff", b"\xff\xff"),
    "MCCP3, offered": bytes.fromhex("fffb57") + sb(MCCP3, b"") + b"x\x9c",
    "MCCP2, asked for": bytes.fromhex("fffd56") + sb(86, b""),
    "subnegotiation without end": b"\xff\xfa\x18" + b"x" * (8 << 20) + b"\xff\xf0",
    "NAWS without end": b"\xff\xfa\x1f" + b"\xff\xff" * (1 << 20) + b"\xff\xf0",
    "MXP subnegotiations of 64 KiB": sb(MXP, b"x" * 65536) * 100,
    "LINEMODE with special characters": bytes.fromhex("fffb22") + sb(LINEMODE, SLC) * 20,
    "LINEMODE that overflowed a buffer for 32 years": sb(LINEMODE, b"\x03" + b"\x13\x02\x41" * 150),
    "NEW-ENVIRON with 200,000 names": bytes.fromhex("fffb27") + sb(NEW_ENVIRON, b"\x00" + ENVIRONMENT),
    "NEW-ENVIRON with a root log-in": sb(NEW_ENVIRON, b"\x00\x00USER\x01-f root"),
    "NEW-ENVIRON with a codec for a language": sb(NEW_ENVIRON, b"\x00\x00LANG\x01x.zlib"),
    "CHARSET accepted": sb(CHARSET, b"\x02idna"),
    "STATUS asked for": bytes.fromhex("fffd05") + sb(STATUS, b"\x01"),
    "AUTHENTICATION": sb(AUTHENTICATION, b"\x00\x02\x03" + b"A" * 400),
    "ENCRYPT key of 500 bytes": sb(ENCRYPT, b"\x07" + b"A" * 500),
    "LOGOUT asked for": bytes.fromhex("fffd12"),
    "erase character first": b"\xff\xf7",
    "erase line first": b"\xff\xf8",
    "0x16 first, as TLS": b"\x16",
    "a TLS greeting": bytes.fromhex("16030100") + b"\x2a" * 200,
    "are you there": b"\xff\xf6" * 100,
    "TTYPE asked of us": sb(24, b"\x01"),
    "TTYPE with escapes": bytes.fromhex("fffb18") + sb(24, b"\x00" + b"\x1b[2J\x9b" * 60),
    "TTYPE that is not ASCII": bytes.fromhex("fffb18") + sb(24, b"\x00\xe9\xc3\xa9"),
    "TTYPE empty": bytes.fromhex("fffb18") + sb(24, b""),
    "NAWS of three bytes": sb(31, b"\x00\x50\x00"),
    "NAWS of five bytes": sb(31, b"\x00\x50\x00\x18\x00"),
    "NAWS of 0x0": sb(31, bytes(4)),
    "NAWS of 65535x65535": sb(31, b"\xff" * 8),
    "empty subnegotiations": b"\xff\xfa\xff\xf0" * 100,
    "subnegotiations in subnegotiations": b"\xff\xfa\x18\x00" * 200 + b"\xff\xf0",
    "WILL ECHO": bytes.fromhex("fffb01"),
    "options numbered 255": bytes.fromhex("fffdff fffbff fffcff fffeff"),
    "IAC and no command": b"".join(b"\xff" + bytes((number,)) for number in range(240)),
    "nothing but doubled IACs": b"\xff\xff" * (1 << 20),
    "a line without end": b"a" * (4 << 20),
}
FATAL = {
    "DO 99 for ever": b"\xff\xfd\x63" * 1_000_000,
    "WILL 99 for ever": b"\xff\xfb\x63" * 1_000_000,
    "on and off for ever": bytes.fromhex("fffd00 fffe00") * 500_000,
    "NOP for ever": b"\xff\xf1" * 1_000_000,
    "are you there for ever": b"\xff\xf6" * 1_000_000,
    "interrupt for ever": b"x\xff\xf4" * 1_000_000,
    "IAC and no command for ever": b"\xff\x00" * 1_000_000,
    "short subnegotiations for ever": sb(MXP, b"x") * 500_000,
    "long subnegotiations for ever": sb(MXP, b"x" * 600) * 5_000,
    "sizes for ever": b"".join(sb(31, b"\x00\x50\x00" + bytes((rows,))) for rows in range(20, 60)) * 500,
    "types for ever": sb(24, b"\x00mudlet") * 100_000,
}


async def is_ponged(client: Client) -> bool:
    """Read until PONG (True) or the end (False)."""
    last = b""
    async with asyncio.timeout(HANG):
        try:
            while data := await client.reader.read(65536):
                last = (last + data)[-64:]
                if last.endswith(PONG):
                    return True
        except ConnectionError:
            pass
    return False


async def attack(service: Service, data: bytes) -> tuple[TelnetChannel, Client]:
    """Send the bytes as fast as they go, and see that somebody else is served at the same time."""
    channel, client = await service.connect()
    async with asyncio.timeout(HANG):
        client.says(data, PING)
        await service.answers()
    return channel, client


@pytest.mark.parametrize("data", HARMLESS.values(), ids=HARMLESS)
async def test_is_survived(data: bytes) -> None:
    async with serving(answer_pings) as service:
        _, client = await attack(service, data)
        assert await is_ponged(client)
        await service.answers()


@pytest.mark.parametrize("data", FATAL.values(), ids=FATAL)
async def test_is_cut_off(data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(answer_pings) as service:
        _, client = await attack(service, data)
        assert not await is_ponged(client)
        assert "too many telnet commands" in caplog.text
        await service.answers()


async def test_every_prefix_of_every_small_attack_is_survived() -> None:
    small = [data for data in HARMLESS.values() if len(data) < 60]
    async with serving(answer_pings) as service:
        for data in small:
            _, client = await service.connect()
            for byte in data:
                client.says(bytes((byte,)))
                await asyncio.sleep(0)
            client.writer.write_eof()
            await client.hears_the_end()
        await service.answers()


async def test_one_client_changes_no_special_character_of_another() -> None:
    before = {name: (entry.mask, entry.val) for name, entry in TelnetWriter.default_slc_tab.items()}
    async with serving(answer_pings) as service:
        _, client = await attack(service, HARMLESS["LINEMODE with special characters"])
        assert await is_ponged(client)
    assert {name: (entry.mask, entry.val) for name, entry in TelnetWriter.default_slc_tab.items()} == before


async def test_no_size_is_beyond_reason() -> None:
    async with serving(answer_pings) as service:
        channel, client = await attack(service, HARMLESS["NAWS of 65535x65535"])
        assert await is_ponged(client)
        assert channel.size == MOST_SIZE
        client.says(HARMLESS["NAWS of 0x0"], PING)
        assert await is_ponged(client)
        assert channel.size == MOST_SIZE
        client.says(sb(31, b"\x00\x01\x00\x01"), PING)
        assert await is_ponged(client)
        await until(lambda: channel.size == Size(20, 5))


@pytest.mark.parametrize(
    "name",
    [
        "subnegotiation without end",
        "NAWS without end",
        "MXP subnegotiations of 64 KiB",
        "MCCP3 and a bomb",
        "NEW-ENVIRON with 200,000 names",
        "nothing but doubled IACs",
    ],
)
async def test_costs_no_memory(name: str) -> None:
    data = HARMLESS[name]
    async with serving(answer_pings) as service:
        channel, client = await service.connect()
        tracemalloc.start()
        try:
            for at in range(0, len(data), 65536):
                channel.data_received(data[at : at + 65536])
                await asyncio.sleep(0)
            grown, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert grown < 1_500_000
        client.says(PING)
        assert await is_ponged(client)


async def test_a_client_that_floods_and_reads_nothing_costs_no_memory() -> None:
    async with serving(echo, limits=Limits(send_timeout=0.3, close_grace=0.2)) as service:
        channel, client = await service.connect()
        client.says(b"z" * (32 << 20))
        await asyncio.sleep(0.1)
        assert channel._inbound._queued < 600_000
        assert channel._transport.get_write_buffer_size() < 200_000
        await service.answers()
        await until(lambda: channel._outbound.lost)


async def test_noise_is_survived() -> None:
    """Mutated subnegotiations, as found telnetlib3's endless loop within seconds."""
    dice = random.Random(854)
    parts = [data for data in HARMLESS.values() if len(data) < 300]
    async with serving(answer_pings) as service:
        for _ in range(60):
            noise = bytearray(b"".join(dice.choices(parts, k=8)))
            for _ in range(20):
                noise[dice.randrange(len(noise))] = dice.randrange(256)
            client = await service.dial()
            await client.hears(OPENING)
            client.says(bytes(noise))
            client.writer.write_eof()
            await client.hears_the_end()
        await service.answers()
