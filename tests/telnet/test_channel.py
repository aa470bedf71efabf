"""A telnet connection as a session sees it, over real sockets."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import sys
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

from sttelnet import iac
from sttelnet.channel import DEFAULT_SIZE, Channel, Size
from sttelnet.errors import ChannelClosed
from sttelnet.telnet import Limits, TelnetChannel
from sttelnet.telnet.channel import RESIZE_PAUSE
from sttelnet.telnet.inbound import PIECE
from sttelnet.telnet.peer import Peer, peer_of
from tests.strategies import chunked, telnet_streams
from tests.telnet.service import HANG, OPENING, TTYPE_SEND, Client, echo, serving, until

DO_ECHO, DO_SGA, WILL_SGA = bytes.fromhex("fffd01"), bytes.fromhex("fffd03"), bytes.fromhex("fffb03")
WILL_NAWS, WILL_TTYPE = bytes.fromhex("fffb1f"), bytes.fromhex("fffb18")
REFUSAL = bytes.fromhex("fffe01 fffe03 fffc03 fffc1f fffc18")


def naws(columns: int, rows: int) -> bytes:
    payload = columns.to_bytes(2, "big") + rows.to_bytes(2, "big")
    return b"\xff\xfa\x1f" + iac.doubled(payload) + b"\xff\xf0"


def ttype(name: bytes) -> bytes:
    return b"\xff\xfa\x18\x00" + name + b"\xff\xf0"


async def received(channel: TelnetChannel, size: int) -> bytes:
    """Receive until `size` bytes have come."""
    data = b""
    async with asyncio.timeout(HANG):
        while len(data) < size:
            piece = await channel.receive()
            assert piece, "the end came early"
            data += piece
    return data


async def filled(channel: TelnetChannel) -> None:
    """Send to a client that does not read until the channel's own queue is long."""
    while channel._outbound._writable is None:
        channel.send(b"x" * 65536)
        await asyncio.sleep(0)


async def send_for_ever(channel: TelnetChannel) -> None:
    while True:
        await channel.drain()
        channel.send(b"more")
        await asyncio.sleep(0.001)


# Greeting


async def test_the_offer_and_the_greeting_leave_in_one_segment() -> None:
    async with serving(greeting=b"Hello \xff\r\n") as service:
        client = await service.dial()
        assert await client.reader.read(100) == OPENING + b"Hello \xff\xff\r\n"


async def test_a_channel_is_a_channel() -> None:
    async with serving() as service:
        channel: Channel = (await service.connect())[0]
        assert channel.size == DEFAULT_SIZE
        assert channel.terminal_type is None
        assert {channel.echo, channel.character_mode, channel.negotiates, channel.encrypted} == {False}
        assert channel.interrupts


async def test_who_the_client_is() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        assert (channel.peer, channel.port) == client.socket.getsockname()
        assert channel.loopback


@pytest.mark.parametrize(
    ("peername", "peer"),
    [
        (("192.0.2.7", 4000), Peer("192.0.2.7", 4000, loopback=False)),
        (("127.8.8.8", 4000), Peer("127.8.8.8", 4000, loopback=True)),
        (("::1", 4000, 0, 0), Peer("::1", 4000, loopback=True)),
        (("::ffff:127.0.0.1", 4000, 0, 0), Peer("127.0.0.1", 4000, loopback=True)),
        (("::ffff:192.0.2.7", 4000, 0, 0), Peer("192.0.2.7", 4000, loopback=False)),
        (("fe80::1%eth0", 4000, 0, 2), Peer("fe80::1", 4000, loopback=False)),
        (None, Peer()),
        ("", Peer()),
        (("nonsense", 4000), Peer(port=4000)),
    ],
)
def test_addresses_are_shown_as_people_write_them(peername: object, peer: Peer) -> None:
    assert peer_of(asyncio.BaseTransport({"peername": peername})) == peer


# Negotiation


async def test_settle_returns_when_everything_is_answered() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(DO_ECHO, DO_SGA, WILL_SGA, WILL_NAWS, naws(132, 43), WILL_TTYPE)
        await client.hears(TTYPE_SEND)
        client.says(ttype(b"XTERM-256COLOR"))
        async with asyncio.timeout(HANG):
            await channel.settle(60)
        assert channel.size == Size(132, 43)
        assert channel.terminal_type == "xterm-256color"
        assert channel.echo
        assert channel.character_mode
        assert channel.negotiates
        await client.hears_nothing_more()


