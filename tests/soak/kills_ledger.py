"""What the daemon has told its clients is done, and whether the disk still has it."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sttelnet.store.proof import Broken, prove

FLIPS, DOWN = "flips", "down"  # the checks: one that changes, one that is always CRITICAL
LARGEST: Final = 200_000  # bytes of an upload


@dataclass(slots=True)
class Ledger:
    """Grows while clients are told things; `lost` counts by kind what is found missing."""

    database: Path
    area: Path
    members: set[str] = field(default_factory=set)
    messages: set[tuple[str, str]] = field(default_factory=set)  # to whom, what
    uploads: set[str] = field(default_factory=set)
    state: int | None = None  # of FLIPS, as told last; None while it may be either
    before: int | None = None  # the one told before
    changes: int = 0  # of it, that were told
    acknowledged: int = 0  # how often DOWN was, as told
    known: str | None = None  # the words of the last time; None while they may be either
    lost: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)  # what integrity_check and the audit's proof say

    def sees(self, state: int) -> None:
        """Note that the state of FLIPS was told."""
        self.changes += self.before not in {None, state}
        self.state = self.before = state

    def verify(self) -> None:
        """Look at everything again. Blocks."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            self._verify_rows(connection)
            said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            self.broken += [line for line in said if line != "ok"]
        found = prove(self.database)
        if isinstance(found, Broken):
            self.broken.append(str(found))
        self._verify_files()

    def _verify_rows(self, connection: sqlite3.Connection) -> None:
        names = {row[0] for row in connection.execute("SELECT name FROM members")}
        self._miss("members", self.members - names)
        rows = connection.execute("SELECT m.name, t.text FROM messages t JOIN members m ON m.id = t.member")
        self._miss("messages", self.messages - {(name, text) for name, text in rows})
        rows = connection.execute("SELECT who FROM audit WHERE event = 'registered'")
        self._miss("audit rows", self.members - {row[0] for row in rows})
        checks = {
            name: (state, text) for name, state, text in connection.execute("SELECT name, state, ack_text FROM checks")
        }
        if self.state is not None and checks.get(FLIPS, (None,))[0] != self.state:
            self.lost["check states"] += 1
        if self.known is not None and checks.get(DOWN, (None, None))[1] != self.known:
            self.lost["acknowledgements"] += 1
        ((changes,),) = connection.execute("SELECT count(*) FROM check_changes WHERE name = ?", (FLIPS,)).fetchall()
        self.lost["check changes"] += max(0, self.changes - changes)

    def _verify_files(self) -> None:
        """Whoever was told that a file has arrived finds it; and none is offered that is not whole."""
        for path in self.area.iterdir():
            if path.name.endswith(".bin") and path.read_bytes() != content_of(path.name):
                self.lost["files offered that are not whole"] += 1
        self._miss("uploads", self.uploads - {path.name for path in self.area.iterdir()})

    def _miss(self, kind: str, missing: set[str] | set[tuple[str, str]]) -> None:
        self.lost[kind] += len(missing)
        self.broken += [f"lost of {kind}: {one}" for one in sorted(map(str, missing))[:3]]


def content_of(name: str) -> bytes:
    """Return what an upload of this name has in it."""
    chance = random.Random(name)
    return chance.randbytes(chance.randrange(LARGEST))
