"""The ignores table: whom members want to hear nothing from."""

from __future__ import annotations

from typing import Final

from sttelnet.store.database import Database

GUESTS: Final = 0  # stands for every guest


class IgnoreTable:
    """The ignores table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, member: int) -> dict[int, str]:
        """Return whom a member ignores: names by their numbers, GUESTS among them."""
        rows = await self._database.read("SELECT ignored, name FROM ignores WHERE member = ? ORDER BY name", (member,))
        return dict(rows)

    async def add(self, member: int, ignored: int, name: str, most: int) -> bool:
        """Ignore somebody; False where `most` are ignored already."""
        async with self._database.transaction() as transaction:
            count = await transaction.run("SELECT count(*) FROM ignores WHERE member = ?", (member,))
            if count[0][0] >= most:
                return False
            await transaction.run(
                "INSERT OR REPLACE INTO ignores (member, ignored, name) VALUES (?, ?, ?)", (member, ignored, name)
            )
        return True

    async def remove(self, member: int, name: str) -> bool:
        """Hear somebody again, by name without case; False where they were not ignored."""
        async with self._database.transaction() as transaction:
            await transaction.run("DELETE FROM ignores WHERE member = ? AND name = ? COLLATE NOCASE", (member, name))
            return bool((await transaction.run("SELECT changes()"))[0][0])
