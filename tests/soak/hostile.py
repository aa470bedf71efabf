"""A hostile client that is not logged in, in a process of its own.

    python -m tests.soak.hostile KIND PORT SECONDS

The site it calls has `go PAGE` at its first prompt, which leads to any of the pages that ship. It says `ready`, is
hostile for that long, and prints how much of it was taken and how often it was answered as its kind means to be.
"""

from __future__ import annotations

import contextlib
import select
import socket
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final

from tests.bench import flood
from tests.bench.flood import Came
from tests.bench.people import TERMINAL
from tests.soak.hostile_streams import STREAMS, window

IDLERS: Final = 500  # connections of those who connect and say nothing
RECEIVE: Final = 4096  # bytes of the buffer of whoever does not read
RESIZES_PER_SECOND: Final = 48  # what is let pass for good


def churn(port: int, until: float) -> Came:
    """Connect and hang up, over and over."""
    count = 0
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
                if count % 2:  # every other one is reset
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            count += 1
        except OSError:
            time.sleep(flood.REST)
    return Came(count, count)


def idle(port: int, until: float) -> Came:
    """Connect many times and say nothing."""
    with contextlib.ExitStack() as stack:
        count = 0
        for _ in range(IDLERS):
            try:
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=1.0))
                count += 1
            except OSError:
                time.sleep(flood.REST)
        time.sleep(max(0.0, until - time.monotonic()))
    return Came(count, count)


def deaf(port: int, until: float) -> Came:
    """Ask for pages and never read one."""
    sent = 0
    while time.monotonic() < until:
        try:
            with socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE)
                connection.connect(("127.0.0.1", port))
                connection.sendall(TERMINAL + b"go health\r\0")
                connection.setblocking(False)
                while time.monotonic() < until:
                    if select.select([], [connection], [], 0.1)[1]:
                        sent += connection.send(b"r" * flood.PIECE)
        except OSError:
            time.sleep(flood.REST)
    return Came(sent, sent)


def resize(port: int, until: float) -> Came:
    """Change the window's size as often as is let pass; every change draws the page again."""
    taken = pages = 0
    with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
        connection.sendall(TERMINAL + b"\xff\xfb\x1fgo health\r\0")
        while time.monotonic() < until:
            connection.sendall(window(80 + taken % 100, 25))
            taken += 1
            time.sleep(1 / RESIZES_PER_SECOND)
            if select.select([connection], [], [], 0)[0]:
                pages += connection.recv(flood.PIECE).count(b"HEALTH ")
    return Came(taken, pages)


OTHERS: Final[Mapping[str, Callable[[int, float], Came]]] = {
    "window changed on a page": resize,
    "connections made and dropped": churn,
    f"{IDLERS} silent connections": idle,
    "pages nobody reads": deaf,
}
KINDS: Final = (*STREAMS, *OTHERS)


def main() -> None:
    """Be hostile, and tell what came of it."""
    _, kind, port, seconds = sys.argv
    stream = STREAMS[kind]() if kind in STREAMS else None
    print("ready", flush=True)
    until = time.monotonic() + float(seconds)
    print(*(flood.flood(stream, int(port), until) if stream else OTHERS[kind](int(port), until)))


if __name__ == "__main__":
    main()
