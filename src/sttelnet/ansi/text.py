"""Ansi: text that is sent to a terminal as it is.

Whatever `str` offers besides what is defined here gives a plain `str`, and so is cleaned in the end:
forgetting errs on the safe side.
"""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterable
from typing import Any, Final, SupportsIndex

from sttelnet.charset import cells, clean, cut
from sttelnet.charset.width import margins

# ECMA-48: control sequences (5.4), control strings up to ST (5.6; xterm also takes BEL), then escape
# sequences (5.3). What is opened and not closed is taken whole, so that half a sequence never shows.
SEQUENCE: Final = re.compile(
    r"""\x1b(?: \[ [0-?]* [ -/]* [@-~]?
              | [\]PX^_] [^\x07\x18\x1a\x1b]* (?: \x07 | \x1b\\ )?
              | [ -/]* [0-~]? )""",
    re.VERBOSE,
)


def strip(text: str) -> str:
    """Return the text without escape sequences."""
    return SEQUENCE.sub("", text)


# ECMA-48 8.3.117 SGR: colours, bold, underline, reverse, blink.
_COLOURS: Final = re.compile(r"\x1b\[[0-9;:]*m")


def without_colours(text: str) -> str:
    """Return the text as a terminal gets it whose user wants no colours: it still may move the cursor."""
    return _COLOURS.sub("", text)


def to_plain(text: str) -> str:
    """Return the text as a terminal without abilities gets it: no sequence, no control but \\n and \\t."""
    return clean(strip(text))


class Ansi(str):
    """Text that is sent to the terminal as it is."""

    __slots__ = ()

    def __add__(self, other: str) -> Ansi:
        if not isinstance(other, str):
            return NotImplemented
        return Ansi(str.__add__(self, _safe(other)))

    def __radd__(self, other: str) -> Ansi:
        if not isinstance(other, str):
            return NotImplemented
        return Ansi(str.__add__(_safe(other), self))

    def __mul__(self, count: SupportsIndex) -> Ansi:
        return Ansi(str.__mul__(self, count))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"Ansi({str.__repr__(self)})"

    def join(self, parts: Iterable[str]) -> Ansi:
        """Join parts, each plain one cleaned."""
        return Ansi(str.join(self, [_safe(part) for part in parts]))

    def format(self, *args: object, **kwargs: object) -> Ansi:
        """Fill in the fields, each plain value cleaned."""
        return Ansi(_FORMATTER.vformat(self, args, kwargs))

    def plain(self) -> str:
        """Return the text a terminal without abilities gets."""
        return to_plain(self)

    def cells(self) -> int:
        """Return the display width of what is not a sequence."""
        return cells(strip(self))

    def cut(self, width: int) -> Ansi:
        """Return as much of the text as fits into so many cells, and all its sequences."""
        kept = []
        for text, sequence in itertools.zip_longest(SEQUENCE.split(self), SEQUENCE.findall(self), fillvalue=""):
            part = cut(text, width)
            width = width - cells(part) if part == text else 0
            kept += [part, sequence]
        return Ansi("".join(kept))

    def pad(self, width: int, align: str = "left") -> Ansi:
        """Return the text with blanks added to fill so many cells."""
        before, after = margins(width - self.cells(), align)
        return before + self + after


def _safe(text: str) -> str:
    return text if isinstance(text, Ansi) else clean(text)


class _Formatter(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> Any:
        shown = format(value, format_spec)
        return shown if isinstance(value, Ansi) else clean(shown)


_FORMATTER: Final = _Formatter()
