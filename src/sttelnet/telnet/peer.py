"""Who is at the other end of a transport."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from typing import Final, NamedTuple

UNSENT: Final = 32 * 1024  # bytes the kernel takes ahead of what it can send, during a transfer
_AS_EVER: Final = 0  # the system's own value again (tcp(7), TCP_NOTSENT_LOWAT)


class Peer(NamedTuple):
    """The client's address as people write it, its port, and whether it is this machine's."""

    address: str = "unknown"  # it hung up before we looked
    port: int = 0
    loopback: bool = False


def peer_of(transport: asyncio.BaseTransport) -> Peer:
    """Return who is at the other end; without an IPv6 scope, and an IPv4 address in IPv6 as itself."""
    match transport.get_extra_info("peername"):
        case (str(host), int(port), *_):
            return _peer(host.partition("%")[0], port)
        case _:
            return Peer()


def encryption_of(transport: asyncio.BaseTransport) -> tuple[str, str | None]:
    """Return the version of TLS, "TLS 1.3", "" for none; and the name in the client's certificate, if it is valid."""
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    if tls is None:
        return "", None
    version = (tls.version() or "TLS").replace("TLSv", "TLS ")
    # Nothing is told of a certificate that was not verified.
    subject = (tls.getpeercert() or {}).get("subject", ())
    names = [str(pair[1]) for part in subject for pair in part if pair[0] == "commonName"]
    return version, names[0] if len(names) == 1 else None  # two names are none: whose would it be?


def _peer(host: str, port: int) -> Peer:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return Peer(port=port)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    address = mapped or address
    return Peer(str(address), port, address.is_loopback)


def set_options(transport: asyncio.BaseTransport) -> None:
    """Let the kernel find dead clients, and keep DATA MARK among the bytes: BSD sends it as urgent data.

    Without the second the mark vanishes and the IAC before it swallows the byte that follows.
    """
    connection = transport.get_extra_info("socket")
    if connection is None:
        return
    with contextlib.suppress(OSError):  # the client may be gone already
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)


def hold_little(transport: asyncio.BaseTransport, on: bool) -> None:
    """Keep what waits in the kernel short, where it can be told so."""
    option: int | None = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    connection = transport.get_extra_info("socket")
    if connection is None or option is None:
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, option, UNSENT if on else _AS_EVER)