async def test_settle_returns_when_everything_is_refused() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(REFUSAL)
        async with asyncio.timeout(HANG):
            await channel.settle(60)
        assert channel.negotiates
        assert not channel.echo


async def test_settle_waits_for_a_silent_client_only_so_long() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(b"GET / HTTP/1.0\r\n\r\n")
        await channel.settle(0.05)
        assert not channel.negotiates
        assert await channel.receive() == b"GET / HTTP/1.0\r\n\r\n"


async def test_settle_ends_with_the_clients_input() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.writer.write_eof()
        async with asyncio.timeout(HANG):
            await channel.settle(60)


async def test_settle_ends_with_the_connection() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.reset()
        async with asyncio.timeout(HANG):
            await channel.settle(60)
            await channel.settle(60)


async def test_a_mud_client_is_asked_until_it_names_a_terminal() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(WILL_TTYPE)
        await client.hears(TTYPE_SEND)
        client.says(ttype(b"MUDLET"))
        await client.hears(TTYPE_SEND)
        client.says(ttype(b"ANSI-TRUECOLOR"))
        await until(lambda: channel.terminal_type == "ansi-truecolor")
        await client.hears_nothing_more()


async def test_the_terminal_type_once_told_stays() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(WILL_TTYPE, ttype(b"syncterm"), ttype(b"VT100"), b"done")
        await received(channel, 4)
        assert channel.terminal_type == "syncterm"


async def test_a_session_is_told_of_changes_and_of_nothing_else() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        changes: list[object] = []
        channel.on_change = lambda: changes.append((channel.size, channel.terminal_type, channel.echo))
        client.says(WILL_NAWS, naws(100, 30), WILL_TTYPE, ttype(b"ansi"), DO_ECHO)
        await until(lambda: len(changes) == 1)
        client.says(naws(100, 30), b"\xff\xf1", DO_ECHO, b"x")
        await received(channel, 1)
        assert changes == [(Size(100, 30), "ansi", True)]


async def test_a_client_may_take_back_its_agreement_to_our_echo() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(DO_ECHO, DO_SGA)
        await until(lambda: channel.character_mode)
        client.says(bytes.fromhex("fffe01"))
        await client.hears(bytes.fromhex("fffc01"))
        assert not channel.echo
        assert not channel.character_mode


async def test_a_burst_of_sizes_becomes_few_changes_and_the_last_one_holds() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        sizes: list[Size] = []
        channel.on_change = lambda: sizes.append(channel.size)
        for columns in range(81, 181):
            client.says(naws(columns, 24))
        await until(lambda: channel.size == Size(180, 24))
        await asyncio.sleep(2 * RESIZE_PAUSE)
        assert sizes[-1] == Size(180, 24)
        assert len(sizes) <= 10


async def test_an_interrupt_arrives_in_its_place() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(b"ab\xff\xf4cd\xff\xf3ef")
        assert await received(channel, 8) == b"ab\x03cd\x03ef"


async def test_erase_character_and_erase_line_arrive_as_keys() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(b"\xff\xf7\xff\xf8x")
        assert await received(channel, 3) == b"\x08\x15x"


async def test_a_transfer_is_not_disturbed_by_commands() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        channel.interrupts = False
        client.says(b"ab\xff\xf4cd\xff\xf3\xff\xf7\xff\xf8\xff\xf6ef", naws(90, 30))
        assert await received(channel, 6) == b"abcdef"
        await until(lambda: channel.size == Size(90, 30))
        await client.hears_nothing_more()


async def test_are_you_there_is_answered() -> None:
    async with serving() as service:
        _, client = await service.connect()
        client.says(b"\xff\xf6")
        await client.hears(b"\r\n[yes]\r\n")


async def test_a_timing_mark_is_answered_after_what_was_sent() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        channel.send(b"before")
        client.says(b"\xff\xf4\xff\xfd\x06")
        await client.hears(b"before\xff\xfb\x06")


