"""`python -m tests.soak.scanner PORTS ADDRESS…`: which TCP ports answer, as JSON; a port by a whole connect."""

from __future__ import annotations

import errno
import json
import selectors
import socket
import sys
from collections.abc import Iterable, Iterator
from typing import Final, cast

AT_ONCE: Final = 400
PATIENCE: Final = 2.0  # seconds for a batch; what has not answered by then is not open


def main(arguments: list[str]) -> int:
    """Scan the ports from 1 on of each address and print the open ones."""
    ports = range(1, int(arguments[0]) + 1)
    print(json.dumps({address: sorted(open_ports(address, ports)) for address in arguments[1:]}))
    return 0


def open_ports(address: str, ports: Iterable[int]) -> Iterator[int]:
    """Give the ports that take a connection."""
    family, _, _, _, place = socket.getaddrinfo(address, 1, type=socket.SOCK_STREAM)[0]
    rest = tuple(place[2:])  # of IPv6: flow and interface
    batch: list[int] = []
    for port in ports:
        batch.append(port)
        if len(batch) == AT_ONCE:
            yield from _open_of(batch, family, (str(place[0]), rest))
            batch = []
    yield from _open_of(batch, family, (str(place[0]), rest))


def _open_of(ports: list[int], family: int, place: tuple[str, tuple[object, ...]]) -> Iterator[int]:
    host, rest = place
    calling: list[socket.socket] = []
    waiting = selectors.DefaultSelector()
    try:
        for port in ports:
            caller = socket.socket(family, socket.SOCK_STREAM)
            caller.setblocking(False)
            calling.append(caller)
            status = caller.connect_ex((host, port, *rest))
            if status in {0, errno.EINPROGRESS}:
                waiting.register(caller, selectors.EVENT_WRITE, port)
            elif status != errno.ECONNREFUSED:
                raise OSError(status, f"{host}, port {port}")  # no way there: nothing was scanned
        while waiting.get_map() and (answered := waiting.select(PATIENCE)):
            for key, _ in answered:
                caller = cast("socket.socket", waiting.unregister(key.fileobj).fileobj)
                if not caller.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) and not is_its_own_end(caller):
                    yield cast("int", key.data)
    finally:
        waiting.close()
        for caller in calling:
            caller.close()


def is_its_own_end(caller: socket.socket) -> bool:
    """Whether it has called itself: on one's own host the kernel may give it the very port it calls (RFC 9293 3.5)."""
    return bool(caller.getsockname() == caller.getpeername())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
