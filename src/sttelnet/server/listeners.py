"""The daemon's listening sockets."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
from collections.abc import Callable

from sttelnet.logs import event_logger

log = event_logger(__name__)

# A burst of connects must not wait for SYN retries, as it does with asyncio's default of 100; but asyncio accepts
# as many at a time as the backlog is long, and with no descriptors left fails as often. So the two are told apart.
BACKLOG = 1024
AT_A_TIME = 8


async def listen(hosts: tuple[str, ...], port: int, factory: Callable[[], asyncio.Protocol]) -> list[asyncio.Server]:
    """Listen on every host of the list. A host without IPv6 goes without ::1. Raises OSError."""
    loop = asyncio.get_running_loop()
    servers: list[asyncio.Server] = []
    for host in hosts:
        try:
            server = await loop.create_server(factory, host, port, backlog=AT_A_TIME)
            servers.append(server)
        except OSError as error:
            if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT} and ":" in host and len(hosts) > 1:
                log.info("not listening on %s: this machine has no such address", host)
                continue
            for server in servers:
                server.close()
            raise
        _lengthen_backlog(server)
        if port == 0:
            port = servers[0].sockets[0].getsockname()[1]  # any free port, the same one on every address
    return servers


def _lengthen_backlog(server: asyncio.Server) -> None:
    if sys.platform == "win32":
        return  # the Proactor accepts one at a time, and its listening sockets take no second listen()
    for listening in server.sockets:
        # asyncio shows its sockets through a wrapper without listen(); a duplicate shares the queue.
        with socket.socket(fileno=os.dup(listening.fileno())) as duplicate:
            duplicate.listen(BACKLOG)


def addresses(servers: list[asyncio.Server]) -> list[tuple[str, int]]:
    """Return where the servers listen, host and port."""
    return [listening.getsockname()[:2] for server in servers for listening in server.sockets]


def shown(address: tuple[str, int]) -> str:
    """Return host and port as people write them."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def listening_fault(error: OSError, table: str, hosts: tuple[str, ...], port: int) -> str:
    """Return why a second listener, of `table` in config.toml, could not be opened, with the cure."""
    place = f"port {port} of {', '.join(hosts)}"
    name = table.upper()
    match error:
        case socket.gaierror():
            return f"cannot listen for {name}: {error.strerror} ({table}.listen has a host name nobody knows)"
        case OSError(errno=errno.EADDRINUSE):
            return f"{place} is taken ({table}.port in config.toml chooses another, 0 is none)"
        case OSError(errno=errno.EACCES):
            return f"not allowed to listen for {name}: {place} (ports below 1024 are for root; see {table}.port)"
        case _:
            return f"cannot listen for {name}: {place} ({table}.listen names the addresses): {error.strerror}"