@pytest.mark.skipif(sys.platform == "win32", reason="Winsock delivers urgent data in its own way")
async def test_the_data_mark_of_a_synch_swallows_nothing() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(b"a\xff\xf4\xff")
        await asyncio.sleep(0.05)
        raw = socket.socket(fileno=socket.dup(client.socket.fileno()))
        with raw:
            raw.send(b"\xf2", socket.MSG_OOB)
        client.says(b"\xff\xfd\x06b")
        assert await received(channel, 3) == b"a\x03b"
        await client.hears(b"\xff\xfb\x06")


async def test_binary_is_agreed_and_given_back() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(channel.binary(True))
            await client.hears(bytes.fromhex("fffd00 fffb00"))
            client.says(bytes.fromhex("fffb00 fffd00"))
        assert asked.result()
        assert await channel.binary(False)
        await client.hears(bytes.fromhex("fffe00 fffc00"))


async def test_binary_refused_or_not_answered_is_no_binary() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        assert not await channel.binary(True, 0.05)
        client.says(bytes.fromhex("fffb00 fffe00"))
        await client.hears(bytes.fromhex("fffd00 fffb00"))
        assert not await channel.binary(True, 0.5)


async def test_binary_is_granted_whenever_the_client_asks() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(bytes.fromhex("fffb00 fffd00"))
        await client.hears(bytes.fromhex("fffd00 fffb00"))
        assert await channel.binary(True)
        await client.hears_nothing_more()


# Bytes in


async def test_every_byte_goes_through_both_ways() -> None:
    everything = bytes(range(256)) * 40
    async with serving(echo) as service:
        _, client = await service.connect()
        client.says(iac.doubled(everything))
        await client.hears(iac.doubled(everything))


@given(chunked(telnet_streams()))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_packets_make_no_difference_to_a_session(stream: tuple[bytes, list[bytes]]) -> None:
    data, packets = stream

    async def said_to_a_session(*packets: bytes) -> tuple[bytes, Size, str | None, bool, bool]:
        async with serving() as service:
            channel, client = await service.connect()
            for packet in packets:
                client.says(packet)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            client.writer.write_eof()
            got = b""
            async with asyncio.timeout(HANG):
                while piece := await channel.receive():
                    got += piece
            return got, channel._next_size, channel.terminal_type, channel.echo, channel.negotiates

    async def both() -> None:
        assert await said_to_a_session(*packets) == await said_to_a_session(data)

    asyncio.run(both())


async def test_a_command_may_be_cut_anywhere() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        for byte in b"a" + naws(255, 50) + b"\xff\xffb" + DO_ECHO + b"c":
            client.says(bytes((byte,)))
            await asyncio.sleep(0.001)
        assert await received(channel, 4) == b"a\xffbc"
        assert channel.size == Size(255, 50)
        assert channel.echo


async def test_unread_bytes_come_first() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(b"world")
        world = await received(channel, 5)
        client.says(b"!")
        await asyncio.sleep(0.02)
        channel.unread(world)
        channel.unread(b"hello ")
        channel.unread(b"")
        assert await received(channel, 12) == b"hello world!"


async def test_unread_wakes_whoever_waits() -> None:
    async with serving() as service:
        channel, _ = await service.connect()
        asyncio.get_running_loop().call_later(0.01, channel.unread, b"again")
        assert await received(channel, 5) == b"again"


async def test_wake_makes_a_waiting_receive_return_none() -> None:
    async with serving() as service:
        channel, _ = await service.connect()
        asyncio.get_running_loop().call_later(0.01, channel.wake)
        async with asyncio.timeout(HANG):
            assert await channel.receive() is None


async def test_wake_makes_the_next_receive_return_none_once_and_loses_nothing() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        channel.wake()
        channel.wake()
        assert await channel.receive() is None
        client.says(b"data")
        assert await received(channel, 4) == b"data"


async def test_a_receive_that_is_given_up_loses_nothing() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await channel.receive()
        client.says(b"data")
        assert await received(channel, 4) == b"data"


async def test_a_session_that_does_not_read_stops_the_client() -> None:
    sent = 16 * 1024 * 1024
    async with serving() as service:
        channel, client = await service.connect()
        client.says(b"z" * sent)
        await until(lambda: channel._inbound._paused)
        await asyncio.sleep(0.05)
        assert channel._inbound._queued < 600_000
        assert len(await received(channel, sent)) == sent
        assert not channel._inbound._paused


