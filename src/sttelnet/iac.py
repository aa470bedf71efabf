"""The byte grammar of telnet (RFC 854, RFC 855): what is data, what a command, what a subnegotiation.

Pure: bytes in, events out. Nothing here knows what an option means to us, only what its bytes say.

Bulk data costs two passes in C: un-double the IACs, and count them; where all were doubled there is no command.
Else one regex match finds the longest run without a command. Python code runs once for a command, never for a byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

SE: Final = 240
NOP: Final = 241
DM: Final = 242
BRK: Final = 243
IP: Final = 244
AO: Final = 245
AYT: Final = 246
EC: Final = 247
EL: Final = 248
GA: Final = 249
SB: Final = 250
WILL: Final = 251
WONT: Final = 252
DO: Final = 253
DONT: Final = 254
IAC: Final = 255

BINARY: Final = 0  # RFC 856
ECHO: Final = 1  # RFC 857
SGA: Final = 3  # RFC 858
TM: Final = 6  # RFC 860
TTYPE: Final = 24  # RFC 1091
NAWS: Final = 31  # RFC 1073

SUBNEGOTIATION_MOST: Final = 512  # bytes between IAC SB and IAC SE as sent; what we agree to needs under 60
TERMINAL_TYPE_MOST: Final = 40  # RFC 1091's own limit

# The longest run without a command: bytes other than IAC, and doubled IACs. Possessive, because a backtrack
# stack makes a flood of IACs four times slower.
_RUN: Final = re.compile(rb"[^\xff]*+(?:(?:\xff\xff)++[^\xff]*+)*+")
_TTYPE_IS: Final = b"\x00"
_NOT_IN_A_TYPE: Final = re.compile(rb"[^A-Za-z0-9 +._/-]+")


class Command(NamedTuple):
    """One command: `option` goes with WILL, WONT, DO and DONT, and is None with every other."""

    command: int
    option: int | None = None


class Subnegotiation(NamedTuple):
    """What stood between IAC SB and IAC SE, IACs un-doubled."""

    option: int
    payload: bytes


Event: TypeAlias = bytes | Command | Subnegotiation


class Scanner:
    """Takes a telnet stream apart, however it was cut into packets.

    A subnegotiation that is empty, too long or broken off by another command is dropped, and the command that
    ended it (SE too) is an event of its own. IAC before a byte that is no command is an event too, so that
    whoever counts commands counts all of them.
    """

    __slots__ = ("_carried", "_dropping")

    def __init__(self) -> None:
        self._carried = b""  # a command not yet whole, SUBNEGOTIATION_MOST and three bytes at most
        self._dropping = False  # inside a subnegotiation that is too long

    def receive_data(self, data: bytes) -> Iterable[Event]:
        """Return the events `data` completes.

        They are found as they are asked for, so that a flood of commands can be left off at its first hundreds.
        Whoever stops before the end must not use the scanner again.
        """
        if b"\xff" not in data and not self._carried and not self._dropping:
            return (data,) if data else ()
        if self._carried:
            data = self._carried + data
            self._carried = b""
        if self._dropping:
            return self._events(data)
        plain = self._without_commands(data)
        if plain is None:
            return self._events(data)
        return (plain,) if plain else ()

    def _without_commands(self, data: bytes) -> bytes | None:
        """Return data un-doubled; None where there is more in it than data."""
        if b"\xff" not in data:
            return data
        iacs = data.count(b"\xff")
        half = int(iacs % 2 == 1 and data.endswith(b"\xff"))  # its other half, or its command, has yet to come
        whole = data[:-1] if half else data
        plain = _undoubled(whole, iacs)
        if iacs - half != 2 * (len(whole) - len(plain)):
            return None
        self._carried = b"\xff" if half else b""
        return plain

    def _events(self, data: bytes) -> Iterator[Event]:
        at = 0
        while True:
            end = _run_end(data, at)
            if end > at and not self._dropping:
                run = data[at:end]
                yield _undoubled(run, run.count(b"\xff"))
            if end + 1 >= len(data):
                self._carried = data[end:]
                return
            if self._dropping:
                self._dropping = False
                yield Command(SB)
            event, at = self._command(data, end)
            if event is not None:
                yield event
            elif at == end:  # not whole yet
                self._carried = data[end:]
                return

    def _command(self, data: bytes, at: int) -> tuple[Event | None, int]:
        """Read the command whose IAC stands at `at`: the event, if any, and where to go on."""
        command = data[at + 1]
        if command == SB:
            return self._subnegotiation(data, at)
        if command < WILL:
            return Command(command), at + 2
        if at + 2 < len(data):
            return Command(command, data[at + 2]), at + 3
        return None, at

    def _subnegotiation(self, data: bytes, at: int) -> tuple[Event | None, int]:
        start = at + 2
        end = _run_end(data, start)
        fits = end - start <= SUBNEGOTIATION_MOST
        if end + 1 >= len(data):
            self._dropping = not fits
            return None, at if fits else end
        if fits and end > start and data[end + 1] == SE:
            body = data[start:end].replace(b"\xff\xff", b"\xff")
            return Subnegotiation(body[0], body[1:]), end + 2
        return Command(SB), end  # counted, or a flood of them would cost its sender nothing


def doubled(data: bytes) -> bytes:
    """Return data with every IAC doubled, as it goes on the wire."""
    return data.replace(b"\xff", b"\xff\xff") if b"\xff" in data else data


def terminal_type(payload: bytes) -> str | None:
    """Return the name a TTYPE IS tells, cleaned and in lower case ("" if nothing is left); None for no IS."""
    if not payload.startswith(_TTYPE_IS):
        return None
    return _NOT_IN_A_TYPE.sub(b"", payload[1:])[:TERMINAL_TYPE_MOST].strip().lower().decode("ascii")


def window_size(payload: bytes) -> tuple[int, int] | None:
    """Return the columns and rows of a NAWS payload, as told; None where it is malformed.

    SyncTERM does not double an IAC here: 255 columns arrive as a broken subnegotiation and are dropped.
    """
    if len(payload) != 4:
        return None
    return int.from_bytes(payload[:2], "big"), int.from_bytes(payload[2:], "big")


class Allowance:
    """How many more commands a client may send: a burst, refilled at a rate. Time is an argument."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = self._left = burst
        self._at = now

    def spend(self, now: float) -> bool:
        """Count one command; False when there have been too many."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - 1
        self._at = now
        return self._left >= 0


def _run_end(data: bytes, at: int) -> int:
    run = _RUN.match(data, at)
    return run.end() if run else at  # it always matches, be it nothing


def _undoubled(data: bytes, iacs: int) -> bytes:
    """Un-double by splitting where IACs are few (half as fast again), and not where that would be a trap."""
    if iacs * 32 < len(data):
        return b"\xff".join(data.split(b"\xff\xff"))
    return data.replace(b"\xff\xff", b"\xff")
