"""A hostile client in a process of its own: it sends as fast as the server takes it.

    python -m tests.bench.flood KIND PORT SECONDS

It reads what it is answered, so that the server has no reason to wait for it, and when it is cut off it comes again.
"""

from __future__ import annotations

import random
import select
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from typing import Final, NamedTuple

PIECE: Final = 64 * 1024
REST: Final = 0.01  # seconds before a line comes again: it is a few clients, not a crowd


def _random() -> bytes:
    return random.Random(1).randbytes(PIECE).replace(b"\xff", b"\xff\xff")


def _commands() -> bytes:
    return b"".join(bytes((255, verb, option)) for verb, option in islice(cycle(_VERBS_AND_OPTIONS), PIECE // 3))


_VERBS_AND_OPTIONS: Final = [(verb, option) for verb in (251, 252, 253, 254) for option in (0, 1, 3, 24, 31, 99)]


class Flood(NamedTuple):
    """What is sent."""

    first: bytes  # once a connection
    then: bytes  # over and over; nothing: it hangs up when it is answered, and comes again
    sign: bytes = b""  # what is in the answers where the server does what it is asked for
    lines: int = 1  # connections at a time


class Came(NamedTuple):
    """What came of a flood."""

    taken: int  # bytes
    signs: int


KINDS: Final[Mapping[str, Flood]] = {
    "random bytes": Flood(b"", _random()),
    "lines": Flood(b"", b"ping\r\n" * (PIECE // 6), b"> "),
    "line ends": Flood(b"", b"\r\n" * (PIECE // 2), b"> "),
    "telnet commands": Flood(b"", _commands()),
    "a line without end": Flood(b"", b"x" * PIECE),
    "SB without end": Flood(b"\xff\xfa\x18", b"x" * PIECE),
    "SB after SB": Flood(b"", b"\xff\xfa\x18\x00xterm\xff\xf0" * (PIECE // 11)),
    "0xFF": Flood(b"", b"\xff" * PIECE),
}


class Line:
    """One connection at a time."""

    def __init__(self, kind: Flood, port: int) -> None:
        self.taken = self.signs = 0
        self._kind, self._port = kind, port
        self._connection: socket.socket | None = None
        self._rest = memoryview(b"")
        self._comes_at = 0.0

    @property
    def there(self) -> bool:
        """Whether it is connected."""
        return self._connection is not None

    @property
    def has_more(self) -> bool:
        """Whether there is something to send."""
        return self.there and bool(self._rest)

    def fileno(self) -> int:
        """Return the descriptor, for select."""
        return self._connection.fileno() if self._connection else -1

    def come(self) -> None:
        """Connect, where it is time."""
        if self.there or time.monotonic() < self._comes_at:
            return
        try:
            self._connection = socket.create_connection(("127.0.0.1", self._port), timeout=1.0)
            self._connection.setblocking(False)
            self._rest = memoryview(self._kind.first or self._kind.then)
        except OSError:
            self.leave()

    def leave(self) -> None:
        """Hang up, and come again after a rest."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._comes_at = time.monotonic() + REST

    def read(self) -> None:
        """Read what has come."""
        assert self._connection is not None
        try:
            data = self._connection.recv(PIECE)
        except OSError:
            data = b""
        if self._kind.sign:
            self.signs += data.count(self._kind.sign)
        if not (data and (self._rest or self._kind.then)):
            self.leave()

    def write(self) -> None:
        """Send as much as is taken."""
        assert self._connection is not None
        try:
            count = self._connection.send(self._rest)
        except OSError:
            self.leave()
            return
        self.taken += count
        self._rest = self._rest[count:] or memoryview(self._kind.then)


def flood(kind: Flood, port: int, until: float) -> Came:
    """Send until then."""
    lines = [Line(kind, port) for _ in range(kind.lines)]
    while time.monotonic() < until:
        for line in lines:
            line.come()
        _step([line for line in lines if line.there])
    for line in lines:
        line.leave()
    return Came(sum(line.taken for line in lines), sum(line.signs for line in lines))


def _step(lines: Sequence[Line]) -> None:
    if not lines:
        time.sleep(REST)
        return
    readable, writable, _ = select.select(lines, [line for line in lines if line.has_more], [], REST)
    for line in readable:
        line.read()
    for line in writable:
        if line.there:
            line.write()


def main() -> None:
    """Flood, and print how many bytes went out."""
    _, kind, port, seconds = sys.argv
    print(flood(KINDS[kind], int(port), time.monotonic() + float(seconds)).taken)


if __name__ == "__main__":
    main()
