"""A hostile client that is not logged in, in a process of its own.

    python -m tests.soak.hostile KIND PORT SECONDS

The site it calls has `go PAGE` at its first prompt, which leads to any of the pages that ship.
"""

from __future__ import annotations

import contextlib
import random
import select
import socket
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from tests.bench import flood
from tests.bench.flood import PIECE, Flood

IDLERS: Final = 500  # connections of those who connect and say nothing
RECEIVE: Final = 4096  # bytes of the buffer of whoever does not read
_IAC, _SB, _SE = b"\xff", b"\xff\xfa", b"\xff\xf0"
_NEW_ENVIRON, _NAWS, _MSDP, _MCCP3, _LINEMODE, _CHARSET, _GMCP = 39, 31, 69, 87, 34, 42, 201


def _over_and_over(data: bytes) -> bytes:
    return data * (PIECE // len(data) + 1)


def _subnegotiation(option: int, payload: bytes) -> bytes:
    return _SB + bytes((option,)) + payload.replace(_IAC, _IAC + _IAC) + _SE


def _windows() -> bytes:
    chance = random.Random(2)
    return b"".join(_subnegotiation(_NAWS, chance.randbytes(4)) for _ in range(PIECE // 10))


def _bomb() -> bytes:
    """Return what would be 256 MiB, were it inflated."""
    return zlib.compress(bytes(256 * 1024 * 1024), 9).replace(_IAC, _IAC + _IAC)


STREAMS: Final[Mapping[str, Callable[[], Flood]]] = {
    **{name: lambda kind=kind: kind for name, kind in flood.KINDS.items()},  # type: ignore[misc]
    "MCCP3 bomb": lambda: Flood(_subnegotiation(_MCCP3, b""), _bomb()),
    "MSDP tables": lambda: Flood(b"", _over_and_over(_subnegotiation(_MSDP, b"\x01A\x02\x03x"))),
    "MSDP arrays": lambda: Flood(b"", _over_and_over(_subnegotiation(_MSDP, b"\x01A\x02\x05\x01"))),
    "NEW-ENVIRON": lambda: Flood(
        b"\xff\xfb\x27", _over_and_over(_subnegotiation(_NEW_ENVIRON, b"\x00" + b"\x00V\x01x" * 900))
    ),
    "LINEMODE SLC": lambda: Flood(b"", _over_and_over(_subnegotiation(_LINEMODE, b"\x03" + b"\x12\xff\x7f" * 60))),
    "CHARSET": lambda: Flood(b"", _over_and_over(_subnegotiation(_CHARSET, b"\x01" + b";UTF-8" * 40))),
    "GMCP": lambda: Flood(b"", _over_and_over(_subnegotiation(_GMCP, b'Core.Hello {"a":' + b"[" * 900))),
    "NAWS": lambda: Flood(b"\xff\xfb\x1f", _windows()),
    "NAWS on a page": lambda: Flood(b"go health\r\n\xff\xfb\x1f", _windows()),
    "AYT": lambda: Flood(b"", _over_and_over(b"\xff\xf6")),
    "EC and EL": lambda: Flood(b"", _over_and_over(b"\xff\xf7\xff\xf8")),
    "escape sequences": lambda: Flood(
        b"", _over_and_over(b"\x1b[A\x1b[200~x\x1b[201~\x1b[999999;1R\x1bOP\x1b[<0;1;1M")
    ),
    "pasted text": lambda: Flood(b"", b"\x1b[200~" + _over_and_over("äöü€ ".encode())),
    "slash commands": lambda: Flood(b"", _over_and_over(b"/help\r\n/who\r\n/rooms\r\n/nothing\r\n")),
    "machine lines": lambda: Flood(b"/machine\r\n", _over_and_over(b"/exec health\r\n/who\r\n/check x\r\n")),
    "machine tokens": lambda: Flood(b"/machine\r\n", _over_and_over(b"/auth ada stt_" + b"x" * 43 + b"\r\n")),
    "HTTP": lambda: Flood(b"", _over_and_over(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
    "chat": lambda: Flood(b"go chat\r\n", _over_and_over(b"x" * 200 + b"\r\n")),
    "log-ins": lambda: Flood(b"go login\r\n", _over_and_over(b"ada\r\nwrong horse\r\n")),
    "registrations": lambda: Flood(b"go register\r\n", _over_and_over(b"eve\r\nwrong horse 1\r\nwrong horse 2\r\n")),
    "redrawn health": lambda: Flood(b"go health\r\n", b"r" * PIECE),
    "redrawn processes": lambda: Flood(b"go processes\r\n", b"r" * PIECE),
    "pages of all kinds": lambda: Flood(b"go start\r\n", _over_and_over(b"hqpqsqwqbq?qtq")),
}


def churn(port: int, until: float) -> int:
    """Connect and hang up, over and over; returns how often."""
    count = 0
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
                if count % 2:  # every other one is reset
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            count += 1
        except OSError:
            time.sleep(flood.REST)
    return count


def idle(port: int, until: float) -> int:
    """Connect many times and say nothing; returns how many stood."""
    with contextlib.ExitStack() as stack:
        count = 0
        for _ in range(IDLERS):
            try:
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=1.0))
                count += 1
            except OSError:
                time.sleep(flood.REST)
        time.sleep(max(0.0, until - time.monotonic()))
    return count


def deaf(port: int, until: float) -> int:
    """Ask for pages and never read one; returns how many bytes were taken."""
    sent = 0
    while time.monotonic() < until:
        try:
            with socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE)
                connection.connect(("127.0.0.1", port))
                connection.sendall(b"go health\r\n")
                connection.setblocking(False)
                while time.monotonic() < until:
                    if select.select([], [connection], [], 0.1)[1]:
                        sent += connection.send(b"r" * PIECE)
        except OSError:
            time.sleep(flood.REST)
    return sent


OTHERS: Final[Mapping[str, Callable[[int, float], int]]] = {
    "connections made and dropped": churn,
    f"{IDLERS} silent connections": idle,
    "pages nobody reads": deaf,
}
KINDS: Final = (*STREAMS, *OTHERS)


def main() -> None:
    """Say `ready`, be hostile for that long, and print how much of it was taken."""
    _, kind, port, seconds = sys.argv
    stream = STREAMS[kind]() if kind in STREAMS else None
    print("ready", flush=True)
    until = time.monotonic() + float(seconds)
    print(flood.flood(stream, int(port), until) if stream else OTHERS[kind](int(port), until))


if __name__ == "__main__":
    main()
