"""The audit read from outside the daemon."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from sttelnet.store.chain import SELECT, Link
from sttelnet.store.proof import reading


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows."""

    count: int  # the newest so many
    since: float | None = None  # seconds ago
    who: str | None = None  # without the case of a-z
    event: str | None = None


def trail(database: Path, wanted: Wanted) -> list[Link]:
    """Return the newest of the rows that are wanted, the newest last. Blocks. Raises StoreError."""
    tests: list[str] = []
    values: list[object] = []
    if wanted.since is not None:
        tests.append("at >= ?")
        values.append(time.time() - wanted.since)
    if wanted.who is not None:
        tests.append("who = ? COLLATE NOCASE")
        values.append(wanted.who)
    if wanted.event is not None:
        tests.append("event = ?")
        values.append(wanted.event)
    sql = f"{SELECT} WHERE {' AND '.join(tests) or '1'} ORDER BY id DESC LIMIT ?"
    with reading(database) as connection:
        rows = [Link(*row) for row in connection.execute(sql, (*values, wanted.count))]
    return rows[::-1]
