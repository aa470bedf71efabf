"""The audit's door for rows that belong to no other change: it never keeps the deed from being done.

Where the database cannot take a row, for a full disk or because another process holds it, the log has the row at once,
and the row waits here until it can be written. What finds no room here is counted, and a row "gap" says so later.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sttelnet.errors import StoreError
from sttelnet.logs import event_logger
from sttelnet.store.audit import AuditTable, Entry
from sttelnet.store.chain import PASSING
from sttelnet.store.database import Database

log = event_logger(__name__)

PATIENCE: Final = 1.0  # seconds a deed waits for its row: for other tasks, and once more for other processes
RETRY: Final = 2.0  # seconds until a database that took no row is tried again
MOST_WAITING: Final = 1_000  # rows
_AT_ONCE: Final = 100  # rows in one transaction


@dataclass(slots=True, eq=False)
class _Batch:
    """Rows that came while others were being written, for one transaction."""

    entries: list[Entry] = field(default_factory=list)
    callers: int = 0  # who wait for that: the first whose turn it is writes for all
    settled: bool = False  # written, or kept to be written later


class Audit(AuditTable):
    """The audit table, and the rows that wait for it."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(database)
        self._clock, self._monotonic = clock, monotonic
        self._coming = _Batch()
        self._turn = asyncio.Lock()  # of who writes
        self._waiting: deque[Entry] = deque()
        self._lost: list[Entry] = []  # the first and the last of them
        self._lost_count = 0
        self._again = 0.0  # by `monotonic`: until then the database is not tried
        self._flushing = False

    @property
    def waiting(self) -> int:
        """How many rows wait to be written."""
        return len(self._waiting)

    async def add(self, entry: Entry) -> None:
        """Write one row, or have it written later. Raises nothing, and waits a bounded time.

        Rows that come at the same time share a transaction: each waits for the disk once, however many there are.
        """
        if self._coming.settled or len(self._coming.entries) == _AT_ONCE:
            self._coming = _Batch()
        batch = self._coming
        batch.entries.append(entry)
        batch.callers += 1
        try:
            async with self._turn:
                if not batch.settled:
                    await self._settle(batch)
        finally:
            batch.callers -= 1
            if not (batch.settled or batch.callers):  # the client has hung up: a row written twice is better than none
                self._keep_all(batch, "interrupted")

    async def _settle(self, batch: _Batch) -> None:
        """Write rows by themselves, or keep them."""
        if batch is self._coming:
            self._coming = _Batch()
        if self._waiting or self._lost:
            self._keep_all(batch, "behind others")
            await self.flush()
            return
        if self._monotonic() < self._again:
            self._keep_all(batch, "for the database")
            return
        try:
            await self.write(batch.entries, PATIENCE)
        except StoreError as error:
            self._failed()
            self._keep_all(batch, str(error))
        batch.settled = True

    def _keep_all(self, batch: _Batch, why: str) -> None:
        batch.settled = True
        for entry in batch.entries:
            self._keep(entry, why)

    async def flush(self) -> None:
        """Write what waits, where the database takes it by now."""
        if self._flushing or self._monotonic() < self._again:
            return
        self._flushing = True
        try:
            while self._waiting or self._lost:
                await self._write_some()
        except StoreError:
            self._failed()
        else:
            self._again = 0.0
        finally:
            self._flushing = False

    async def run(self) -> None:
        """Write what waits, for as long as the daemon runs."""
        while True:
            await asyncio.sleep(RETRY)
            await self.flush()

    async def finish(self) -> None:
        """Write what waits a last time; the log says how many rows it alone has."""
        self._again = 0.0
        await self.flush()
        if self._waiting or self._lost:
            log.error("rows of the audit stand in this log only", count=len(self._waiting) + self._lost_count)

    async def _write_some(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
        lost, count = self._lost, self._lost_count
        gap = [] if self._waiting or not lost else [self._gap()]
        try:
            await self.write([*batch, *gap], PATIENCE)
        except BaseException:
            self._waiting.extendleft(reversed(batch))
            raise
        if batch:
            log.warning("rows of the audit that waited are written", count=len(batch))
        if gap:  # others may have been lost meanwhile
            self._lost_count -= count
            self._lost = [lost[-1], self._lost[-1]] if self._lost_count else []

    def _failed(self) -> None:
        self._again = self._monotonic() + RETRY

    def _keep(self, entry: Entry, why: str) -> None:
        """Queue a row, and have it in the log at once."""
        log.error(
            "audit row waits: %s",
            why,
            at=_moment(entry.at),
            event=entry.event,
            who=entry.who,
            peer=entry.peer,
            detail=entry.detail,
        )
        self._waiting.append(entry)
        if len(self._waiting) > MOST_WAITING:
            self._lose(self._least())

    def _least(self) -> Entry:
        """Return the row to do without: what strangers can cause as often as they like, before what members did."""
        return next((entry for entry in reversed(self._waiting) if entry.chain == PASSING), self._waiting[-1])

    def _lose(self, entry: Entry) -> None:
        self._waiting.remove(entry)  # or one like it in every word
        self._lost = [self._lost[0] if self._lost else entry, entry]
        self._lost_count += 1

    def _gap(self) -> Entry:
        first, last = min(entry.at for entry in self._lost), max(entry.at for entry in self._lost)
        words = f"{self._lost_count} records were lost between {_moment(first)} and {_moment(last)}"
        return Entry(self._clock(), "gap", "", "", words)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
