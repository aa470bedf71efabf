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
from collections.abc import Mapping
from itertools import cycle, islice
from typing import Final, NamedTuple

PIECE: Final = 64 * 1024
REST: Final = 0.01  # seconds before it comes again: it is one client, not a crowd


def _random() -> bytes:
    return random.Random(1).randbytes(PIECE).replace(b"\xff", b"\xff\xff")


def _commands() -> bytes:
    return b"".join(bytes((255, verb, option)) for verb, option in islice(cycle(_VERBS_AND_OPTIONS), PIECE // 3))


_VERBS_AND_OPTIONS: Final = [(verb, option) for verb in (251, 252, 253, 254) for option in (0, 1, 3, 24, 31, 99)]


class Flood(NamedTuple):
    """What is sent."""

    first: bytes  # once a connection
    then: bytes  # over and over


KINDS: Final[Mapping[str, Flood]] = {
    "random bytes": Flood(b"", _random()),
    "lines": Flood(b"", b"ping\r\n" * (PIECE // 6)),
    "line ends": Flood(b"", b"\r\n" * (PIECE // 2)),
    "telnet commands": Flood(b"", _commands()),
    "a line without end": Flood(b"", b"x" * PIECE),
    "SB without end": Flood(b"\xff\xfa\x18", b"x" * PIECE),
    "SB after SB": Flood(b"", b"\xff\xfa\x18\x00xterm\xff\xf0" * (PIECE // 11)),
    "0xFF": Flood(b"", b"\xff" * PIECE),
}


def flood(kind: Flood, port: int, until: float) -> int:
    """Send until then; returns how many bytes the server took."""
    sent = 0
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
                connection.setblocking(False)
                sent += _flood_connection(connection, kind, until)
        except OSError:
            time.sleep(REST)
    return sent


def _flood_connection(connection: socket.socket, kind: Flood, until: float) -> int:
    sent = 0
    piece = memoryview(kind.then)
    rest = memoryview(kind.first or kind.then)
    try:
        while time.monotonic() < until:
            readable, writable, _ = select.select([connection], [connection], [], 0.1)
            if readable and not connection.recv(PIECE):
                break
            if writable:
                count = connection.send(rest)
                sent += count
                rest = rest[count:] or piece
    except OSError:
        time.sleep(REST)
    return sent


def main() -> None:
    """Flood, and print how many bytes went out."""
    _, kind, port, seconds = sys.argv
    print(flood(KINDS[kind], int(port), time.monotonic() + float(seconds)))


if __name__ == "__main__":
    main()
