"""The bans table: addresses that are turned away for a time."""

from __future__ import annotations

from dataclasses import dataclass

from sttelnet.store.audit import Entry, write_entry
from sttelnet.store.database import Database


@dataclass(frozen=True, slots=True)
class StoredBan:
    """One address."""

    address: str
    until: float  # seconds since 1970
    by: str
    reason: str


class BanTable:
    """The bans table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[StoredBan]:
        """Return every ban, the next to end first."""
        rows = await self._database.read("SELECT address, until, by, reason FROM bans ORDER BY until")
        return [StoredBan(*row) for row in rows]

    async def add(self, ban: StoredBan, entry: Entry) -> None:
        """Store a ban in place of an earlier one of that address; those that are over at `entry.at` go."""
        async with self._database.transaction() as transaction:
            await transaction.run("DELETE FROM bans WHERE until <= ?", (entry.at,))
            await transaction.run(
                "INSERT OR REPLACE INTO bans (address, until, by, reason) VALUES (?, ?, ?, ?)",
                (ban.address, ban.until, ban.by, ban.reason),
            )
            await write_entry(transaction, entry)

    async def remove(self, address: str, entry: Entry) -> bool:
        """Drop a ban; False, and no audit row, where there is none."""
        async with self._database.transaction() as transaction:
            await transaction.run("DELETE FROM bans WHERE address = ?", (address,))
            if not (await transaction.run("SELECT changes()"))[0][0]:
                return False
            await write_entry(transaction, entry)
        return True
