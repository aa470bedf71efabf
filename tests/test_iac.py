"""The telnet scanner against a decoder that is slow and obviously right."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet import iac
from sttelnet.iac import Allowance, Command, Event, Scanner, Subnegotiation
from tests.strategies import chunked, telnet_streams


class SlowDecoder:
    """RFC 854 and RFC 855, one byte at a time, one method for each state."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.state = self.data
        self.command = 0
        self.body = bytearray()  # as sent, IACs doubled

    def data(self, byte: int) -> None:
        if byte == iac.IAC:
            self.state = self.after_iac
        else:
            self.events.append(bytes((byte,)))

    def after_iac(self, byte: int) -> None:
        self.state = self.data
        if byte == iac.IAC:
            self.events.append(b"\xff")
        elif byte == iac.SB:
            self.body.clear()
            self.state = self.subnegotiation
        elif byte in (iac.WILL, iac.WONT, iac.DO, iac.DONT):
            self.command = byte
            self.state = self.option
        else:
            self.events.append(Command(byte))

    def option(self, byte: int) -> None:
        self.events.append(Command(self.command, byte))
        self.state = self.data

    def subnegotiation(self, byte: int) -> None:
        if byte == iac.IAC:
            self.state = self.iac_in_subnegotiation
        else:
            self.body.append(byte)

    def iac_in_subnegotiation(self, byte: int) -> None:
        if byte == iac.IAC:
            self.body += b"\xff\xff"
            self.state = self.subnegotiation
        elif byte == iac.SE and 0 < len(self.body) <= iac.SUBNEGOTIATION_MOST:
            body = self.body.replace(b"\xff\xff", b"\xff")
            self.events.append(Subnegotiation(body[0], bytes(body[1:])))
            self.state = self.data
        else:
            self.events.append(Command(iac.SB))
            self.after_iac(byte)


def slowly(data: bytes) -> list[Event]:
    decoder = SlowDecoder()
    for byte in data:
        decoder.state(byte)
    return merged(decoder.events)


def scanned(*packets: bytes) -> list[Event]:
    scanner = Scanner()
    return merged(event for packet in packets for event in scanner.receive_data(packet))


def merged(events: Iterable[Event]) -> list[Event]:
    """Join neighbouring data: where one packet ends is no fact about the stream."""
    result: list[Event] = []
    for is_data, run in itertools.groupby(events, key=lambda event: isinstance(event, bytes)):
        together = list(run)
        result += [b"".join(event for event in together if isinstance(event, bytes))] if is_data else together
    return result


@given(telnet_streams())
@settings(max_examples=200)
def test_agrees_with_the_slow_decoder(data: bytes) -> None:
    assert scanned(data) == slowly(data)


@given(chunked(telnet_streams()))
@settings(max_examples=200)
def test_packets_make_no_difference(stream: tuple[bytes, list[bytes]]) -> None:
    data, packets = stream
    assert scanned(*packets) == scanned(data)


@given(telnet_streams())
def test_one_byte_at_a_time_makes_no_difference(data: bytes) -> None:
    assert scanned(*(data[at : at + 1] for at in range(len(data)))) == slowly(data)


@given(st.binary(max_size=2000))
def test_data_comes_back_as_it_was_doubled(data: bytes) -> None:
    assert scanned(iac.doubled(data)) == ([data] if data else [])


@given(st.lists(st.one_of(st.binary(max_size=700), telnet_streams()), max_size=8))
def test_what_is_carried_between_packets_is_small(packets: list[bytes]) -> None:
    scanner = Scanner()
    for packet in packets:
        list(scanner.receive_data(packet))
        assert len(scanner._carried) <= iac.SUBNEGOTIATION_MOST + 3


def test_a_subnegotiation_without_end_costs_no_memory() -> None:
    scanner = Scanner()
    list(scanner.receive_data(b"\xff\xfa\x18"))
    for _ in range(100):
        assert list(scanner.receive_data(b"x" * 65536)) == []
        assert len(scanner._carried) <= 1
    assert list(scanner.receive_data(b"\xff\xf0after")) == [Command(iac.SB), Command(iac.SE), b"after"]


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"", []),
        (b"plain", [b"plain"]),
        (b"a\xff\xffb", [b"a\xffb"]),
        (b"\xff\xff\xff\xf6\xff\xff", [b"\xff", Command(iac.AYT), b"\xff"]),
        (b"\xff\xfd\x06", [Command(iac.DO, iac.TM)]),
        (b"\xff\xfd\xff", [Command(iac.DO, 255)]),
        (b"a\xff\x41b", [b"a", Command(0x41), b"b"]),
        (b"\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0", [Subnegotiation(iac.NAWS, b"\x00\xff\x00\x18")]),
        (b"\xff\xfa\xff\xff\xff\xf0", [Subnegotiation(255, b"")]),
        (b"\xff\xfa\xff\xf0x", [Command(iac.SB), Command(iac.SE), b"x"]),
        (b"\xff\xfa\x18\x00XT\xff\xfb\x1fok", [Command(iac.SB), Command(iac.WILL, iac.NAWS), b"ok"]),
        (b"\xff\xfa\x18\x00X\xff\xfa\x18\x00Y\xff\xf0", [Command(iac.SB), Subnegotiation(iac.TTYPE, b"\x00Y")]),
        (b"\xff\xfa" + b"x" * 512 + b"\xff\xf0", [Subnegotiation(ord("x"), b"x" * 511)]),
        (b"\xff\xfa" + b"x" * 513 + b"\xff\xf0", [Command(iac.SB), Command(iac.SE)]),
        (b"\xff\xf7\xff\xf8", [Command(iac.EC), Command(iac.EL)]),
    ],
)
def test_reads(data: bytes, events: list[Event]) -> None:
    assert scanned(data) == events == slowly(data)


def test_a_flood_can_be_left_off_at_its_first_commands() -> None:
    events = iter(Scanner().receive_data(b"\xff\xfd\x63" * 1_000_000))
    assert next(events) == Command(iac.DO, 99)


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (b"\x00XTERM-256COLOR", "xterm-256color"),
        (b"\x00", ""),
        (b"\x01", None),
        (b"", None),
        (b"\x00\x1b[2Jvt\xff100\r\n", "2jvt100"),
        (b"\x00" + b"x" * 300, "x" * 40),
        (b"\x00 MTTS 137 ", "mtts 137"),
        (b"\x00tintin++", "tintin++"),
    ],
)
def test_a_terminal_type_is_cleaned(payload: bytes, name: str | None) -> None:
    assert iac.terminal_type(payload) == name


@given(st.binary(max_size=600))
def test_no_terminal_type_is_anything_but_short_printable_ascii(payload: bytes) -> None:
    name = iac.terminal_type(b"\x00" + payload)
    assert name is not None
    assert len(name) <= iac.TERMINAL_TYPE_MOST
    assert name.isprintable()
    assert name.isascii()


def test_a_window_size_is_two_numbers_of_two_bytes() -> None:
    assert iac.window_size(b"\x01\x00\x00\x19") == (256, 25)
    assert iac.window_size(b"\x50\x00\x19") is None
    assert iac.window_size(b"\x00\x50\x00\x19\x00") is None


def test_an_allowance_is_a_burst_and_a_rate() -> None:
    allowance = Allowance(rate=2, burst=3, now=10.0)
    assert [allowance.spend(10.0) for _ in range(4)] == [True, True, True, False]
    allowance = Allowance(rate=2, burst=3, now=10.0)
    assert [allowance.spend(10.0 + number / 2) for number in range(20)] == [True] * 20
