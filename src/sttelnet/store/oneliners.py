"""The oneliners table: a wall on which members leave a line each."""

from __future__ import annotations

from dataclasses import dataclass

from sttelnet.store.database import Database


@dataclass(frozen=True, slots=True)
class Oneliner:
    """One line on the wall."""

    at: float  # seconds since 1970
    name: str  # whose, as it was
    text: str


class OnelinerTable:
    """The oneliners table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, line: Oneliner, most: int, pause: float) -> bool:
        """Put a line up, so that `most` stay; False where the last one of that name is younger than `pause` seconds."""
        async with self._database.transaction() as transaction:
            # A line from the future was put up before the clock was set back: it keeps nobody waiting.
            recent = "SELECT 1 FROM oneliners WHERE name = ? AND at > ? AND at <= ? LIMIT 1"
            if await transaction.run(recent, (line.name, line.at - pause, line.at)):
                return False
            await transaction.run(
                "INSERT INTO oneliners (at, name, text) VALUES (?, ?, ?)", (line.at, line.name, line.text)
            )
            await transaction.run(
                "DELETE FROM oneliners WHERE id NOT IN (SELECT id FROM oneliners ORDER BY id DESC LIMIT ?)", (most,)
            )
        return True

    async def latest(self, count: int) -> list[Oneliner]:
        """Return the newest lines, oldest first."""
        sql = "SELECT at, name, text FROM oneliners ORDER BY id DESC LIMIT ?"
        return [Oneliner(*row) for row in reversed(await self._database.read(sql, (count,)))]
