"""A bad line: a TCP proxy that harms what it carries as `tests.toxics` say, each direction for itself.

Toxics are put on a connection when it is made, or while it lasts: those that act after a number of bytes count from
then on. `up` leads to the server, `down` to its client.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.fault_lane import End, Lane
from tests.toxics import LimitData, ResetPeer, Toxic

LINGER = "hh" if sys.platform == "win32" else "ii"


class Link:
    """One connection through the proxy."""

    def __init__(self, client: End, server: End, seed: int) -> None:
        self._ends = client, server
        self.port: int = server.writer.get_extra_info("sockname")[1]  # of the server's client, as the server sees it
        self.up = Lane(self, client, server, f"{seed} up")
        self.down = Lane(self, server, client, f"{seed} down")

    @property
    def cut(self) -> bool:
        """Whether a toxic has cut the connection."""
        return any(isinstance(lane.ending, LimitData | ResetPeer) for lane in (self.up, self.down))

    async def run(self) -> None:
        """Carry, until both directions have ended or the line has."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for lane in (self.up, self.down):
                    tasks.create_task(lane.run())
            self.close()
        except* OSError:  # ENOTCONN too, which is what ending a direction says of a socket that was reset
            self.reset()  # one end has been: the other is told

    def close(self) -> None:
        """End it, behind what is on its way."""
        for end in self._ends:
            end.writer.close()

    def reset(self) -> None:
        """End it at once; both ends are told that it was reset."""
        for end in self._ends:
            if (its := end.writer.get_extra_info("socket")).fileno() >= 0:
                its.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(LINGER, 1, 0))
            end.writer.transport.abort()


class Proxy:
    """Where to call, and the connections so far."""

    def __init__(self, target: int, tasks: asyncio.TaskGroup, up: Sequence[Toxic], down: Sequence[Toxic]) -> None:
        self.port = 0
        self.links: list[Link] = []
        self.carrying: list[asyncio.Task[None]] = []
        self._target, self._tasks, self._up, self._down = target, tasks, up, down

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a client."""
        self.carrying.append(self._tasks.create_task(self._carry(End(reader, writer))))

    async def _carry(self, client: End) -> None:
        try:
            server = End(*await asyncio.open_connection("127.0.0.1", self._target))
        except OSError:
            client.writer.transport.abort()
            return
        link = Link(client, server, len(self.links))
        link.up.poison(*self._up)
        link.down.poison(*self._down)
        self.links.append(link)
        try:
            await link.run()
        finally:
            link.close()


@asynccontextmanager
async def proxied(target: int, up: Sequence[Toxic] = (), down: Sequence[Toxic] = ()) -> AsyncIterator[Proxy]:
    """Serve in front of a port of this machine; each connection gets these toxics."""
    async with asyncio.TaskGroup() as tasks:
        proxy = Proxy(target, tasks, up, down)
        server = await asyncio.start_server(proxy.connected, "127.0.0.1", 0)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            for carrying in proxy.carrying:
                carrying.cancel()
