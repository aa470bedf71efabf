"""A crowd that only stands there, and the memory that each of it costs the daemon."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from tests.bench.load import Crowd, LoadError, lift_descriptor_limit
from tests.bench.process import Running
from tests.bench.table import Amount, Goal
from tests.soak.finding import CannotTryError, Finding, counted, none_of

SPARE: Final = 300  # descriptors
WARM_UP: Final = 20  # connections before the first look at memory
SETTLE: Final = 2.0  # seconds


@dataclass(slots=True)
class Stood:
    """What came of a crowd; `left` once it is gone."""

    count: int
    took: float  # seconds until all were in
    memory: float  # KiB of each, resident
    left: int = 0  # were hung up on

    def findings(self, who: str, most: Goal) -> list[Finding]:
        """Return them; `who` they are, and the most memory each may take."""
        return [
            counted(who, self.count),
            Finding("… opened in", Amount(self.took, "s")),
            none_of("… that were hung up on", self.left),
            Finding("resident memory of each (RSS)", Amount(self.memory, "KiB"), most),
        ]


def make_room(sessions: int) -> None:
    """Let this process and its children open so many. Raises CannotTryError."""
    try:
        lift_descriptor_limit(sessions + SPARE)
    except LoadError as error:
        raise CannotTryError(str(error)) from None


@contextlib.asynccontextmanager
async def crowded(
    server: Running, count: int, port: int | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Stood]:
    """Have so many stand on the first page, on the server's own port or another."""
    port = server.port if port is None else port
    await _come_and_go(port, tls)
    before = server.memory()
    crowd = Crowd(port, tls=tls)
    took = await crowd.open(count)
    await asyncio.sleep(SETTLE)
    stood = Stood(count, took, server.memory().per_session(before, count).rss)
    yield stood
    stood.left = sum(caller.hung_up for caller in crowd.callers)
    crowd.close()


async def _come_and_go(port: int, tls: ssl.SSLContext | None) -> None:
    crowd = Crowd(port, tls=tls)
    await crowd.open(WARM_UP)
    crowd.close()
    await asyncio.sleep(SETTLE)