async def test_what_had_come_can_be_read_when_the_connection_is_lost() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(b"z" * (4 << 20))
        await until(lambda: channel._inbound._paused)
        channel.abort()
        await until(lambda: channel._outbound.lost)
        got = 0
        async with asyncio.timeout(HANG):
            while piece := await channel.receive():
                got += len(piece)
        assert got > 200_000


async def test_small_packets_count_for_what_they_cost() -> None:
    async with serving(limits=Limits(receive_high=6400, receive_low=640)) as service:
        channel, _ = await service.connect()
        for _ in range(101):
            channel.data_received(b"x")
        assert channel._inbound._paused


async def test_a_session_is_given_bytes_in_small_pieces() -> None:
    async with serving() as service:
        channel, _ = await service.connect()
        channel.data_received(b"x" * 100_000)
        piece = await channel.receive()
        assert piece is not None
        assert len(piece) == PIECE


async def test_a_session_that_always_has_something_to_read_lets_others_run() -> None:
    async with serving() as service:
        channel, _ = await service.connect()
        ran: list[bool] = []
        asyncio.get_running_loop().call_soon(ran.append, True)
        async with asyncio.timeout(HANG):
            while not ran:
                channel.data_received(b"x")
                assert await channel.receive() == b"x"


# Bytes out


async def test_drain_returns_at_once_when_little_is_queued() -> None:
    async with serving() as service:
        channel, _ = await service.connect()
        channel.send(b"x" * 1000)
        await channel.drain()


async def test_drain_waits_for_a_reader_and_goes_on() -> None:
    async with serving(limits=Limits()) as service:
        channel, client = await service.connect()
        await filled(channel)
        async with asyncio.TaskGroup() as tasks:
            drained = tasks.create_task(channel.drain())
            await asyncio.sleep(0.02)
            assert not drained.done()
            while not drained.done():
                async with asyncio.timeout(HANG):
                    await client.reader.read(1 << 20)


@pytest.mark.parametrize("end", [Client.reset, Client.hang_up])
async def test_drain_wakes_when_the_connection_is_lost(end: Callable[[Client], None]) -> None:
    async with serving(limits=Limits()) as service:
        channel, client = await service.connect()
        await filled(channel)
        asyncio.get_running_loop().call_later(0.02, end, client)
        async with asyncio.timeout(HANG):
            with pytest.raises(ChannelClosed):
                await send_for_ever(channel)


async def test_drain_cuts_off_a_client_that_reads_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(limits=Limits(send_timeout=0.1)) as service:
        channel, client = await service.connect()
        await filled(channel)
        async with asyncio.timeout(HANG):
            with pytest.raises(ChannelClosed):
                await channel.drain()
        assert "read nothing for too long" in caplog.text
        await client.hears_the_end()


async def test_drain_is_patient_with_a_slow_reader() -> None:
    async with serving(limits=Limits(send_timeout=0.4, send_most=64 << 20)) as service:
        channel, client = await service.connect()
        channel._transport.set_write_buffer_limits(32 << 20, 0)
        await filled(channel)
        async with asyncio.TaskGroup() as tasks:
            drained = tasks.create_task(channel.drain())
            while not drained.done():
                await client.reader.read(256 * 1024)
                await asyncio.sleep(0.005)
        assert drained.exception() is None


