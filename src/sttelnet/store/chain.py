"""The audit's hash chains: each row holds a hash over the row before it in its chain and over itself.

There are two chains in the one table, so that one of them can be pruned and both can still be proved: what members
did lasts, what anybody can write as often as they like passes. Each row's number and chain are part of its hash.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Final

LASTING: Final = 0  # rows that stay
PASSING: Final = 1  # rows of which only the newest stay, pruned from the oldest end
CHAINS: Final = (LASTING, PASSING)
GENESIS: Final = ""  # what stands for the hash before a chain's first row

# Anybody can fail to log in, as often as they like, and programs log in by the minute.
STRANGERS_EVENTS: Final = ("log-in failed", "refused", "token used", "second factor failed", "penalty")

BEGINS: Final = "begins_behind"  # the key of the first line of a file of the audit: the row it goes on behind
MAX_ROW: Final = 2**63 - 1  # SQLite has no number above it

SELECT: Final = "SELECT id, chain, at, event, who, peer, detail, hash FROM audit"


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the audit as the chain has it."""

    id: int
    chain: int
    at: float  # seconds since 1970
    event: str
    who: str
    peer: str
    detail: str
    hash: str = ""  # in hexadecimal

    def digest(self, before: str) -> str:
        """Return what its hash must be behind the row of the hash `before`."""
        return hashlib.sha256(f"{before}\n{_canonical(self._content())}".encode("ascii")).hexdigest()

    def line(self) -> str:
        """Return it as one line of JSON, in ASCII: no character in it acts on a terminal."""
        return _canonical({**self._content(), "hash": self.hash})

    def _content(self) -> dict[str, object]:
        return {
            "at": self.at,
            "chain": self.chain,
            "detail": self.detail,
            "event": self.event,
            "id": self.id,
            "peer": self.peer,
            "who": self.who,
        }


def _canonical(content: dict[str, object]) -> str:
    """Return JSON that has one form only: sorted keys, no blanks, ASCII, the shortest digits that give the number."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def chain_of(event: str) -> int:
    """Return which chain a row of that event belongs to."""
    return PASSING if event in STRANGERS_EVENTS else LASTING


def chain_all(connection: sqlite3.Connection) -> None:
    """Chain the rows of a file from before there were chains: what happened to them until now nobody can tell."""
    last = dict.fromkeys(CHAINS, (0, GENESIS))
    above = 0
    while rows := connection.execute(f"{SELECT} WHERE id > ? ORDER BY id LIMIT 1000", (above,)).fetchall():
        hashes = []
        for row in rows:
            link = replace(Link(*row), chain=chain_of(row[3]))
            last[link.chain] = (link.id, link.digest(last[link.chain][1]))
            hashes.append((link.chain, last[link.chain][1], link.id))
        connection.executemany("UPDATE audit SET chain = ?, hash = ? WHERE id = ?", hashes)
        above = rows[-1][0]
    connection.executemany(
        "INSERT INTO audit_chains (chain, last_id, last_hash) VALUES (?, ?, ?)",
        [(chain, *last[chain]) for chain in CHAINS],
    )
