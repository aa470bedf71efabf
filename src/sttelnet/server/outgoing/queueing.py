"""What waits to go out on one way, and goes out in its order, with retries."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Final

from sttelnet.health import Alert
from sttelnet.logs import event_logger
from sttelnet.server.outgoing.batch import Batch, Failure, Way

log = event_logger(__name__)

MOST_WAITING: Final = 200  # changes; further ones are logged and left out
PAUSES: Final = (10.0, 30.0, 120.0, 420.0)  # seconds between one try and the next, five in ten minutes
LONGEST_TRY: Final = 60.0  # seconds


_TAKEN_AWAY: Final = Failure("it is not configured any more", again=False)


class Outgoing:
    """One way out with its queue. A change that has waited for as long as the retries last has one try left."""

    def __init__(self, way: Way, *, pauses: Sequence[float] = PAUSES) -> None:
        self._way, self._pauses = way, tuple(pauses)
        self._waiting: asyncio.Queue[tuple[float, Alert]] = asyncio.Queue(MOST_WAITING)
        self._trying = asyncio.Lock()
        self._in_hand = 0  # changes taken from the queue and not told of yet
        self._left_out = 0  # changes that have found no room since the last that has
        self._ending, self._empty = asyncio.Event(), asyncio.Event()

    @property
    def name(self) -> str:
        """Its key or table of config.toml."""
        return self._way.name

    @property
    def on(self) -> bool:
        """Whether it is configured."""
        return self._way.on

    def put(self, alert: Alert) -> None:
        """Have a change told of; never waits."""
        if not (self._way.on and self._way.wants(alert)):
            return
        try:
            self._waiting.put_nowait((time.monotonic(), alert))
        except asyncio.QueueFull:
            self._left_out += 1
            if self._left_out == 1:
                log.warning("%s is too slow: changes are left out from now on", self.name, check=alert.name)
            return
        if self._left_out:
            log.warning("%s had no room for changes", self.name, left_out=self._left_out)
            self._left_out = 0

    async def run(self) -> None:
        """Tell of what comes, as long as the daemon runs."""
        while True:
            self._mark_empty()
            since, first = await self._waiting.get()
            self._in_hand = 1
            self._mark_empty()
            try:
                await self._deliver(Batch((first, *await self._gathered())), since)
            finally:
                self._in_hand = 0

    async def finish(self, seconds: float) -> None:
        """Tell of what waits, once and without pauses, within so many seconds; log how much is not told of."""
        self._ending.set()
        self._mark_empty()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        left = self._in_hand + self._waiting.qsize()
        if left:
            log.warning("%s: the daemon stops, and these changes are not told of", self.name, changes=left)

    async def test(self, alert: Alert, seconds: float) -> Failure | None:
        """Try once, past the queue."""
        try:
            async with asyncio.timeout(seconds):
                return await self._try(Batch((alert,)))
        except TimeoutError:
            return Failure(f"no answer within {seconds:g} s")

    def _mark_empty(self) -> None:
        if self._in_hand or self._waiting.qsize():
            self._empty.clear()
        else:
            self._empty.set()

    async def _gathered(self) -> list[Alert]:
        """Return what has come soon behind the first."""
        if self._way.gather:
            await self._pause(self._way.gather)
        found = [self._waiting.get_nowait()[1] for _ in range(min(self._way.most - 1, self._waiting.qsize()))]
        self._in_hand += len(found)
        return found

    async def _deliver(self, batch: Batch, since: float) -> None:
        for tried, pause in enumerate((*self._pauses, None), 1):
            failure = await self._try(batch)
            names = " ".join(alert.name for alert in batch.alerts[:5])
            if failure is None:
                if tried > 1:
                    log.info("%s has been told after all", self.name, changes=names, tries=tried)
                return
            log.warning("%s failed: %s", self.name, failure.why, changes=names, tries=tried)
            late = time.monotonic() - since > sum(self._pauses)
            if pause is None or late or not failure.again or self._ending.is_set():
                log.warning("%s is given up: these changes are not told of", self.name, changes=names, tries=tried)
                return
            await self._pause(pause)

    async def _try(self, batch: Batch) -> Failure | None:
        try:
            async with self._trying, asyncio.timeout(LONGEST_TRY):
                return await self._way.tell(batch) if self._way.on else _TAKEN_AWAY
        except TimeoutError:
            return Failure(f"no answer within {LONGEST_TRY:g} s")

    async def _pause(self, seconds: float) -> None:
        """Wait, but not once the daemon stops."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()
