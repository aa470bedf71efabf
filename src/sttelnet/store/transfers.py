"""The transfers table: which files were moved, by whom, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sttelnet.store.audit import Entry, write_entry
from sttelnet.store.database import Database, Row, Transaction

Direction: TypeAlias = Literal["download", "upload"]

# Anybody may download where guests may, as often as they like: of those rows only the newest stay, so that
# they do not fill the disk. Rows of members are kept.
GUESTS_ROWS_KEPT = 20_000
_PRUNE_EVERY = 256  # rows: pruning at each would cost more than the row itself


@dataclass(frozen=True, slots=True)
class TransferRow:
    """One file that was moved, or was to be."""

    at: float  # seconds since 1970, at its end
    direction: Direction
    area: str  # "" where a handler of the site moved a file outside any area
    name: str
    size: int  # bytes moved
    sha256: str  # in hexadecimal, "" where the file was not moved whole
    member: int | None  # None for a guest
    who: str
    peer: str
    seconds: float  # how long it took
    result: str  # "done" for whole, else "skipped", "cancelled", "failed", …

    def entry(self) -> Entry:
        """Return what the audit says of it."""
        place = f"{self.area}/{self.name}" if self.area else self.name
        told = f"{place}: {self.result}, {self.size} bytes"
        told += f", SHA-256 {self.sha256}" if self.sha256 else ""
        return Entry(self.at, self.direction, self.who, self.peer, told, passing=self.member is None)


_SELECT = "SELECT at, direction, area, name, size, sha256, member, who, peer, seconds, result FROM transfers"
_LATEST = _SELECT + " ORDER BY id DESC LIMIT ?"
_LATEST_OF = _SELECT + " WHERE member = ? ORDER BY id DESC LIMIT ?"
_DOWNLOADS = """
    SELECT name, count(*) FROM transfers
    WHERE area = ? AND direction = 'download' AND result = 'done' GROUP BY name
"""
_PRUNE = """
    DELETE FROM transfers WHERE member IS NULL AND id <= (
        SELECT id FROM transfers WHERE member IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?
    )
"""


class TransferTable:
    """The transfers table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, row: TransferRow) -> None:
        """Write one row by itself."""
        async with self._database.transaction() as transaction:
            await write_transfer(transaction, row)

    async def latest(self, count: int, member: int | None = None) -> list[TransferRow]:
        """Return the newest rows, newest first: of everybody, or of one member."""
        if member is None:
            rows = await self._database.read(_LATEST, (count,))
        else:
            rows = await self._database.read(_LATEST_OF, (member, count))
        return [_transfer(row) for row in rows]

    async def downloads(self, area: str) -> dict[str, int]:
        """Return how often each file of an area was downloaded whole, by `name.casefold()`."""
        counts: dict[str, int] = {}
        for name, count in await self._database.read(_DOWNLOADS, (area,)):
            key = name.casefold()  # the table joins a-z only
            counts[key] = counts.get(key, 0) + count
        return counts


async def write_transfer(transaction: Transaction, row: TransferRow) -> None:
    """Write one row together with the change it tells of, and that of the audit."""
    values = (
        row.at,
        row.direction,
        row.area,
        row.name,
        row.size,
        row.sha256,
        row.member,
        row.who,
        row.peer,
        row.seconds,
        row.result,
    )
    await transaction.run(
        "INSERT INTO transfers (at, direction, area, name, size, sha256, member, who, peer, seconds, result)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    await write_entry(transaction, row.entry())
    if row.member is None:
        await _prune(transaction)


async def _prune(transaction: Transaction) -> None:
    newest = (await transaction.run("SELECT max(id) FROM transfers"))[0][0]
    if newest % _PRUNE_EVERY == 0:
        await transaction.run(_PRUNE, (GUESTS_ROWS_KEPT,))


def _transfer(row: Row) -> TransferRow:
    return TransferRow(*row)
