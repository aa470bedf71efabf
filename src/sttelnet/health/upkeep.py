"""Keeping the history of performance data in shape: averages are made, and what is old or too much goes.

A host's clock may jump. Averages are made of what stands in the table, so that nothing depends on the order in which
it came. By age things go only while the clock can be believed: one that is a year ahead for a minute must not cost two
days of values, and one that has not been set at all must not cost everything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sttelnet.store import Store
from sttelnet.store.ageing import LAYERS, RAW, Layer
from sttelnet.store.history import MOST_ROLLED
from sttelnet.store.slots import HOURS, MINUTES

CLOCK_SET: Final = 1_735_689_600  # 2025-01-01: a clock that says less has not been set
STEADY: Final = 3600.0  # seconds a clock goes without a jump until it is believed
JUMP: Final = 60.0  # seconds
AHEAD: Final = 3600  # what is farther in the future than this goes
LATE: Final = 60  # seconds after its end until an hour is averaged
PRUNE_EVERY: Final = 3600.0  # seconds
AT_ONCE: Final = 10  # transactions of averages in one step
DROPPED_AT_ONCE: Final = 25  # series in one transaction
CROWDED: Final = 2 * 86_400  # seconds; where there are as many series as may be, one unseen for so long goes
ROUNDS: Final = 10  # of letting go what is too much, at one time
MOST_OF_A_CHECK: Final = 100  # series
MOST_SERIES: Final = 5_000
MIB: Final = 1024 * 1024
FOR_EVER: Final = 2**62  # seconds since 1970


class Upkeep:
    """The averages and the age of what `store` has. `limit` gives the MiB it may take."""

    def __init__(
        self,
        store: Store,
        limit: Callable[[], int],
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._table, self._age, self._limit = store.history, store.history_age, limit
        self._clock, self._monotonic = clock, monotonic
        self._found = False
        self._due: dict[int, set[int]] = {}  # by hour: the series that have new values of it
        self._offset, self._steady_since = math.nan, 0.0
        self._pruned_at, self._pruned_to = -math.inf, 0

    def note(self, series: int, at: int) -> None:
        """Note that a value has been written."""
        self._due.setdefault(at // MINUTES.block * MINUTES.block, set()).add(series)

    async def step(self) -> list[int]:
        """Do some of what is to be done; return the series that are forgotten. Raises StoreError."""
        believed = self._believes_clock()
        if not self._found:
            await self._find()
        if not await self._roll_up():
            return []
        limit, now = self._limit(), self._monotonic()
        if now - self._pruned_at < PRUNE_EVERY and limit == self._pruned_to:
            return []
        forgotten = await self._prune_by_age() if believed else []
        await self._prune_by_size(limit * MIB)
        self._pruned_at, self._pruned_to = now, limit
        return forgotten

    async def _find(self) -> None:
        """Find what was written and not averaged before the daemon stopped."""
        for series in await self._table.series():
            for hour in await self._table.not_rolled(series.number):
                self.note(series.number, hour)
        self._found = True

    async def _roll_up(self) -> bool:
        """Make averages of hours that are over; return whether all of them have been made."""
        over = int(self._clock()) - MINUTES.block - LATE
        for _ in range(AT_ONCE):
            if not await self._average(over):
                return True
        return False

    async def _average(self, until: int) -> bool:
        """Make some averages of the hours that begin until then; return whether there were any to make."""
        due = self._some_due(until)
        if not due:
            return False
        await self._table.roll_up(due)
        for hour, series in due.items():
            self._due[hour].difference_update(series)
            if not self._due[hour]:
                del self._due[hour]
        return True

    def _some_due(self, until: int) -> dict[int, list[int]]:
        """Return what is due, the oldest hours first, as much as fits into one transaction."""
        found: dict[int, list[int]] = {}
        left = MOST_ROLLED
        for hour in sorted(hour for hour in self._due if hour <= until):
            found[hour] = sorted(self._due[hour])[:left]
            left -= len(found[hour])
            if left <= 0:
                break
        return found

    async def _prune_by_age(self) -> list[int]:
        now = int(self._clock())
        for hour in [hour for hour in self._due if hour > now + AHEAD]:
            del self._due[hour]
        for layer in LAYERS:
            await self._drop(layer, before=(now - layer.kept) // layer.grain * layer.grain, after=now + AHEAD)
        await self._age.seen_by(now)
        forgotten = await self._age.forgotten(now - HOURS.kept, now - CROWDED, MOST_OF_A_CHECK, MOST_SERIES)
        for number in forgotten:
            await self._age.forget(number)
        self._due = {hour: rest for hour, due in self._due.items() if (rest := due.difference(forgotten))}
        return forgotten

    async def _prune_by_size(self, limit: int) -> None:
        """Let the oldest go: raw values and 5-minute averages have a third of the room each, hours what is left."""
        left = limit
        for layer in LAYERS:
            room = left if layer is LAYERS[-1] else limit // 3
            left -= await self._shrink(layer, room)

    async def _shrink(self, layer: Layer, room: int) -> int:
        """Let the oldest of a layer go until it fits; return how many bytes it takes."""
        size = await self._age.size(layer)
        for _ in range(ROUNDS):
            oldest = await self._age.oldest(layer) if size > room else None
            if oldest is None:
                break
            span = max(0.0, self._clock() - oldest)
            grains = max(1, math.ceil(span * (1 - room / size) / layer.grain))
            await self._drop(layer, before=(oldest // layer.grain + grains) * layer.grain)
            size = await self._age.size(layer)
        return size

    async def _drop(self, layer: Layer, *, before: int, after: int = FOR_EVER) -> None:
        if layer is RAW:  # what goes because it is too much may be of an hour that has only begun
            while await self._average(before - 1):
                pass
        numbers = [series.number for series in await self._table.series()]
        for part in _parts(numbers, DROPPED_AT_ONCE):
            await self._age.drop(layer, part, before=before, after=after)

    def _believes_clock(self) -> bool:
        """Return whether the clock is set and has gone steadily for a while."""
        now, offset = self._monotonic(), self._clock() - self._monotonic()
        if not abs(offset - self._offset) <= JUMP:  # the first time too
            self._offset, self._steady_since = offset, now
        return now - self._steady_since >= STEADY and self._clock() >= CLOCK_SET


def _parts(values: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(values), most):
        yield values[start : start + most]
