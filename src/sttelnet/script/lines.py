"""The line rule: which lines of a script are sent.

Only `get` prints. A line (from the line end before a block to the one behind it) of nothing but blanks,
comments and blocks without `get` is not sent, its line end included, though its `ansi` bytes are. Line ends
inside a block are none of the page's: a block over many lines stands on one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sttelnet.script.blocks import Words
from sttelnet.script.model import Draw, Get, Piece, Text

_BLANKS = " \t\r"
_LINE_END = Text("\r\n")


@dataclass(frozen=True, slots=True)
class Acted:
    """What a block or a comment left where it stood."""

    start: int
    pieces: tuple[Draw | Get, ...] = ()


Part: TypeAlias = Words | Acted


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page; `ended` when a line end of the page's text closes it."""

    parts: tuple[Part, ...]
    ended: bool

    @property
    def sent(self) -> bool:
        """Whether the line is sent, rather than only its `ansi` bytes."""
        acted = [part for part in self.parts if isinstance(part, Acted)]
        return not acted or any(map(_prints, self.parts))


def _prints(part: Part) -> bool:
    if isinstance(part, Words):
        return part.text.strip(_BLANKS) != ""
    return any(isinstance(piece, Get) for piece in part.pieces)


def split_lines(parts: Iterable[Part]) -> Iterator[Line]:
    """Split a page at the line ends of its text."""
    line: list[Part] = []
    for part in parts:
        if isinstance(part, Acted):
            line.append(part)
            continue
        *ended, rest = part.text.split("\n")
        start = part.start
        for text in ended:
            yield Line((*line, Words(text, start)), ended=True)
            line.clear()
            start += len(text) + 1
        if rest:
            line.append(Words(rest, start))
    if line:
        yield Line(tuple(line), ended=False)


def assemble(lines: Iterable[Line]) -> tuple[Piece, ...]:
    """Return what is sent, in order, with CR LF as line ends."""
    pieces = [piece for line in lines for piece in _pieces(line)]
    _drop_last_line_end(pieces)
    return tuple(_merged(pieces))


def _pieces(line: Line) -> Iterator[Piece]:
    sent = line.sent
    for part in line.parts:
        if isinstance(part, Acted):
            yield from part.pieces
        elif sent:
            yield Text(part.text)
    if sent and line.ended:
        yield _LINE_END


def _drop_last_line_end(pieces: list[Piece]) -> None:
    """Take away the line end that closes the page, so that a prompt can stand above a closing block."""
    for index in reversed(range(len(pieces))):
        if isinstance(pieces[index], Draw):
            continue  # ansi bytes put nothing behind the line end
        if pieces[index] == _LINE_END:
            del pieces[index]
        return


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    text = ""
    for piece in pieces:
        if isinstance(piece, Text):
            text += piece.text
            continue
        if text:
            yield Text(text)
        text = ""
        yield piece
    if text:
        yield Text(text)
