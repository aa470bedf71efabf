"""How the history of performance data is kept small: what is too old goes, and what is too much, the oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sttelnet.store.database import Database
from sttelnet.store.slots import HOURS, MINUTES, RAW_KEPT, Level

# What a row takes of the file besides its slots: record, cell and the share of a page left free, for rows come in
# between others (sqlite.org/fileformat2.html, 1.6). Measured over a year of 150 series, with some to spare.
VALUE_BYTES: Final = 28
BLOCK_BYTES: Final = 24
FILLED: Final = 0.7  # of the pages that hold blocks


@dataclass(frozen=True, slots=True)
class Layer:
    """One resolution: the raw values, or the averages of a step."""

    step: int  # 0 for the raw values
    grain: int  # seconds: what is let go ends at a multiple, so that nothing is averaged of half its values
    kept: int  # seconds

    @property
    def where(self) -> str:
        """Where in the database it stands, up to the condition on the series."""
        return f"history_blocks WHERE step = {self.step}" if self.step else "history_values WHERE 1"


def _layer(level: Level) -> Layer:
    return Layer(level.step, level.block, level.kept)


RAW: Final = Layer(0, MINUTES.block, RAW_KEPT)
LAYERS: Final = (RAW, _layer(MINUTES), _layer(HOURS))


class HistoryAge:
    """What is old in the tables of store/history.py."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def size(self, layer: Layer) -> int:
        """Return about how many bytes of the file a layer takes, rather too many than too few."""
        if not layer.step:
            [(count,)] = await self._database.read("SELECT count(*) FROM history_values")
            return int(count) * VALUE_BYTES
        [(count, slots)] = await self._database.read(
            "SELECT count(*), coalesce(sum(length(slots)), 0) FROM history_blocks WHERE step = ?", (layer.step,)
        )
        return int((count * BLOCK_BYTES + slots) / FILLED)

    async def oldest(self, layer: Layer) -> int | None:
        """Return when the oldest of a layer begins."""
        [(at,)] = await self._database.read(
            "SELECT min((SELECT min(at) FROM "  # noqa: S608 - the layers are ours
            f"{layer.where} AND series = history_series.id)) FROM history_series"
        )
        return None if at is None else int(at)

    async def drop(self, layer: Layer, series: Sequence[int], *, before: int, after: int) -> None:
        """Let go what is older and what is newer, of some series."""
        sql = f"DELETE FROM {layer.where} AND series = ? AND at"  # noqa: S608 - the layers are ours
        async with self._database.transaction() as transaction:
            await transaction.run_many(f"{sql} < ?", [(number, before) for number in series])
            await transaction.run_many(f"{sql} > ?", [(number, after) for number in series])

    async def forgotten(self, before: int, crowded_before: int, most_of_a_check: int, most: int) -> list[int]:
        """Return some series that nothing was measured of for long; where there are as many as may be, not so long."""
        rows = await self._database.read(
            "SELECT id FROM history_series AS one WHERE seen < ? OR (seen < ? AND ("
            " (SELECT count(*) FROM history_series WHERE check_name = one.check_name) >= ?"
            " OR (SELECT count(*) FROM history_series) >= ?)) ORDER BY seen LIMIT 20",
            (before, crowded_before, most_of_a_check, most),
        )
        return [row[0] for row in rows]

    async def forget(self, series: int) -> None:
        """Let go a series with all that is known of it."""
        async with self._database.transaction() as transaction:
            for layer in LAYERS:
                await transaction.run(f"DELETE FROM {layer.where} AND series = ?", (series,))  # noqa: S608
            await transaction.run("DELETE FROM history_series WHERE id = ?", (series,))

    async def seen_by(self, now: int) -> None:
        """Take what was seen in the future for seen now."""
        async with self._database.transaction() as transaction:
            await transaction.run("UPDATE history_series SET seen = ? WHERE seen > ?", (now, now))
