"""The audit: what members did, and what was done to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, replace

from sttelnet.store.chain import GENESIS, PASSING, SELECT, STRANGERS_EVENTS, Link, chain_of
from sttelnet.store.database import Database, Transaction

# Of the rows that strangers and programs leave only the newest stay, so that they do not fill the disk. Rows of other
# events come from members and are kept.
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
    passing: bool = field(default=False, compare=False)  # what a guest did: only the newest of these stay

    @property
    def chain(self) -> int:
        """Which of the chains its row belongs to."""
        return PASSING if self.passing else chain_of(self.event)


class AuditTable:
    """The audit table. Rows that belong to no other change are written through `Audit.add`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, entries: Sequence[Entry], patience: float | None = None) -> None:
        """Write rows together. Raises StoreError; then none of them is there."""
        async with self._database.transaction(patience) as transaction:
            await _write_entries(transaction, entries)

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

    async def after(self, number: int, count: int) -> list[Link]:
        """Return the oldest rows behind the one of that number, oldest first."""
        return [
            Link(*row)
            for row in await self._database.read(f"{SELECT} WHERE id > ? ORDER BY id LIMIT ?", (number, count))
        ]

    async def has(self, number: int, hashed: str) -> bool:
        """Whether the row of that number is there with that hash, or passed away since."""
        sql = "SELECT 1 FROM audit WHERE id = ? AND hash = ? UNION ALL SELECT 1 FROM audit_chains WHERE pruned_id >= ?"
        return bool(await self._database.read(sql, (number, hashed, number)))

    async def last(self) -> int:
        """Return the number of the newest row, 0 where there is none."""
        [(number,)] = await self._database.read("SELECT coalesce(max(last_id), 0) FROM audit_chains")
        return int(number)


async def write_entry(transaction: Transaction, entry: Entry) -> None:
    """Write one row together with the change it tells of."""
    await _write_entries(transaction, [entry])


async def _write_entries(transaction: Transaction, entries: Sequence[Entry]) -> None:
    """Write rows, each behind the one before it in its chain."""
    [(first,)] = await transaction.run(_NEXT)
    before = {row[0]: row[1] for row in await transaction.run(_LAST)}
    links: list[Link] = []
    for number, entry in enumerate(entries, first):
        texts = (_storable(text) for text in (entry.event, entry.who, entry.peer, entry.detail))
        link = Link(number, entry.chain, float(entry.at), *texts)
        links.append(replace(link, hash=link.digest(before.get(entry.chain, GENESIS))))
        before[entry.chain] = links[-1].hash
    await transaction.run_many(_INSERT, map(astuple, links))
    await transaction.run_many(_ENDS, {link.chain: (link.chain, link.id, link.hash) for link in links}.values())
    if any(link.id % _PRUNE_EVERY == 0 for link in links):
        await _prune(transaction, links[-1].id - STRANGERS_ROWS_KEPT)


_INSERT = "INSERT INTO audit (id, chain, at, event, who, peer, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
# A number is given once, whatever was pruned; BEGIN IMMEDIATE keeps other processes from taking the same.
_NEXT = """
    SELECT 1 + max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0),
                   coalesce((SELECT max(id) FROM audit), 0))
"""
_LAST = "SELECT chain, last_hash FROM audit_chains"
_ENDS = """
    INSERT INTO audit_chains (chain, last_id, last_hash) VALUES (?, ?, ?)
    ON CONFLICT (chain) DO UPDATE SET last_id = excluded.last_id, last_hash = excluded.last_hash
"""


def _storable(text: str) -> str:
    """Return it without lone surrogates, which SQLite cannot hold."""
    return text.encode("utf-8", "replace").decode()


async def _prune(transaction: Transaction, last: int) -> None:
    """Drop what passes up to a row; the chain is known to begin behind the newest that was dropped."""
    newest = await transaction.run(
        f"SELECT id, hash FROM audit WHERE chain = {PASSING} AND id <= ? ORDER BY id DESC LIMIT 1",  # noqa: S608
        (last,),
    )
    if newest:
        sql = f"UPDATE audit_chains SET pruned_id = ?, pruned_hash = ? WHERE chain = {PASSING}"  # noqa: S608
        await transaction.run(sql, newest[0])
        await transaction.run(f"DELETE FROM audit WHERE chain = {PASSING} AND id <= ?", (last,))  # noqa: S608


__all__ = ["STRANGERS_EVENTS", "STRANGERS_ROWS_KEPT", "AuditTable", "Entry", "write_entry"]
