"""What was found while the disk was full: each deed counted beside how often it was tried, and the audit's rows."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.bench.table import Goal
from tests.soak.finding import Finding, counted, none_of

_LEVEL: Final = re.compile(rb"^.{0,80}\b(?:ERROR|CRITICAL)\b.*$", re.MULTILINE)
_OF_THE_DISK: Final = (  # where the log is on that disk a line's end may be missing
    b"the disk is full",
    b"audit row waits",
    b"the audit's file is behind its table",
    b"No space left on device",
    b"stand in this log only",
)
_GAP: Final = re.compile(r"(\d+) records were lost")


@dataclass(slots=True)
class Books:
    """Of a whole run."""

    done: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    owed: Counter[tuple[str, str]] = field(default_factory=Counter)  # rows of the audit: event, who
    windows: list[tuple[float, float]] = field(default_factory=list)  # when the disk was full, since 1970
    written: int = 0  # rows that were owed while the disk was full, and are there
    told: int = 0  # rows of which a gap tells
    lost: int = 0  # rows of which nothing tells
    faults: int = 0
    seconds: list[float] = field(default_factory=list)  # from room to the last thing that worked again
    remarks: list[str] = field(default_factory=list)

    def take(self, what: str, well: bool, why: str = "") -> None:
        """Count one thing that was tried."""
        self.tried[what] += 1
        self.done[what] += well
        if not well:
            self.remarks.append(f"{what}: not this time; {why[-500:]}")

    def owe(self, event: str, who: str = "") -> None:
        """Expect a row of the audit."""
        self.owed[event, who] += 1

    def are_written(self, file: Path) -> bool:
        """Whether each row that is owed stands in the audit's file, or a gap tells of it."""
        missing, gaps = self._missing(file.read_text(encoding="utf-8"))
        return missing.total() <= gaps

    def close(self, shown: str) -> None:
        """Look for the rows in what `sttelnet audit show --json` prints; expect none of them any more."""
        missing, gaps = self._missing(shown)
        self.written += self.owed.total() - missing.total()
        self.told += min(missing.total(), gaps)
        self.lost += max(0, missing.total() - gaps)
        if missing.total() > gaps:
            self.remarks.append(f"rows that are nowhere, besides gaps of {gaps}: {missing}")
        self.owed.clear()
        self.windows.clear()

    def _missing(self, lines: str) -> tuple[Counter[tuple[str, str]], int]:
        """Return the rows that are not in JSON lines, and of how many others a gap tells."""
        rows = [json.loads(line) for line in lines.splitlines() if line.endswith("}")]
        there = Counter((row["event"], row["who"]) for row in rows if self._in_window(row["at"]))
        gaps = sum(int(found[1]) for row in rows if row["event"] == "gap" and (found := _GAP.match(row["detail"])))
        return self.owed - there, gaps

    def _in_window(self, at: float) -> bool:
        """Whether it was while the disk was full: the same people log in before and afterwards."""
        return any(began <= at <= ended for began, ended in self.windows)

    def look_at_log(self, log: bytes) -> None:
        """Count what tells of a fault of the daemon's own: a traceback, an error that is not of the disk."""
        faults = [line[0] for line in _LEVEL.finditer(log) if not any(words in line[0] for words in _OF_THE_DISK)]
        faults += [b"Traceback"] * log.count(b"Traceback (most recent call last)")
        self.faults += len(faults)
        self.remarks += [fault.decode(errors="replace") for fault in faults[:5]]

    def findings(self) -> list[Finding]:
        """Return what was found."""
        counts = [counted(what, self.done[what], Goal(tried, "", at_least=True)) for what, tried in self.tried.items()]
        return [
            *counts,
            counted("audit rows of that time that are written", self.written),
            counted("… that a gap row tells of", self.told),
            none_of("… lost without a gap row", self.lost),
            none_of("faults in the log, of this daemon and not of the disk", self.faults),
        ]
