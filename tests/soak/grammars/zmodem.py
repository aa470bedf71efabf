"""What a ZModem peer may say that it should not: real transcripts damaged, and frames in any order."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sttelnet.zmodem import FileInfo
from sttelnet.zmodem.encode import Encoder
from sttelnet.zmodem.frames import ABORT, End, Frame
from sttelnet.zmodem.headers import hex_header
from sttelnet.zmodem.info import encode_info
from sttelnet.zmodem.link import CLEAN, NVT, TELNET
from tests.zmodem.pair import Line, Pair, named, untouched

LINKS: Final = (CLEAN, TELNET, NVT)
_ENCODERS: Final = tuple(Encoder(link, wide=wide) for link in LINKS for wide in (True, False))
_NUMBERS: Final = (0, 1, 10, 1023, 1024, 8192, 0x23000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_NAMES: Final = (
    b"a.bin",
    b"../../etc/passwd",
    b"-f",
    b"",
    b"a\x1b[2J",
    b"CON",
    b"x" * 900,
    "日".encode(),
    b"\xff",
    b"/",
)
_FLOOD: Final = 64 * 1024  # bytes: a channel gives twice as much at once
_FLOODS: Final = 0.001  # of the inputs
_MOST: Final = 4096  # bytes of an input made of a transcript


@dataclass(frozen=True, slots=True)
class Transcripts:
    """What either side said in transfers that went well."""

    senders: Sequence[bytes]
    receivers: Sequence[bytes]


class _Tapped(Line):
    """A direction that keeps all that was written."""

    def __init__(self) -> None:
        super().__init__(untouched)
        self.tape = b""

    def write(self, data: bytes) -> None:
        self.tape += data
        super().write(data)


def transcripts(seed: int) -> Transcripts:
    """Let our sender and our receiver talk with each other over several links."""
    content = random.Random(seed)
    sent, answered = [], []
    for size in (0, 10, 3000):
        out, back = _Tapped(), _Tapped()
        Pair([named(content.randbytes(size)), named(b"\x18\xff\r\n" * 20, "b.bin")], out=out, back=back).run()
        sent.append(out.tape)
        answered.append(back.tape)
    return Transcripts(sent, answered)


def zmodem_input(chance: random.Random, whole: Sequence[bytes]) -> bytes:
    """Return what a peer says: a transcript with faults, or frames in an order that makes no sense."""
    if chance.random() < _FLOODS:
        return chance.choice(whole)[: chance.choice((0, 200, _MOST))] + _flood(chance)
    if chance.random() < 0.5:
        return _damaged(chance, chance.choice(whole))
    return b"".join(chance.choice(_PARTS)(chance) for _ in range(chance.randint(1, 6)))


def _flood(chance: random.Random) -> bytes:
    """Return one thing over and over: what costs most to look at is the beginning of a header."""
    one = chance.choice((b"*\x18C", b"*\x18A", b"**\x18B", b"**\x18B0000", b"*\x18C\x11\x11", b"\x18k", _noise(chance)))
    return one * (_FLOOD // len(one))


def _damaged(chance: random.Random, tape: bytes) -> bytes:
    bad = bytearray(tape)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(bad) or 1)
        match chance.randrange(4):
            case 0:
                del bad[at : at + chance.choice((1, 1, 5, 200))]
            case 1:
                bad[at:at] = bad[at : at + chance.choice((1, 20, 100))]
            case 2:
                bad[at:at] = chance.choice(_PARTS)(chance)
            case _:
                bad[at : at + 1] = bytes((chance.choice((0x18, 0x11, 0x2A, 0x68, chance.randrange(256))),))
    return bytes(bad[:_MOST])


def _header(chance: random.Random) -> bytes:
    frame, number = chance.choice(list(Frame)), _number(chance)
    wire = hex_header(frame, number) if chance.random() < 0.5 else chance.choice(_ENCODERS).header(frame, number)
    return wire if chance.random() < 0.8 else _with_a_fault(chance, wire)


def _block(chance: random.Random) -> bytes:
    encoder = chance.choice(_ENCODERS)
    frame = chance.choice((Frame.FILE, Frame.FILE, Frame.SINIT, Frame.COMMAND, Frame.STDERR, Frame.DATA))
    data = _info(chance) if frame is Frame.FILE else chance.choice((b"rm -rf /\0", b"", chance.randbytes(1100)))
    wire = encoder.header(frame, _number(chance)) + encoder.subpackets(data, 1024, chance.choice(list(End)))
    return wire if chance.random() < 0.8 else _with_a_fault(chance, wire)


def _info(chance: random.Random) -> bytes:
    """Return a file's information block, its numbers perhaps none."""
    if chance.random() < 0.5:
        return encode_info(FileInfo(chance.choice(_NAMES), chance.choice(_NUMBERS), 0))
    numbers = (b"", b"-1", b"9" * 400, b"77777777777777777777777", b"x", b"12 ", b"\xb2")
    return (
        chance.choice(_NAMES) + b"\0" + b" ".join(chance.choice(numbers) for _ in range(chance.randint(0, 7))) + b"\0"
    )


def _endless(chance: random.Random) -> bytes:
    """Return a header said over and over: a ZRPOS asks for the same again, a ZNAK for the last header."""
    frame = chance.choice((Frame.RPOS, Frame.RPOS, Frame.NAK, Frame.ACK, Frame.CRC, Frame.RINIT, Frame.SINIT))
    return hex_header(frame, _number(chance)) * chance.randint(2, 30)


def _noise(chance: random.Random) -> bytes:
    return chance.choice(
        (b"**\x18B", b"*\x18C", b"\x18" * 4, b"\x18k", b"\x11\x13", b"OO", b"rz\r", chance.randbytes(30))
    )


def _with_a_fault(chance: random.Random, wire: bytes) -> bytes:
    at = chance.randrange(len(wire))
    return wire[:at] + bytes((wire[at] ^ 1 << chance.randrange(8),)) + wire[at + chance.randint(0, 1) :]


def _number(chance: random.Random) -> int:
    return chance.choice(_NUMBERS) if chance.random() < 0.8 else chance.randrange(1 << 32)


_PARTS: Final[Sequence[Callable[[random.Random], bytes]]] = (
    *(_header, _header, _header, _block, _block, _endless, _noise, lambda _: ABORT),
)
