"""The text of the line being typed, and the place in it."""

from __future__ import annotations

from typing import NamedTuple

from sttelnet.charset import cells


class Unit(NamedTuple):
    """What the cursor steps over and Backspace erases at once: a character and the marks combined with it."""

    text: str
    cells: int


def units(text: str) -> list[Unit]:
    """Split text into units; marks with nothing to combine with are left out."""
    if text.isascii():
        return [Unit(char, 1) for char in text]
    found: list[Unit] = []
    for char in text:
        width = cells(char)
        if width:
            found.append(Unit(char, width))
        elif found:
            found[-1] = _combined(found[-1], char)
    return found


def _combined(unit: Unit, marks: str) -> Unit:
    return Unit(unit.text + marks, unit.cells)


class Buffer:
    """Units, and the place `at` before one of them or behind the last."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.at = 0

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join([unit.text for unit in self.units])

    def __len__(self) -> int:
        return sum([len(unit.text) for unit in self.units])

    def replace(self, text: str) -> None:
        """Put text in place of the whole line, and the place behind it."""
        self.units = units(text)
        self.at = len(self.units)

    def insert(self, text: str) -> None:
        """Put text at the place, and the place behind it."""
        if self.at and not cells(text[:1]):
            marks, text = _leading_marks(text)
            self.units[self.at - 1] = _combined(self.units[self.at - 1], marks)
        new = units(text)
        self.units[self.at : self.at] = new
        self.at += len(new)

    def move(self, at: int) -> None:
        """Go to a place; the ends of the line stop it."""
        self.at = min(max(0, at), len(self.units))

    def erase(self, start: int, end: int) -> None:
        """Take out the units from start to end; the place is then where they were."""
        start, end = max(0, start), min(end, len(self.units))
        if start < end:
            del self.units[start:end]
            self.at = start

    def word_start(self) -> int:
        """Return where the word before the place begins."""
        at = self.at
        while at and self.units[at - 1].text.isspace():
            at -= 1
        while at and not self.units[at - 1].text.isspace():
            at -= 1
        return at


def _leading_marks(text: str) -> tuple[str, str]:
    count = next((index for index, char in enumerate(text) if cells(char)), len(text))
    return text[:count], text[count:]
