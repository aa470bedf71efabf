"""The messages table: what waits for members who were not on."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from sttelnet.store.database import Database, Transaction
from sttelnet.store.ignores import is_ignored

GUESTS_SHARE = 4  # guests, who all have one name, fill one part of so many of a mailbox


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be kept."""

    to: int  # the member's number
    sender_id: int  # the member's who wrote it, 0 for a guest
    sender: str  # their name
    text: str
    at: float  # seconds since 1970
    ignorable: bool = True  # whether the member may have chosen not to get it


class Kept(enum.Enum):
    """Why a message is not kept."""

    FULL = enum.auto()  # too many are kept already
    IGNORED = enum.auto()  # the member wants none from that sender
    GONE = enum.auto()  # there is no such member


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

    async def add(self, new: NewMessage, most: int) -> int | Kept:
        """Keep a message for a member and return its number, or why it is not kept; `most` are, unread.

        Those that were seen make room. It lasts from here on: only now may the sender be told so.
        """
        async with self._database.transaction() as transaction:
            if (why_not := await _obstacle(transaction, new, most)) is not None:
                return why_not
            await transaction.run(
                "INSERT INTO messages (at, member, sender, text, shown) VALUES (?, ?, ?, ?, 0)",
                (new.at, new.to, new.sender, new.text),
            )
            number = int((await transaction.run("SELECT last_insert_rowid()"))[0][0])
            await transaction.run(
                "DELETE FROM messages WHERE member = ? AND id NOT IN"
                " (SELECT id FROM messages WHERE member = ? ORDER BY shown, id DESC LIMIT ?)",
                (new.to, new.to, most),
            )
        return number

    async def of(self, member: int) -> list[StoredMessage]:
        """Return what is kept for a member, oldest first."""
        sql = "SELECT id, at, sender, text, shown FROM messages WHERE member = ? ORDER BY id"
        rows = await self._database.read(sql, (member,))
        return [StoredMessage(id_, at, sender, text, bool(shown)) for id_, at, sender, text, shown in rows]

    async def mark_shown(self, messages: Iterable[int]) -> None:
        """Note that their members have seen these, by their numbers."""
        async with self._database.transaction() as transaction:
            for message in messages:
                await transaction.run("UPDATE messages SET shown = 1 WHERE id = ?", (message,))

    async def delete(self, member: int, messages: Iterable[int]) -> int:
        """Delete some of what is kept for a member; return how many those were."""
        gone = 0
        async with self._database.transaction() as transaction:
            for number in messages:
                await transaction.run("DELETE FROM messages WHERE member = ? AND id = ?", (member, number))
                gone += int((await transaction.run("SELECT changes()"))[0][0])
        return gone

    async def clear(self, member: int) -> int:
        """Delete all that is kept for a member; return how many those were."""
        async with self._database.transaction() as transaction:
            await transaction.run("DELETE FROM messages WHERE member = ?", (member,))
            return int((await transaction.run("SELECT changes()"))[0][0])


async def _obstacle(transaction: Transaction, new: NewMessage, most: int) -> Kept | None:
    """Return why a message cannot be kept, None where it can."""
    if not await transaction.run("SELECT 1 FROM members WHERE id = ?", (new.to,)):
        return Kept.GONE
    if new.ignorable and await is_ignored(transaction, new.to, new.sender_id):
        return Kept.IGNORED
    unread = await transaction.run("SELECT count(*) FROM messages WHERE member = ? AND shown = 0", (new.to,))
    if unread[0][0] >= most:
        return Kept.FULL
    if new.sender_id:
        return None
    strangers = "SELECT count(*) FROM messages WHERE member = ? AND shown = 0 AND sender = ?"
    count = await transaction.run(strangers, (new.to, new.sender))
    return Kept.FULL if count[0][0] >= max(1, most // GUESTS_SHARE) else None
