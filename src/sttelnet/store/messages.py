"""The messages table: what waits for members who were not on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sttelnet.store.database import Database


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message to a member."""

    id: int
    at: float  # seconds since 1970
    sender: str  # the name of who wrote it, as it was
    text: str
    shown: bool  # the member has seen it


class MessageTable:
    """The messages table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, to: int, sender: str, text: str, at: float, most: int) -> bool:
        """Keep a message for a member; False where `most` are kept already, or the member is gone.

        Those that were shown make room. It lasts from here on: only now may the sender be told so.
        """
        async with self._database.transaction() as transaction:
            known = await transaction.run("SELECT 1 FROM members WHERE id = ?", (to,))
            unread = await transaction.run("SELECT count(*) FROM messages WHERE member = ? AND shown = 0", (to,))
            if not known or unread[0][0] >= most:
                return False
            await transaction.run(
                "INSERT INTO messages (at, member, sender, text, shown) VALUES (?, ?, ?, ?, 0)", (at, to, sender, text)
            )
            await transaction.run(
                "DELETE FROM messages WHERE member = ? AND id NOT IN"
                " (SELECT id FROM messages WHERE member = ? ORDER BY shown, id DESC LIMIT ?)",
                (to, to, most),
            )
        return True

    async def of(self, member: int) -> list[StoredMessage]:
        """Return what is kept for a member, oldest first."""
        sql = "SELECT id, at, sender, text, shown FROM messages WHERE member = ? ORDER BY id"
        rows = await self._database.read(sql, (member,))
        return [StoredMessage(id_, at, sender, text, bool(shown)) for id_, at, sender, text, shown in rows]

    async def mark_shown(self, messages: Iterable[StoredMessage]) -> None:
        """Note that the member has seen these."""
        async with self._database.transaction() as transaction:
            for message in messages:
                await transaction.run("UPDATE messages SET shown = 1 WHERE id = ?", (message.id,))

    async def clear(self, member: int) -> int:
        """Delete what is kept for a member; return how many those were."""
        async with self._database.transaction() as transaction:
            await transaction.run("DELETE FROM messages WHERE member = ?", (member,))
            return int((await transaction.run("SELECT changes()"))[0][0])
