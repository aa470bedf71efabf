"""What a year of performance data costs: writing and averaging it, the file, and drawing a graph.

The last three days have a value each minute, as a daemon has them. Before that one value makes each slot that is left
in the file in the end, of 5 minutes in two weeks and of an hour in the rest: slots have one size.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sttelnet.charset import Charset
from sttelnet.config import HealthConfig
from sttelnet.health import History
from sttelnet.health.graph import Look, columns_of, graph
from sttelnet.health.upkeep import AT_ONCE, MIB, Upkeep
from sttelnet.store import Measured, SeriesName, Store
from sttelnet.store.history import MOST_ROLLED
from sttelnet.store.slots import MINUTES
from tests.bench.scale import Scale
from tests.bench.table import Amount, Figure, Goal

CHECKS: Final = 50
VALUES: Final = 3  # of each
HOUR, DAY, WEEK = 3600, 86_400, 7 * 86_400
NOW: Final = 1_800_057_600  # the first second of a day
FEEDS: Final = ((MINUTES.kept + DAY, HOUR, WEEK), (3 * DAY, MINUTES.step, DAY), (0, 60, HOUR))  # until, pause, at once
BATCH: Final = 9_000  # values
WINDOW: Final = 79


async def history(scale: Scale, folder: Path) -> list[Figure]:
    """Feed a year, then draw a week of each series."""
    names = [SeriesName(f"check{check}", f"value{value}", "s") for check in range(CHECKS) for value in range(VALUES)]
    path = folder / "history.db"
    async with Store.open(path) as store:
        feed = _Feed(store, names)
        await feed.year(scale.history)
        drawn = [await _draw(store, name) for name in names]
        size = sum(file.stat().st_size for file in folder.glob("history.db*"))
    what = f"{scale.history} days of {CHECKS} checks"
    return [
        Figure(f"{what}: values written", Amount(feed.written / feed.writing, "/s")),
        Figure(f"{what}: an hour of all averaged, mean", Amount(1e3 * feed.keeping / (scale.history * 24), "ms")),
        Figure(f"{what}: size of the file", Amount(size / MIB, "MiB"), goal=Goal(HealthConfig().history, "MiB")),
        Figure("a graph of 7 days p50", Amount(1e3 * statistics.median(drawn), "ms"), goal=Goal(50, "ms")),
        Figure("a graph of 7 days, the slowest", Amount(1e3 * max(drawn), "ms"), goal=Goal(50, "ms")),
    ]


class _Feed:
    """Writes what so many checks would have measured, with the clock put forward each time."""

    def __init__(self, store: Store, names: list[SeriesName]) -> None:
        self._store, self._names = store, names
        self._now = 0.0
        self._known: dict[SeriesName, int] = {}
        limit = HealthConfig().history
        self._upkeep = Upkeep(store, lambda: limit, clock=lambda: self._now, monotonic=lambda: self._now)
        self.written, self.writing, self.keeping = 0, 0.0, 0.0

    async def year(self, days: int) -> None:
        """Feed so many days until NOW."""
        start = NOW - days * DAY
        for left, pause, length in FEEDS:
            end = max(start, NOW - left)
            for at in range(start, end, length):
                await self._write(at, min(at + length, end), pause)
                await self._keep(at, min(at + length, end))
            start = end

    async def _write(self, start: int, end: int, pause: int) -> None:
        values = list(self._measured(start, end, pause))
        began = time.perf_counter()
        for at in range(0, len(values), BATCH):
            self._known |= await self._store.history.write(values[at : at + BATCH], self._known)
        self.written += len(values)
        self.writing += time.perf_counter() - began

    async def _keep(self, start: int, end: int) -> None:
        """Average what is over, and let go what is old, in as many steps as it takes."""
        for hour in range(start, end, HOUR):
            for number in self._known.values():
                self._upkeep.note(number, hour)
        self._now = end + 120.0
        began = time.perf_counter()
        for _ in range(math.ceil((end - start) / HOUR * len(self._known) / (AT_ONCE * MOST_ROLLED))):
            await self._upkeep.step()
        self.keeping += time.perf_counter() - began

    def _measured(self, start: int, end: int, pause: int) -> Iterator[Measured]:
        noise = random.Random(start)
        some = [noise.random() * 100 for _ in range(997)]
        for number, at in enumerate(range(start + 30, end, pause)):
            for place, name in enumerate(self._names):
                yield Measured(name, at, some[(number * 31 + place * 7) % len(some)])


async def _draw(store: Store, name: SeriesName) -> float:
    """Return the seconds a graph takes whose history has just been opened."""
    opened = History(store, lambda: HealthConfig().history, clock=lambda: float(NOW))
    await opened.series_of(name.check)
    began = time.perf_counter()
    cells = await opened.series(name, WEEK, columns_of(WINDOW))
    graph(cells, WEEK, Look(WINDOW, 8, Charset.UTF_8, name.unit))
    return time.perf_counter() - began
