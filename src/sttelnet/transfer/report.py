"""What came of a transfer."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from sttelnet.words import count_words, rate_words, size_words

_SHOWN = 8  # files that get lines of their own


class Ending(enum.Enum):
    """How it went with one file; the value is the word for logs and the database."""

    DONE = "done"
    SKIPPED = "skipped"  # the other side has it, or does not want it
    REFUSED = "refused"  # by our rules
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file of a transfer."""

    name: str
    ending: Ending
    size: int = 0  # bytes moved
    seconds: float = 0.0
    sha256: str = ""  # in hexadecimal; "" where it was not moved whole
    errors: int = 0
    why: str = ""  # a sentence, where it was not moved
    path: Path | None = None  # where it was sent from

    def words(self) -> str:
        """Return a line for people."""
        if self.ending is Ending.DONE:
            return f"{self.name}: {size_words(self.size)}, {rate_words(self.size, self.seconds)}"
        return f"{self.name}: {self.ending.value}" + (f". {self.why}" if self.why else "")


@dataclass(frozen=True, slots=True)
class Report:
    """A whole transfer."""

    verb: str  # "Sent", "Received"
    files: tuple[FileReport, ...]
    why: str = ""  # a sentence, where the transfer did not come to its end

    @property
    def done(self) -> tuple[FileReport, ...]:
        """The files that were moved whole."""
        return tuple(file for file in self.files if file.ending is Ending.DONE)

    def lines(self) -> list[str]:
        """Return what the client is told: a line for each of a few files, then the sum, then what went wrong."""
        lines = []
        for file in self.files[:_SHOWN]:
            lines.append(f"{self.verb} {file.words()}" if file.ending is Ending.DONE else file.words())
            if file.sha256:
                lines.append(f"SHA-256 {file.sha256}")
        if len(self.files) > 1:
            lines.append(self._sum())
        if self.why:
            lines.append(self.why)
        return lines

    def _sum(self) -> str:
        size, seconds = sum(file.size for file in self.done), sum(file.seconds for file in self.done)
        rate = f", {rate_words(size, seconds)}" if size else ""
        return f"{self.verb} {len(self.done)} of {count_words(len(self.files), 'file')}, {size_words(size)}{rate}."
