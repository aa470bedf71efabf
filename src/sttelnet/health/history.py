"""The history of performance data: taken from the checks, written in batches, read for graphs.

Checks never wait for it. Where the database cannot be written, the newest values wait in memory, the log says so
once, and again when writing works.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sttelnet.errors import StoreError
from sttelnet.health.cells import Cell, laid
from sttelnet.health.plugin import Figure
from sttelnet.health.upkeep import CLOCK_SET, MOST_OF_A_CHECK, MOST_SERIES, Upkeep
from sttelnet.logs import event_logger
from sttelnet.store import Measured, SeriesName, Store
from sttelnet.store.history import Span
from sttelnet.store.slots import GREATEST, HOURS, MINUTES, Slot

WRITE_EVERY: Final = 30.0  # seconds; what a kill may cost
MOST_WAITING: Final = 20_000  # values
BATCH: Final = 2_000  # values in one transaction

log = event_logger(__name__)


class History:
    """The values of the checks over time. `limit` gives the MiB of the database they may take."""

    def __init__(
        self,
        store: Store,
        limit: Callable[[], int],
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table, self._clock = store.history, clock
        self._upkeep = Upkeep(store, limit, clock=clock, monotonic=monotonic)
        self._numbers: dict[SeriesName, int] | None = None  # None: not read yet
        self._waiting: deque[Measured] = deque(maxlen=MOST_WAITING)
        self._batch: list[Measured] = []  # being written
        self._turn = asyncio.Lock()
        self._crowded: set[str] = set()  # checks whose further series are left out
        self._fails = False

    def take(self, check: str, at: float, figures: Sequence[Figure]) -> None:
        """Take what a check has measured at a time in seconds since 1970; it is written later.

        What is no number is left out, and everything while the host's clock has not been set.
        """
        if at < CLOCK_SET:
            return
        self._waiting.extend(
            Measured(SeriesName(check, figure.label, figure.unit), int(at), max(-GREATEST, min(GREATEST, figure.value)))
            for figure in figures
            if math.isfinite(figure.value)
        )

    async def run(self) -> None:
        """Write and keep in shape, as long as the daemon runs."""
        while True:
            await asyncio.sleep(WRITE_EVERY)
            await self.work()

    async def work(self) -> None:
        """Write what waits, and do some of the upkeep."""
        await self._try(upkeep=True)

    async def flush(self) -> None:
        """Write what waits."""
        await self._try(upkeep=False)

    async def series_of(self, check: str) -> list[SeriesName]:
        """Return what has been measured of a check, the oldest series first. Raises StoreError."""
        known = [name for name in await self._known() if name.check == check]
        return list(
            dict.fromkeys([*known, *(value.series for value in self._unwritten() if value.series.check == check)])
        )

    async def series(self, name: SeriesName, seconds: float, cells: int, *, hold: float = 0.0) -> list[Cell | None]:
        """Return the last `seconds` in so many cells, None where nothing was measured. Raises StoreError.

        The last cell, which is now's, begins at a multiple of a cell's width, so that a graph does not change its
        form at each look. A value counts for `hold` seconds more.
        """
        width = seconds / cells
        end = (self._clock() // width + 1) * width
        start = end - seconds
        waiting = [
            Span(value.at, 0.0, Slot(value.value, value.value, value.value, 1))
            for value in self._unwritten()
            if value.series == name and start <= value.at < end
        ]
        number = (await self._known()).get(name)
        spans = [] if number is None else await self._spans(number, start, end, width)
        return laid([*spans, *waiting], start, width, cells, hold)

    async def _spans(self, series: int, start: float, end: float, width: float) -> list[Span]:
        """Return values of the coarsest resolution that has one for each cell, and of others where it has none.

        The newest are not averaged yet, and the oldest are kept as averages only.
        """
        spans: list[Span] = []
        reached = start
        for level in (HOURS, MINUTES):
            if level.step <= width:
                spans += await self._table.averages(series, level, reached, end)
                reached = spans[-1].at + spans[-1].seconds if spans else reached
        spans += await self._table.values(series, start, end, width, since=reached)
        for level in (MINUTES, HOURS):
            first = spans[0].at if spans else end
            if level.step > width and first - start > level.step:
                spans = [*await self._table.averages(series, level, start, first), *spans]
        return spans

    async def _try(self, *, upkeep: bool) -> None:
        async with self._turn:
            try:
                await self._write()
                forgotten = await self._upkeep.step() if upkeep else []
            except StoreError as error:
                if not self._fails:
                    log.warning("the history of the checks stops: %s", error)
                self._fails = True
                self._numbers = None  # whatever was forgotten meanwhile
                return
            if forgotten:
                self._numbers = {name: at for name, at in (await self._known()).items() if at not in forgotten}
            if self._fails:
                log.info("the history of the checks goes on")
            self._fails = False

    async def _write(self) -> None:
        known = await self._known()
        while self._batch or self._waiting:
            if not self._batch:
                self._batch = self._admitted([self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))])
            known.update(await self._table.write(self._batch, known))
            for value in self._batch:
                self._upkeep.note(known[value.series], value.at)
            self._batch = []

    async def _known(self) -> dict[SeriesName, int]:
        """Return the numbers of the series there are. Raises StoreError."""
        if self._numbers is None:
            self._numbers = {series.name: series.number for series in await self._table.series()}
        return self._numbers

    def _admitted(self, values: list[Measured]) -> list[Measured]:
        """Return the values of so many series as a check, and all together, may have."""
        names = dict.fromkeys([*(self._numbers or {}), *(value.series for value in values)])
        counts: Counter[str] = Counter()
        admitted: set[SeriesName] = set()
        for name in names:
            if counts[name.check] < MOST_OF_A_CHECK and len(admitted) < MOST_SERIES:
                counts[name.check] += 1
                admitted.add(name)
            elif name.check not in self._crowded:
                self._crowded.add(name.check)
                log.warning("a check has too many figures: further ones have no history", check=name.check)
        return [value for value in values if value.series in admitted]

    def _unwritten(self) -> Iterator[Measured]:
        yield from self._batch
        yield from self._waiting
