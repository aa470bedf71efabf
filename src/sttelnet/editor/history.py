"""The lines entered in one session."""

from __future__ import annotations

from typing import Final

_LINES: Final = 50


class History:
    """Lines, oldest first; those of masked prompts never get here."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, line: str) -> None:
        """Keep a line, unless it is blank or the one before again."""
        if line.strip() and self._lines[-1:] != [line]:
            self._lines.append(line)
            del self._lines[:-_LINES]

    def __getitem__(self, index: int) -> str:
        return self._lines[index]

    def __len__(self) -> int:
        return len(self._lines)
