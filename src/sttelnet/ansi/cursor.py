"""Where the cursor is after a terminal has shown some text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from sttelnet.ansi.text import SEQUENCE
from sttelnet.charset import cells


class Position(NamedTuple):
    """Where the cursor is, counted from 1; the row is None as long as nothing has told it."""

    row: int | None
    column: int


_START: Final = Position(None, 1)
_HOME: Final = Position(1, 1)
_TAB_STOP: Final = 8
_TOKEN: Final = re.compile(
    rf"(?P<sequence>{SEQUENCE.pattern}) | (?P<control>[\x00-\x1f\x7f]) | [^\x00-\x1f\x7f]+", re.VERBOSE
)
_CONTROL_SEQUENCE: Final = re.compile(r"\x1b\[([0-9;]*)([@-~])")


def cursor_after(
    text: str, start: tuple[int | None, int] = _START, columns: int | None = None, rows: int | None = None
) -> Position:
    """Return where the cursor is once the terminal has shown text.

    With `columns` long lines wrap as on a VT terminal: the last column can hold the cursor until the next
    character comes (SyncTERM wraps at once). With `rows` the last row scrolls. The row is known only
    after a sequence that names it, so after Clear, Home or Move.
    """
    cursor = _Cursor(start, columns, rows)
    for match in _TOKEN.finditer(text):
        match match.lastgroup:
            case "sequence":
                cursor.obey(match[0])
            case "control":
                cursor.control(match[0])
            case _:
                cursor.write(match[0])
    return Position(cursor.row, cursor.column)


class _Cursor:
    """A terminal's cursor; while a wrap is due, `_due` is set and the column is the last one."""

    def __init__(self, start: tuple[int | None, int], columns: int | None, rows: int | None) -> None:
        self.row, self.column = start
        self._columns = columns or None
        self._rows = rows or None
        self._due = False
        self._saved: Position | None = None

    def write(self, text: str) -> None:
        width = cells(text)
        if self._columns is None or self.column + width <= self._columns:
            self.column += width
            return
        for char in text:
            self._write_one(cells(char), self._columns)

    def _write_one(self, width: int, columns: int) -> None:
        if width and (self._due or self.column + width - 1 > columns):
            self.control("\r")
            self.control("\n")
        self._due = self.column + width > columns
        self.column = min(columns, self.column + width)

    def control(self, char: str) -> None:
        match char:
            case "\r":
                self.go(column=1)
            case "\n" | "\v" | "\f":
                self.go(row=_plus(self.row, 1))
            case "\b":
                self.go(column=self.column - 1)
            case "\t":
                self.go(column=((self.column - 1) // _TAB_STOP + 1) * _TAB_STOP + 1)

    def obey(self, sequence: str) -> None:
        match = _CONTROL_SEQUENCE.fullmatch(sequence)
        if match is None:
            self._escape(sequence[1:])
        elif (move := _MOVES.get(match[2])) is not None:
            numbers = [_parameter(part) for part in match[1].split(";")]
            move(self, numbers[0], numbers[1] if len(numbers) > 1 else 0)

    def _escape(self, letter: str) -> None:
        match letter:
            case "7":
                self.save()
            case "8":
                self.restore()
            case "c":
                self.go(*_HOME)
            case "D":
                self.go(row=_plus(self.row, 1))
            case "E":
                self.go(_plus(self.row, 1), 1)
            case "M":
                self.go(row=_plus(self.row, -1))

    def go(self, row: int | None = None, column: int | None = None) -> None:
        """Go to a row, a column or both; the edges stop the cursor."""
        if row is not None:
            self.row = max(1, row if self._rows is None else min(row, self._rows))
        if column is not None:
            self.column = max(1, column if self._columns is None else min(column, self._columns))
        self._due = False

    def save(self) -> None:
        self._saved = Position(self.row, self.column)

    def restore(self) -> None:
        """Go to where `save` was; without it terminals differ: to the corner, or nowhere."""
        if self._saved is None:
            self.lose_row()
        else:
            self.row, self.column = self._saved
        self._due = False

    def lose_row(self) -> None:
        self.row = None


def _parameter(digits: str) -> int:
    """Return a parameter's value, 0 where it is left out; more digits than a screen has cells are cut."""
    return int(digits[:5]) if digits else 0


def _plus(row: int | None, count: int) -> int | None:
    return None if row is None else row + count


def _erase(cursor: _Cursor, what: int, _: int) -> None:
    """2J clears the screen; on xterm the cursor stays, on SyncTERM it goes to the corner."""
    if what == 2:
        cursor.lose_row()


# What each final byte does with the first two parameters; 0 stands for one left out.
_MOVES: Final[dict[str, Callable[[_Cursor, int, int], None]]] = {
    "A": lambda at, n, _: at.go(row=_plus(at.row, -(n or 1))),
    "B": lambda at, n, _: at.go(row=_plus(at.row, n or 1)),
    "C": lambda at, n, _: at.go(column=at.column + (n or 1)),
    "D": lambda at, n, _: at.go(column=at.column - (n or 1)),
    "E": lambda at, n, _: at.go(_plus(at.row, n or 1), 1),
    "F": lambda at, n, _: at.go(_plus(at.row, -(n or 1)), 1),
    "G": lambda at, n, _: at.go(column=n or 1),
    "d": lambda at, n, _: at.go(row=n or 1),
    "H": lambda at, row, column: at.go(row or 1, column or 1),
    "f": lambda at, row, column: at.go(row or 1, column or 1),
    "J": _erase,
    "s": lambda at, *_: at.save(),
    "u": lambda at, *_: at.restore(),
}
