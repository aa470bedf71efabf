"""The messages table: what waits for members who were not on."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from sttelnet.store.database import Database, Transaction

ALERTS: Final = "HEALTH"  # who sends them, no member's name: they have places of their own
ALERTS_SHARE: Final = 2  # … as many as one part of so many of a mailbox, beside it
SENDERS_SHARE: Final = 2  # one member fills one part of so many of a mailbox
GUESTS_SHARE: Final = 4  # … and guests, who all have one name, of so many
MOST_AT_ONCE: Final = 200  # members a message is kept for in one transaction: others who write wait that long


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be kept."""

    sender_id: int  # the member's who wrote it, 0 for a guest
    sender: str  # their name
    text: str
    at: float  # seconds since 1970
    ignorable: bool = True  # whether the member may have chosen not to get it

    @property
    def alert(self) -> bool:
        """Whether it is one of a check: where too many of those wait unread, the oldest make room."""
        return self.sender == ALERTS


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

    async def add(self, to: int, new: NewMessage, most: int) -> int | Kept:
        """Keep a message for a member and return its number, or why it is not kept; `most` are, unread.

        Those that were seen make room. It lasts from here on: only now may the sender be told so.
        """
        return (await self.add_for((to,), new, most))[to]

    async def add_for(self, members: Collection[int], new: NewMessage, most: int) -> dict[int, int | Kept]:
        """Keep a message for each of several members as `add` does, for all of them at once.

        They are MOST_AT_ONCE at most: whoever else has something to write waits as long as this takes.
        """
        async with self._database.transaction() as transaction:
            boxes = await _boxes(transaction, members, new)
            obstacles = {box.member: _obstacle(box, new, most) for box in boxes}
            open_to = [member for member, why_not in obstacles.items() if why_not is None]
            if new.alert:
                await _make_room(transaction, open_to, _alerts_most(most) - 1)
            numbers = await _insert(transaction, open_to, new)
            await transaction.run_many(
                "DELETE FROM messages WHERE member = ? AND shown = 1 AND id NOT IN"
                " (SELECT id FROM messages WHERE member = ? ORDER BY shown, id DESC LIMIT ?)",
                [(member, member, most) for member in numbers],
            )
        return {member: numbers.get(member) or obstacles.get(member) or Kept.GONE for member in members}

    async def of(self, member: int) -> list[StoredMessage]:
        """Return what is kept for a member, oldest first."""
        sql = "SELECT id, at, sender, text, shown FROM messages WHERE member = ? ORDER BY id"
        rows = await self._database.read(sql, (member,))
        return [StoredMessage(id_, at, sender, text, bool(shown)) for id_, at, sender, text, shown in rows]

    async def mark_shown(self, messages: Iterable[int]) -> None:
        """Note that their members have seen these, by their numbers."""
        async with self._database.transaction() as transaction:
            await transaction.run_many("UPDATE messages SET shown = 1 WHERE id = ?", [(id_,) for id_ in messages])

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


@dataclass(frozen=True, slots=True)
class _Box:
    """A member's mailbox as a new message finds it."""

    member: int
    ignores: bool  # the member wants nothing from the sender
    unread: int  # without alerts
    of_sender: int  # of them, by the sender's name


async def _boxes(transaction: Transaction, members: Collection[int], new: NewMessage) -> list[_Box]:
    """Return the mailboxes of those who are members."""
    unread = "SELECT count(*) FROM messages WHERE member = members.id AND shown = 0"
    rows = await transaction.run(
        "SELECT id, EXISTS (SELECT 1 FROM ignores WHERE member = members.id AND ignored = ?),"  # noqa: S608
        f" ({unread} AND sender <> ?), ({unread} AND sender = ?)"
        f" FROM members WHERE id IN ({', '.join('?' * len(members))})",
        (new.sender_id, ALERTS, new.sender, *members),
    )
    return [_Box(member, bool(ignores), every, of_sender) for member, ignores, every, of_sender in rows]


def _obstacle(box: _Box, new: NewMessage, most: int) -> Kept | None:
    """Return why a message cannot be kept, None where it can."""
    if new.ignorable and box.ignores:
        return Kept.IGNORED
    if new.alert:
        return None  # nobody fills a mailbox so that it takes none
    share = SENDERS_SHARE if new.sender_id else GUESTS_SHARE
    return Kept.FULL if box.unread >= most or box.of_sender >= max(1, most // share) else None


def _alerts_most(most: int) -> int:
    return max(1, most // ALERTS_SHARE)


async def _make_room(transaction: Transaction, members: Iterable[int], most: int) -> None:
    """Drop the oldest unread alerts of each of them, so that `most` are left."""
    await transaction.run_many(
        "DELETE FROM messages WHERE member = ? AND shown = 0 AND sender = ? AND id NOT IN"
        " (SELECT id FROM messages WHERE member = ? AND shown = 0 AND sender = ? ORDER BY id DESC LIMIT ?)",
        [(member, ALERTS, member, ALERTS, most) for member in members],
    )


async def _insert(transaction: Transaction, members: Iterable[int], new: NewMessage) -> dict[int, int]:
    """Write it down for each of them; return the messages' numbers by theirs."""
    last = await transaction.run("SELECT coalesce(max(id), 0) FROM messages")
    await transaction.run_many(
        "INSERT INTO messages (at, member, sender, text, shown) VALUES (?, ?, ?, ?, 0)",
        [(new.at, member, new.sender, new.text) for member in members],
    )
    # Numbers only go up (AUTOINCREMENT), and nobody else writes meanwhile.
    return dict(await transaction.run("SELECT member, id FROM messages WHERE id > ?", tuple(last[0])))
