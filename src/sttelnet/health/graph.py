"""Performance values over time as rows of text, in the characters each charset has. Pure.

A column stands on the lower end of the scale: full up to the least value of its time, darker up to the mean, light up
to the greatest, so that neither a peak nor a dip is lost. Its top goes by half rows where nothing stands above.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sttelnet.ansi import Ansi, Color, Reset
from sttelnet.charset import Charset, cut, one_line, pad
from sttelnet.charset import cells as width_of_text
from sttelnet.health.cells import Cell, joined, squeezed
from sttelnet.health.ranges import Range
from sttelnet.health.scale import TINY, Scale, amount, rounded
from sttelnet.health.states import State
from sttelnet.words import span_words

AXIS: Final = 8  # cells: what stands at a row, and the line
NARROWEST: Final = 8  # columns of values that are worth an axis
NOTHING: Final = "no values"
NEAR: Final = 2.0  # a limit so many times as high as the greatest value is still on the scale

# What fills a row: nothing, up to the greatest, to the mean, to the least value.
_EMPTY, _GREATEST, _MEAN, _LEAST = range(4)


@dataclass(frozen=True, slots=True)
class _Glyphs:
    shades: str  # by what fills a row
    half: str  # full in its lower half, nothing above
    base: str  # a value at the very bottom
    line: str
    axis: str
    corner: str


_GLYPHS: Final = {
    Charset.UTF_8: _Glyphs(" ░▓█", "▄", "▁", "─", "┤", "└"),
    Charset.CP437: _Glyphs(" ░▓█", "▄", "_", "─", "┤", "└"),
    Charset.ASCII: _Glyphs(" :+#", "=", "_", "-", "|", "+"),
}
_COLORS: Final = {State.WARNING: "bright yellow", State.CRITICAL: "bright red"}


@dataclass(frozen=True, slots=True)
class Look:
    """How a graph is drawn: rows and columns of the whole, charset, unit, and ranges with their ends drawn as lines."""

    width: int
    height: int
    charset: Charset
    unit: str = ""
    warning: Range | None = None
    critical: Range | None = None


def graph(cells: Sequence[Cell | None], seconds: float, look: Look) -> list[Ansi]:
    """Return exactly `look.height` rows of exactly `look.width` cells: the values, and in the last the times.

    `seconds` is how long ago the first cell begins. A graph too small for axes is of values alone.
    """
    if look.width <= 0 or look.height <= 0:
        return []
    has_axis = look.width >= AXIS + NARROWEST
    has_times = has_axis and look.height > 2
    columns = squeezed(cells, look.width - AXIS if has_axis else look.width)
    rows = look.height - 1 if has_times else look.height
    scale = _scale(columns, rows, look)
    lines = _lines(scale, look)
    glyphs = _GLYPHS[look.charset]
    drawn = [
        _row(number, columns, scale, glyphs, lines.get(number), _label(number, scale, lines, look) if has_axis else "")
        for number in range(rows)
    ]
    if joined(columns) is None:
        drawn[rows // 2] = _said(NOTHING, look.width, glyphs if has_axis else None)
    return [*drawn, _times(seconds, len(columns), glyphs)] if has_times else drawn


def columns_of(width: int) -> int:
    """Return how many columns of values a graph of that width has."""
    return max(1, width - AXIS if width >= AXIS + NARROWEST else width)


def _scale(columns: Sequence[Cell | None], rows: int, look: Look) -> Scale:
    """Return a scale with round ends on which all values are, and limits that are not far above."""
    whole = joined(columns)
    if whole is None:
        return Scale(0.0, 1.0, rows)
    low, high = min(0.0, whole.least), max(0.0, whole.most)
    near = [end for end, _ in _ends(look) if high < end <= NEAR * high or NEAR * low <= end < low]
    low, high = 0.0 - rounded(-min(low, *near, 0.0)), rounded(max(high, *near, 0.0))
    return Scale(low, high, rows) if high / 2 - low / 2 > TINY else Scale(0.0, 1.0, rows)


def _ends(look: Look) -> list[tuple[float, State]]:
    """Return the ends of the ranges that are numbers; 0 is one only where somebody has written it so."""
    found: list[tuple[float, State]] = []
    for limits, state in ((look.warning, State.WARNING), (look.critical, State.CRITICAL)):
        if limits is not None:
            found += [(end, state) for end in (limits.start, limits.end) if math.isfinite(end) and end != 0]
    return found


def _lines(scale: Scale, look: Look) -> dict[int, tuple[float, State]]:
    """Return the rows with a limit in them; of two in one the critical one."""
    return {row: (end, state) for end, state in _ends(look) if (row := scale.row(end)) is not None}


def _row(
    number: int,
    columns: Sequence[Cell | None],
    scale: Scale,
    glyphs: _Glyphs,
    line: tuple[float, State] | None,
    label: str,
) -> Ansi:
    below = scale.rows - 1 - number
    halves = (scale.at(below + 0.25), scale.at(below + 0.75))
    blank = glyphs.line if line else " "
    drawn = "".join(_glyph(cell, halves, glyphs, blank, is_last=not below) for cell in columns)
    axis = pad(label, AXIS - 1, "right") + glyphs.axis if label else ""
    if line is None:
        return Ansi(axis + drawn)
    return Color(_COLORS[line[1]]) + axis + drawn + Reset()


def _glyph(cell: Cell | None, halves: tuple[float, float], glyphs: _Glyphs, blank: str, *, is_last: bool) -> str:
    if cell is None:
        return blank
    lower, upper = (_filled(cell, at) for at in halves)
    if lower == _EMPTY:
        return glyphs.base if is_last else blank
    if lower == _LEAST and upper != _LEAST:
        return glyphs.half if upper == _EMPTY else glyphs.shades[_MEAN]
    return glyphs.shades[lower]


def _filled(cell: Cell, at: float) -> int:
    """Return what fills a column at a value: the least value reaches highest where all are below zero."""
    if at <= cell.least:
        return _LEAST
    if at <= cell.mean:
        return _MEAN
    return _GREATEST if at <= cell.most else _EMPTY


def _label(number: int, scale: Scale, lines: dict[int, tuple[float, State]], look: Look) -> str:
    """Return what stands at a row, at least a blank: limits, the ends of the scale, its middle."""
    if number in lines:
        value = lines[number][0]
    elif number == 0:
        value = scale.high
    elif number == scale.rows - 1:
        value = scale.low
    elif number == scale.rows // 2 and scale.rows >= 5 and scale.rows % 2 == 0:
        value = scale.at(scale.rows / 2)
    else:
        return " "
    return cut(one_line(amount(value, look.unit)), AXIS - 1)


def _said(text: str, width: int, glyphs: _Glyphs | None) -> Ansi:
    axis = " " * (AXIS - 1) + glyphs.axis if glyphs else ""
    return Ansi(axis + pad(cut(text, width - len(axis)), width - len(axis), "center"))


def _times(seconds: float, columns: int, glyphs: _Glyphs) -> Ansi:
    """Return the last row: how long ago the first column and the middle one are, and now."""
    first, middle, last = f"-{span_words(seconds)}", f"-{span_words(seconds / 2)}", "now"
    row = pad(cut(first, columns), columns)
    at = columns // 2
    if at > width_of_text(first) and at + width_of_text(middle) < columns - width_of_text(last):
        row = row[:at] + middle + row[at + len(middle) :]
    if columns > width_of_text(first) + len(last):
        row = row[: columns - len(last)] + last
    return Ansi(" " * (AXIS - 1) + glyphs.corner + row)
