"""A connection whose every wait ends at one deadline. Blocks; raises OSError (TimeoutError at the deadline).

Sockets block here, in a probe's own thread, because the event loop looks names up in the threads of its executor,
which names that hang would use up.
"""

from __future__ import annotations

import ipaddress
import math
import re
import socket
import ssl
import time
from types import TracebackType
from typing import Final, Self

MOST_ADDRESSES: Final = 8  # of a name that are tried
LONGEST_HOST: Final = 253  # RFC 1035, section 2.3.4

_PLACE = re.compile(r"(?:\[([^\[\]]+)\]|([^:\[\]]+))(?::(\d{1,5}))?")
_HOST = re.compile(r"[\w.:%-]+")


def read_place(text: str, default: int | None = None) -> tuple[str, int] | None:
    """Return host and port of "host:port", "[::1]:port"; None where it is neither, or has no port and needs one."""
    found = _PLACE.fullmatch(text.strip())
    if found is None:
        return None
    host, port = found[1] or found[2], int(found[3]) if found[3] else default
    return (host, port) if port is not None and 0 < port < 65536 and is_host(host) else None


def is_host(text: str) -> bool:
    """Whether a text can be the name or the address of a host; none begins with "-", which programs take for more."""
    return len(text) <= LONGEST_HOST and not text.startswith(("-", ".")) and _HOST.fullmatch(text) is not None


class Line:
    """An open connection."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._socket, self._deadline = connection, deadline

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def is_inside(self) -> bool:
        """Whether the peer is on this host or in a network that is not everybody's."""
        address = ipaddress.ip_address(str(self._socket.getpeername()[0]).partition("%")[0])
        return not address.is_global

    def secure(self, context: ssl.SSLContext, host: str) -> ssl.SSLSocket:
        """Go on in TLS; return its socket, for what it knows of the peer."""
        self._wait()
        try:
            secured = context.wrap_socket(self._socket, server_hostname=host)
        except ssl.SSLError:  # one of a certificate is a ValueError, too
            raise
        except ValueError as error:  # a name that has no IDNA form
            raise OSError(f"no name for a certificate: {host}") from error
        self._socket = secured
        return secured

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._wait()
        self._socket.sendall(data)

    def receive(self, most: int, until: float = math.inf) -> bytes:
        """Return what comes next; b"" at the end, which a peer that ends without TLS's good-bye has reached too."""
        self._wait(until)
        try:
            return self._socket.recv(most)
        except ssl.SSLEOFError:
            return b""

    def _wait(self, until: float = math.inf) -> None:
        self._socket.settimeout(left(min(self._deadline, until)))


def dial(host: str, port: int, deadline: float) -> Line:
    """Connect to the first address of a host that answers."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[:MOST_ADDRESSES]
    except UnicodeError as error:  # a label that is empty or too long has no IDNA form
        raise OSError(f"no such host: {error}") from error
    refused: OSError = OSError("no such host")
    for tried, (family, kind, protocol, _, address) in enumerate(found):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(left(deadline) / (len(found) - tried))
            connection.connect(address)
        except OSError as error:
            connection.close()
            refused = error
            continue
        return Line(connection, deadline)
    raise refused


def left(deadline: float) -> float:
    """Return the seconds until a deadline; raises TimeoutError at it."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
