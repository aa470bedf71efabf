"""What of a line stands on the screen, and the way from that to what should.

One row, from the start column to the last but one, is a window on the line; a longer line scrolls in it. The
last column is never written to, because terminals differ in when they wrap there. The difference is
sent as the characters that changed, blanks over what is left behind, and \\b and CSI C/D to steer: a lone CR
is no good in telnet (RFC 854), and clearing to the end of the row would eat a frame drawn around the field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sttelnet.editor.buffer import Buffer, Unit

_STEPS: Final = 3  # so many \b are shorter than CSI D
_CONTEXT: Final = 4  # scrolling leaves a quarter of the window on the side the cursor went to


@dataclass(frozen=True, slots=True)
class View:
    """The part of a line that fits the window."""

    units: tuple[Unit, ...] = ()
    cursor: int = 0  # cells from the start column

    @property
    def text(self) -> str:
        """The characters."""
        return "".join([unit.text for unit in self.units])


class Window:
    """The row a line is typed on. Without `steers` the terminal only appends and steps back, and wraps."""

    def __init__(self, column: int, columns: int, *, steers: bool) -> None:
        self.column = column
        self.columns = columns
        self._steers = steers
        self._first = 0  # the first unit shown
        self._on_screen = View()

    @property
    def view(self) -> View:
        """What was last sent."""
        return self._on_screen

    def forget(self) -> None:
        """Take the row for empty, with the cursor at the start column."""
        self._on_screen = View()

    def show(self, buffer: Buffer) -> str:
        """Return what turns the row into a view of the buffer."""
        before, self._on_screen = self._on_screen, self._look(buffer)
        return self._turn(before, self._on_screen)

    def clear(self) -> str:
        """Return what blanks the window and puts the cursor at the start column."""
        before, self._on_screen = self._on_screen, View()
        return self._turn(before, self._on_screen)

    def _look(self, buffer: Buffer) -> View:
        if not self._steers:
            return View(tuple(buffer.units), _cells(buffer.units))
        width = max(0, self.columns - self.column)
        self._first = self._scroll(buffer, width)
        end, room = self._first, width
        while end < len(buffer.units) and buffer.units[end].cells <= room:
            room -= buffer.units[end].cells
            end += 1
        return View(tuple(buffer.units[self._first : end]), _cells(buffer.units[self._first : buffer.at]))

    def _scroll(self, buffer: Buffer, width: int) -> int:
        """Return the first unit to show: the same as before as long as the cursor is seen."""
        if _cells(buffer.units) <= width:
            return 0
        if self._first and buffer.at <= self._first:
            return _back(buffer, min(width, max(1, width // _CONTEXT)))
        if _cells(buffer.units[self._first : buffer.at]) > width:
            return _back(buffer, width - width // _CONTEXT)
        return self._first

    def _turn(self, old: View, new: View) -> str:
        if old.units == new.units:
            return self._steer(old.cursor, new.cursor)
        same = _same(old.units, new.units)
        start, written, left_behind = _cells(new.units[:same]), _cells(new.units), _cells(old.units)
        return (
            self._steer(old.cursor, start)
            + "".join([unit.text for unit in new.units[same:]])
            + " " * (left_behind - written)
            + self._steer(max(left_behind, written), new.cursor)
        )

    def _steer(self, start: int, end: int) -> str:
        if start >= end:
            count = start - end
            return f"\x1b[{count}D" if self._steers and count > _STEPS else "\b" * count
        return f"\x1b[{end - start}C"


def _cells(units: Sequence[Unit]) -> int:
    return sum([unit.cells for unit in units])


def _same(old: Sequence[Unit], new: Sequence[Unit]) -> int:
    """Return how many units at the beginning are the same."""
    for index, (one, other) in enumerate(zip(old, new, strict=False)):
        if one != other:
            return index
    return min(len(old), len(new))


def _back(buffer: Buffer, room: int) -> int:
    """Return the unit from which `room` cells lead up to the place."""
    first = buffer.at
    while first and buffer.units[first - 1].cells <= room:
        first -= 1
        room -= buffer.units[first].cells
    return first
