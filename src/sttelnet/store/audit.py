"""The audit: what members did, and what was done to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sttelnet.store.database import Database, Transaction

# Anybody can fail to log in, as often as they like, and programs log in by the minute: of those rows only the newest
# stay, so that they do not fill the disk. Rows of other events come from members and are kept.
STRANGERS_EVENTS = ("log-in failed", "refused", "token used")
STRANGERS_ROWS_KEPT = 20_000
_PRUNE_EVERY = 256  # rows: pruning at each would cost more than the row itself


_HOLDS = "event || ' ' || who || ' ' || peer || ' ' || detail LIKE ? ESCAPE '\\'"
_ESCAPED = re.compile(r"[%_\\]")  # what LIKE takes for more than itself


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the audit."""

    at: float  # seconds since 1970
    event: str  # "registered", "log-in", "log-in failed", "role", "locked", "unlocked", "password", "token made", …
    who: str  # the member it is about, "" for nobody known
    peer: str = ""  # the client's address, "" for the command line
    detail: str = ""
    id: int = field(default=0, compare=False)  # of its row; 0 before it is written


class Audit:
    """The audit table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: Entry) -> None:
        """Write one row by itself."""
        async with self._database.transaction() as transaction:
            await write_entry(transaction, entry)

    async def latest(self, count: int) -> list[Entry]:
        """Return the newest rows, newest first."""
        sql = "SELECT at, event, who, peer, detail FROM audit ORDER BY id DESC LIMIT ?"
        return [Entry(*row) for row in await self._database.read(sql, (count,))]

    async def search(self, words: Sequence[str], count: int, before: int | None = None) -> list[Entry]:
        """Return the newest rows that hold every word somewhere, without the case of a-z; newest first.

        `before` leaves out the row of that number, and those that are newer.
        """
        tests = ([] if before is None else ["id < ?"]) + [_HOLDS] * len(words)
        values = [] if before is None else [before]
        patterns = ["%" + _ESCAPED.sub(r"\\\g<0>", word) + "%" for word in words]
        where = " AND ".join(tests) or "1"
        sql = f"SELECT at, event, who, peer, detail, id FROM audit WHERE {where} ORDER BY id DESC LIMIT ?"  # noqa: S608
        return [Entry(*row) for row in await self._database.read(sql, (*values, *patterns, count))]

    async def log_ins(self, who: str, count: int) -> list[Entry]:
        """Return a member's newest log-ins, newest first."""
        sql = (
            "SELECT at, event, who, peer, detail FROM audit WHERE event = 'log-in' AND who = ? ORDER BY id DESC LIMIT ?"
        )
        return [Entry(*row) for row in await self._database.read(sql, (who, count))]

    async def callers(self, count: int) -> list[Entry]:
        """Return the newest log-ins of everybody, newest first."""
        sql = "SELECT at, event, who, peer, detail FROM audit WHERE event = 'log-in' ORDER BY id DESC LIMIT ?"
        return [Entry(*row) for row in await self._database.read(sql, (count,))]


async def write_entry(transaction: Transaction, entry: Entry) -> None:
    """Write one row together with the change it tells of."""
    await transaction.run(
        "INSERT INTO audit (at, event, who, peer, detail) VALUES (?, ?, ?, ?, ?)",
        (entry.at, entry.event, entry.who, entry.peer, entry.detail),
    )
    if entry.event in STRANGERS_EVENTS:
        await _prune(transaction)


async def _prune(transaction: Transaction) -> None:
    newest = (await transaction.run("SELECT last_insert_rowid()"))[0][0]
    if newest % _PRUNE_EVERY:
        return
    await transaction.run(
        f"DELETE FROM audit WHERE event IN ({', '.join('?' * len(STRANGERS_EVENTS))}) AND id <= ?",  # noqa: S608
        (*STRANGERS_EVENTS, newest - STRANGERS_ROWS_KEPT),
    )
