"""The tables of performance data: every value for two days, then averages of 5 minutes and of an hour.

Values and blocks are keyed by series and time, so that a graph reads one stretch of one table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sttelnet.store.database import Database, Transaction
from sttelnet.store.slots import HOURS, MINUTES, Level, Slot, fuller, merged, pack, unpack, with_slot

MOST_ROLLED: Final = 1_000  # hours of series, in one transaction: 30 ms or so
AT_A_TIME: Final = 200  # series, between two of which the event loop goes on


@dataclass(frozen=True, slots=True)
class SeriesName:
    """What is measured: one value of one check."""

    check: str
    label: str
    unit: str


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """A series there is; its number stands for it in the other tables."""

    number: int
    name: SeriesName
    seen: int  # seconds since 1970: when there was a value last, to the hour


@dataclass(frozen=True, slots=True)
class Measured:
    """One value. `at` is seconds since 1970, `value` finite and no greater than `GREATEST`."""

    series: SeriesName
    at: int
    value: float


@dataclass(frozen=True, slots=True)
class Span:
    """The values between `at` and `at + seconds`."""

    at: float
    seconds: float
    slot: Slot


class HistoryTable:
    """The tables history_series, history_values and history_blocks. Ageing has the module store/ageing.py."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def series(self) -> list[StoredSeries]:
        """Return every series, the oldest first."""
        rows = await self._database.read("SELECT id, check_name, label, unit, seen FROM history_series ORDER BY id")
        return [StoredSeries(number, SeriesName(*name), seen) for number, *name, seen in rows]

    async def write(self, values: Sequence[Measured], known: Mapping[SeriesName, int]) -> dict[SeriesName, int]:
        """Store values, of several for one second the last; return the numbers of the series that are not known yet."""
        new: dict[SeriesName, int] = {}
        async with self._database.transaction() as transaction:
            for value in values:
                if value.series not in known and value.series not in new:
                    new[value.series] = await _number(transaction, value.series, value.at)
            numbers = {**known, **new}
            await transaction.run_many(
                "INSERT OR REPLACE INTO history_values (series, at, value) VALUES (?, ?, ?)",
                [(numbers[value.series], value.at, value.value) for value in values],
            )
        return new

    async def values(self, series: int, start: float, end: float, width: float, since: float = 0.0) -> list[Span]:
        """Return the raw values from `start` on and before `end`, those of each `width` seconds in one span.

        Values before `since` are left out, the spans stay where they are.
        """
        rows = await self._database.read(
            "SELECT CAST((at - ?) / ? AS INTEGER), min(value), avg(value), max(value), count(*)"
            " FROM history_values WHERE series = ? AND at >= ? AND at < ? GROUP BY 1 ORDER BY 1",
            (start, width, series, max(start, since), end),
        )
        return [Span(start + place * width, width, Slot(*figures)) for place, *figures in rows]

    async def averages(self, series: int, level: Level, start: float, end: float) -> list[Span]:
        """Return the averages that begin between `start` and `end`, the oldest first."""
        rows = await self._database.read(
            "SELECT at, slots FROM history_blocks WHERE step = ? AND series = ? AND at > ? AND at < ? ORDER BY at",
            (level.step, series, start - level.block, end),
        )
        spans = [
            Span(at + place * level.step, level.step, slot)
            for at, slots in rows
            for place, slot in unpack(slots).items()
        ]
        return [span for span in spans if start <= span.at < end]

    async def not_rolled(self, series: int) -> list[int]:
        """Return the hours that a series has values of and no averages; each by its first second."""
        rows = await self._database.read(
            "SELECT hour FROM (SELECT DISTINCT at / ? * ? AS hour FROM history_values WHERE series = ?)"
            " WHERE NOT EXISTS (SELECT 1 FROM history_blocks WHERE step = ? AND series = ? AND at = hour)",
            (MINUTES.block, MINUTES.block, series, MINUTES.step, series),
        )
        return [row[0] for row in rows]

    async def roll_up(self, due: Mapping[int, Sequence[int]]) -> None:
        """Make the averages of hours, each of some series: MOST_ROLLED in all. Done again it loses nothing."""
        async with self._database.transaction() as transaction:
            for hour, series in due.items():
                for at in range(0, len(series), AT_A_TIME):
                    await _roll_up(transaction, hour, series[at : at + AT_A_TIME])


async def _roll_up(transaction: Transaction, hour: int, series: Sequence[int]) -> None:
    day, place = hour // HOURS.block * HOURS.block, hour % HOURS.block // HOURS.step
    measured = await _measured(transaction, hour, series)
    numbers = list(measured)
    old = await _blocks(transaction, MINUTES, hour, numbers)
    minutes = {
        number: fuller(unpack(old[number]), slots) if number in old else slots for number, slots in measured.items()
    }
    days = await _blocks(transaction, HOURS, day, numbers)
    whole = {number: merged(slots.values()) for number, slots in minutes.items()}
    hours = {number: with_slot(days.get(number, b""), place, slot) for number, slot in whole.items()}
    await _put(transaction, MINUTES, hour, {number: pack(slots) for number, slots in minutes.items()})
    await _put(transaction, HOURS, day, hours)
    await transaction.run_many(
        "UPDATE history_series SET seen = max(seen, ?) WHERE id = ?",
        [(hour + MINUTES.block - 1, number) for number in numbers],
    )


async def _number(transaction: Transaction, name: SeriesName, at: int) -> int:
    """Return the number of a series, made where there is none."""
    key = (name.check, name.label, name.unit)
    await transaction.run(
        "INSERT OR IGNORE INTO history_series (check_name, label, unit, seen) VALUES (?, ?, ?, ?)", (*key, at)
    )
    rows = await transaction.run("SELECT id FROM history_series WHERE check_name = ? AND label = ? AND unit = ?", key)
    return int(rows[0][0])


async def _measured(transaction: Transaction, hour: int, series: Collection[int]) -> dict[int, dict[int, Slot]]:
    """Return the averages of 5 minutes of an hour, made of the values there are."""
    rows = await transaction.run(
        "SELECT series, (at - ?) / ?, min(value), avg(value), max(value), count(*) FROM history_values"  # noqa: S608
        f" WHERE series IN ({_marks(series)}) AND at >= ? AND at < ? GROUP BY 1, 2",
        (hour, MINUTES.step, *series, hour, hour + MINUTES.block),
    )
    found: dict[int, dict[int, Slot]] = {}
    for number, place, *figures in rows:
        found.setdefault(number, {})[place] = Slot(*figures)
    return found


async def _blocks(transaction: Transaction, level: Level, at: int, series: Collection[int]) -> dict[int, bytes]:
    rows = await transaction.run(
        "SELECT series, slots FROM history_blocks"  # noqa: S608
        f" WHERE step = ? AND series IN ({_marks(series)}) AND at = ?",
        (level.step, *series, at),
    )
    return dict(rows)


async def _put(transaction: Transaction, level: Level, at: int, blocks: Mapping[int, bytes]) -> None:
    await transaction.run_many(
        "INSERT OR REPLACE INTO history_blocks (step, series, at, slots) VALUES (?, ?, ?, ?)",
        [(level.step, number, at, slots) for number, slots in blocks.items()],
    )


def _marks(values: Iterable[object]) -> str:
    """Return a question mark for each value."""
    return ", ".join("?" for _ in values)
