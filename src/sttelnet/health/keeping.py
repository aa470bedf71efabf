"""What is stored of checks: how each is, its changes, and what people have said of it."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from sttelnet.errors import StoreError
from sttelnet.health.check import Check
from sttelnet.health.plugin import Result
from sttelnet.health.track import Change
from sttelnet.logs import event_logger
from sttelnet.store import CheckTable, StoredChange, StoredCheck

RECENT: Final = 50  # changes at hand for pages
MOST_WAITING: Final = 1_000  # rows; the oldest go first

log = event_logger(__name__)


class Keeping:
    """Stores checks and changes, and lets them be seen then.

    What the database does not take waits until it does, and checks and alerts go on. The log says so once, and again
    when it is stored.
    """

    def __init__(self, table: CheckTable, clock: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._table, self._clock, self._monotonic = table, clock, monotonic
        self._recent: deque[StoredChange] = deque(maxlen=RECENT)
        self._waiting: deque[tuple[Check, StoredChange | None]] = deque()
        self._fails = False

    async def begin(self) -> dict[str, StoredCheck]:
        """Return what is stored of checks, by name. Raises StoreError."""
        self._recent = deque(reversed(await self._table.changes(RECENT)), maxlen=RECENT)
        return await self._table.all()

    def recent(self, count: int) -> list[StoredChange]:
        """Return the newest changes, newest first."""
        return list(itertools.islice(reversed(self._recent), count))

    async def take(self, check: Check, result: Result, took: float) -> Change | None:
        """Have a check take a result; return the change it confirms.

        That is stored before anybody can see it: what a client was told no `kill -9` takes back. Only while the
        database takes nothing is it seen first.
        """
        async with check.saving:
            at = self._clock()
            ahead, change = check.ahead(result, at)
            row = None
            if change is not None:
                row = StoredChange(change.at, check.name, int(change.before), int(change.after), result.text)
            if ahead.track.hard is not check.track.hard:
                await self._keep(check, ahead.stored(), row)
            if row is not None:
                self._recent.append(row)
            return check.take(result, at, took)

    async def save(self, check: Check) -> None:
        """Store what a check is like now."""
        async with check.saving:
            await self._keep(check, check.stored())

    async def acknowledge(self, check: Check, who: str, text: str, until: float = 0.0) -> None:
        """Note that somebody knows about a check, until then or (0) until it is OK. Raises StoreError."""
        async with self._said(check):
            check.ack_by, check.ack_text, check.ack_until = who, text, until
            check.ack_ends = self._end(until)

    async def take_back(self, check: Check) -> None:
        """Have nobody know about a check. Raises StoreError."""
        async with self._said(check):
            check.forget()

    async def mute(self, check: Check, until: float) -> None:
        """Tell nobody of a check until then; 0 tells again. Raises StoreError."""
        async with self._said(check):
            check.muted_until, check.muted_ends = until, self._end(until)

    async def write(self) -> None:
        """Store what waits."""
        while self._waiting:
            check, row = self._waiting.popleft()
            async with check.saving:
                try:
                    await self._table.save(check.stored(), row)
                except StoreError:
                    self._waiting.appendleft((check, row))
                    return
        if self._fails:
            log.info("states and changes of the checks are stored again")
        self._fails = False

    async def _keep(self, check: Check, stored: StoredCheck, row: StoredChange | None = None) -> None:
        """Store it, or have it wait: at once where others do, so that a database that is held slows no check."""
        if not self._fails:
            try:
                await self._table.save(stored, row)
            except StoreError as error:
                if not self._fails:
                    log.warning("states and changes of the checks are not stored: %s", error)
                self._fails = True
            else:
                return
        if len(self._waiting) == MOST_WAITING:
            self._waiting.popleft()
        self._waiting.append((check, row))

    def _end(self, until: float) -> float:
        """Return an end by the clock that nobody sets; 0 is none."""
        return self._monotonic() + until - self._clock() if until else math.inf

    @asynccontextmanager
    async def _said(self, check: Check) -> AsyncIterator[None]:
        """Store what somebody says of a check in the block; what cannot be stored has not been said."""
        async with check.saving:
            before = check.stored()
            yield
            try:
                await self._table.save(check.stored())
            except StoreError:
                check.recall(before)
                raise
