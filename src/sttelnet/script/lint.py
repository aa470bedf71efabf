"""What is worth saying about a page that works: text that a screen of 80 columns and 24 rows cannot show."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

from sttelnet.ansi import MOVES, Ansi
from sttelnet.charset import cells
from sttelnet.script.blocks import Words
from sttelnet.script.lines import Line, Part
from sttelnet.script.model import Draw, Get
from sttelnet.script.source import Source

COLUMNS = 79  # what is written into column 80 wraps on some terminals
ROWS = 24
# Behind these a count of columns and rows from the text alone would be a guess.
_PLACING = MOVES | {"Clear"}


def note_size(lines: Iterable[Line], source: Source) -> None:
    """Warn of text wider or taller than a screen; what a handler prints counts as its `width`, or nothing."""
    row = 0
    for line in lines:
        row = (0 if any(map(_places, line.parts)) else row) + line.sent
        if line.sent:
            _note_width(line, source)
        if line.sent and row == ROWS + 1:
            start, cure = line.parts[0].start, "a page with more scrolls off the top"
            source.warn(start, start + 1, f"the page's text is taller than {ROWS} rows", cure, code="tall")


def _places(part: Part) -> bool:
    return not isinstance(part, Words) and any(
        isinstance(piece, Draw) and piece.name in _PLACING for piece in part.pieces
    )


def _note_width(line: Line, source: Source) -> None:
    before = ""
    for part in line.parts:
        if not isinstance(part, Words):
            before = _behind(part, before)
            continue
        plain = Ansi(part.text).plain()
        if _columns(before + plain) > COLUMNS:
            # Sequences pasted into the text leave no way back from a column to a character.
            fits = _fitting(before, plain) if plain == part.text else 0
            message, cure = f"text is wider than {COLUMNS} columns", "terminals of 80 columns wrap it"
            source.warn(part.start + fits, part.start + len(part.text), message, cure, code="wide")
            return
        before += plain


def _behind(part: Part, before: str) -> str:
    """Return what stands on the screen's line behind a block."""
    pieces = () if isinstance(part, Words) else part.pieces
    for piece in pieces:
        if isinstance(piece, Get):
            before += " " * (piece.width or 0)
        elif piece.name in _PLACING:
            before = ""
    return before


def _fitting(before: str, text: str) -> int:
    """Return how many characters of the text fit into the screen's line."""
    ends = range(len(text) + 1)
    return max(0, bisect.bisect_right(ends, COLUMNS, key=lambda end: _columns(before + text[:end])) - 1)


def _columns(text: str) -> int:
    return cells(text.expandtabs(8))