async def test_a_queue_past_the_cap_cuts_the_client_off(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(limits=Limits(send_most=200_000)) as service:
        channel, client = await service.connect()
        async with asyncio.timeout(HANG):
            for _ in range(1000):
                channel.send(b"x" * 65536)
        assert "too much queued" in caplog.text
        with pytest.raises(ChannelClosed):
            await channel.drain()
        await client.hears_the_end()


async def test_sending_to_a_client_that_is_gone_is_harmless(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.reset()
        await until(lambda: channel._outbound.lost)
        for _ in range(20):
            channel.send(b"x")
        assert caplog.text == ""


# The end


async def test_a_half_closed_client_still_gets_its_answer() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(b"question")
        client.writer.write_eof()
        assert await received(channel, 8) == b"question"
        assert await channel.receive() == b""
        assert await channel.receive() == b""
        channel.send(b"answer")
        await channel.drain()
        await channel.close()
        await client.hears(b"answer")
        assert await client.hears_the_end() == b""


async def test_receive_ends_when_the_connection_is_lost() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        asyncio.get_running_loop().call_later(0.01, client.reset)
        async with asyncio.timeout(HANG):
            assert await channel.receive() == b""


async def test_close_sends_what_is_queued() -> None:
    async with serving(limits=Limits(send_most=8 << 20)) as service:
        channel, client = await service.connect()
        data = b"0123456789abcdef" * (4 << 16)
        channel.send(data)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(channel.close())
            await client.hears(data)
            assert await client.hears_the_end() == b""


async def test_close_ends_though_the_client_reads_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with serving(limits=Limits(send_most=64 << 20, close_grace=0.2)) as service:
        channel, client = await service.connect()
        channel.send(b"x" * (16 << 20))
        async with asyncio.timeout(HANG):
            await channel.close()
        await until(lambda: channel._outbound.lost)
        assert "did not take our last words" in caplog.text
        await client.hears_the_end()


async def test_bytes_nobody_read_do_not_eat_the_last_words() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(b"typed ahead " * 100_000)
        await until(lambda: channel._inbound._paused)
        channel.send(b"goodbye")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(channel.close())
            await client.hears(b"goodbye")
            client.says(b"more")
            assert await client.hears_the_end() == b""
            client.hang_up()


async def test_a_closing_channel_takes_no_more() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(channel.receive())
            await asyncio.sleep(0)
            tasks.create_task(channel.close())
            tasks.create_task(channel.close())
            await asyncio.sleep(0.01)
            client.says(b"late", b"\xff\xf6")
            channel.send(b"too late")
        assert waiting.result() == b""
        assert await client.hears_the_end() == b""
        await channel.close()


async def test_close_given_up_cuts_off() -> None:
    async with serving(limits=Limits(send_most=64 << 20)) as service:
        channel, client = await service.connect()
        channel.send(b"x" * (16 << 20))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await channel.close()
        await until(lambda: channel._outbound.lost)
        await client.hears_the_end()


async def test_abort_cuts_off_at_once() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        channel.abort()
        channel.abort()
        await client.hears_the_end()
        with pytest.raises(ChannelClosed):
            await channel.drain()
        await channel.close()


async def test_a_late_size_is_not_told_after_the_end() -> None:
    async with serving() as service:
        channel, client = await service.connect()
        client.says(naws(100, 30), naws(101, 30))
        await until(lambda: channel.size == Size(100, 30))
        client.reset()
        await until(lambda: channel._outbound.lost)
        await asyncio.sleep(2 * RESIZE_PAUSE)
        assert channel.size == Size(100, 30)


# TLS


def anonymous_tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts for both ends that need no certificate."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    for context in (server, client):
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # 1.3 has no anonymous ciphers
        context.set_ciphers("aNULL:@SECLEVEL=0")
    client.verify_mode = ssl.CERT_NONE
    return server, client


async def test_an_encrypted_channel_serves_and_closes() -> None:
    async with serving(tls=anonymous_tls()) as service:
        channel, client = await service.connect()
        assert channel.encrypted
        assert channel.loopback
        client.says(b"hello", DO_ECHO)
        assert await received(channel, 5) == b"hello"
        channel.send(b"y" * 300_000)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(channel.close())
            await client.hears(b"y" * 300_000)
            assert await client.hears_the_end() == b""
            client.hang_up()


async def test_an_encrypted_channel_ends_with_the_clients_input(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(tls=anonymous_tls()) as service:
        channel, client = await service.connect()
        client.hang_up()
        async with asyncio.timeout(HANG):
            assert await channel.receive() == b""
        await channel.close()
        assert caplog.text == ""


async def test_close_of_an_encrypted_channel_is_bounded_too() -> None:
    async with serving(tls=anonymous_tls(), limits=Limits(send_most=64 << 20, close_grace=0.2)) as service:
        channel, client = await service.connect()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a ReadTransport
        channel.send(b"x" * (16 << 20))
        async with asyncio.timeout(HANG):
            await channel.close()
            await channel.close()


async def test_dead_clients_are_found_by_the_kernel() -> None:
    async with serving() as service:
        channel, _ = await service.connect()
        connection = channel._transport.get_extra_info("socket")
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
