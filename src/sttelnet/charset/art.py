"""Files of ANSI art: CP437 bytes with a SAUCE record behind them.

SAUCE 00.5 (ACiD): after the art a ^Z, an optional comment block ("COMNT" and lines of 64 bytes), and in
the last 128 bytes the record itself.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

_RECORD: Final = struct.Struct("<5s2s35s20s20s8sLBBHHHHBB22s")
_COMMENT_LINE: Final = 64
_COMMENTS_MOST: Final = 255
_CHARACTER: Final = 1  # DataType: text with or without ANSI sequences; only there TInfo1 is the width
_ICE_COLOURS: Final = 0x01  # TFlags bit 0: blink means a bright background
_END: Final = b"\x1a"

# What the C0 bytes of CP437 look like. In art they are pictures, but for the line ends, TAB and ESC.
_C0_GLYPHS: Final = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"
_PICTURES: Final = {code: glyph for code, glyph in enumerate(_C0_GLYPHS) if chr(code) not in "\t\n\r\x1b"} | {0x7F: "⌂"}


@dataclass(frozen=True, slots=True)
class Sauce:
    """What a SAUCE record says about a piece of art."""

    title: str
    author: str
    group: str
    date: str  # CCYYMMDD
    columns: int | None
    rows: int | None
    ice_colours: bool
    font: str
    comments: tuple[str, ...] = ()


def art(data: bytes) -> str:
    """Return the text of an .ans file: its sequences kept, its SAUCE record and all from ^Z on left out."""
    return read_sauce(data)[0].decode("cp437").translate(_PICTURES)


def read_sauce(data: bytes) -> tuple[bytes, Sauce | None]:
    """Return the art before ^Z, and what its SAUCE record says where it has one."""
    record = data[-_RECORD.size :]
    if len(record) < _RECORD.size or not record.startswith(b"SAUCE"):
        return data.partition(_END)[0], None
    rest, comments = _split_comments(data[: -_RECORD.size], record[104])
    return rest.partition(_END)[0], _read(record, comments)


def _split_comments(data: bytes, count: int) -> tuple[bytes, tuple[str, ...]]:
    start = len(data) - count * _COMMENT_LINE - 5
    if not count or start < 0 or data[start : start + 5] != b"COMNT":
        return data, ()
    lines = (data[at : at + _COMMENT_LINE] for at in range(start + 5, len(data), _COMMENT_LINE))
    return data[:start], tuple(_words(line) for line in lines)


def _read(record: bytes, comments: tuple[str, ...]) -> Sauce:
    (_, _, title, author, group, date, _, kind, _, width, height, _, _, _, flags, font) = _RECORD.unpack(record)
    character = kind == _CHARACTER
    return Sauce(
        title=_words(title),
        author=_words(author),
        group=_words(group),
        date=_words(date),
        columns=width if character and width else None,
        rows=height if character and height else None,
        ice_colours=character and bool(flags & _ICE_COLOURS),
        font=_words(font),
        comments=comments,
    )


def _words(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("cp437").translate(_PICTURES).rstrip()
