"""How many cells of a terminal text takes. The only importer of wcwidth.

Each code point counts for itself, as PuTTY, xterm and SyncTERM draw it; clusters joined by U+200D are
not taken as one picture.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

from wcwidth import wcwidth

Align: TypeAlias = Literal["left", "right", "center"]


@lru_cache(maxsize=4096)
def _cells_of(char: str) -> int:
    return max(0, wcwidth(char))  # -1: a control character


def cells(text: str) -> int:
    """Return the display width of text; control characters and combining marks count none."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_cells_of, text))


def cut(text: str, cells: int) -> str:
    """Return as much of the beginning of text as fits into so many cells."""
    if text.isascii() and text.isprintable():
        return text[: max(0, cells)]
    left = cells
    for index, char in enumerate(text):
        left -= _cells_of(char)
        if left < 0:
            return text[:index]
    return text


def pad(text: str, cells: int, align: Align | str = "left") -> str:
    """Return text with blanks added to fill so many cells; longer text is returned as it is."""
    before, after = margins(cells - _cells(text), align)
    return before + text + after


def margins(blanks: int, align: Align | str) -> tuple[str, str]:
    """Return the blanks that go before and after what is aligned. Raises ValueError for another word."""
    blanks = max(0, blanks)
    match align:
        case "left":
            return "", " " * blanks
        case "right":
            return " " * blanks, ""
        case "center":
            return " " * (blanks // 2), " " * (blanks - blanks // 2)
        case _:
            message = f'align is "left", "right" or "center", not "{align}"'
            raise ValueError(message)


_cells = cells  # `cells` names an argument above
