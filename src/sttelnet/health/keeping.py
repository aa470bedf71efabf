"""What is stored of checks: how each is, its changes, and what people have said of it."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable
from typing import Final

from sttelnet.errors import StoreError
from sttelnet.health.check import Check
from sttelnet.health.track import Change
from sttelnet.logs import event_logger
from sttelnet.store import CheckTable, StoredChange, StoredCheck

RECENT: Final = 50  # changes at hand for pages
MOST_WAITING: Final = 1_000  # rows; the oldest go first

log = event_logger(__name__)


class Keeping:
    """Stores checks and changes.

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

    async def save(self, check: Check, change: Change | None = None) -> None:
        """Store a check, with the change that led there."""
        row = None
        if change is not None:
            row = StoredChange(change.at, check.name, int(change.before), int(change.after), check.result.text)
            self._recent.append(row)
        if len(self._waiting) == MOST_WAITING:
            self._waiting.popleft()
        self._waiting.append((check, row))
        await self.write()

    async def acknowledge(self, check: Check, who: str, text: str, until: float = 0.0) -> None:
        """Note that somebody knows about a check, until then or (0) until it is OK. Raises StoreError."""
        before = check.stored()
        check.ack_by, check.ack_text, check.ack_until = who, text, until
        check.ack_ends = self._end(until)
        await self._store(check, before)

    async def take_back(self, check: Check) -> None:
        """Have nobody know about a check. Raises StoreError."""
        before = check.stored()
        check.forget()
        await self._store(check, before)

    async def mute(self, check: Check, until: float) -> None:
        """Tell nobody of a check until then; 0 tells again. Raises StoreError."""
        before = check.stored()
        check.muted_until, check.muted_ends = until, self._end(until)
        await self._store(check, before)

    async def write(self) -> None:
        """Store what waits."""
        while self._waiting:
            check, row = self._waiting.popleft()
            try:
                await self._table.save(check.stored(), row)
            except StoreError as error:
                self._waiting.appendleft((check, row))
                if not self._fails:
                    log.warning("states and changes of the checks are not stored: %s", error)
                self._fails = True
                return
        if self._fails:
            log.info("states and changes of the checks are stored again")
        self._fails = False

    def _end(self, until: float) -> float:
        """Return an end by the clock that nobody sets; 0 is none."""
        return self._monotonic() + until - self._clock() if until else math.inf

    async def _store(self, check: Check, before: StoredCheck) -> None:
        """Store what somebody has said of a check; what cannot be stored has not been said."""
        try:
            await self._table.save(check.stored())
        except StoreError:
            check.recall(before)
            raise
