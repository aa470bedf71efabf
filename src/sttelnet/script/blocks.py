"""A script's text taken apart: words to send, comments, blocks with their statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sttelnet.script.cursor import BLOCK_OPENS, Cursor
from sttelnet.script.statements import Statement, read_block

_OPENER = re.compile(r"\{[%#]")


@dataclass(frozen=True, slots=True)
class Words:
    """Text to send, with the offset it stands at."""

    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Block:
    """What a block says, with the offset it opens at; a comment is a block that says nothing."""

    start: int
    statements: tuple[Statement, ...] = ()


Item: TypeAlias = Words | Block


def scan(cursor: Cursor) -> Iterator[Item]:
    """Take a script apart, in reading order; what is wrong is noted in the source."""
    while not cursor.ended:
        opener = _OPENER.search(cursor.text, cursor.offset)
        yield from _words(cursor, opener.start() if opener else len(cursor.text))
        if opener and cursor.offset == opener.start():
            yield _block(cursor)


def _words(cursor: Cursor, end: int) -> Iterator[Words]:
    """Yield the text up to an opener or the end of the file, and with it an opener that is escaped."""
    start = cursor.offset
    cursor.offset = end
    text = cursor.text[start:end]
    if end == len(cursor.text):
        yield from _some(text, start)
        return
    # 2n backslashes before an opener stand for n of them; one more stands for the opener itself as text.
    plain = text.rstrip("\\")
    backslashes = len(text) - len(plain)
    yield from _some(plain, start)
    yield from _some("\\" * (backslashes // 2), start + len(plain))
    if backslashes % 2:
        cursor.offset = end + 2
        yield Words(cursor.text[end : end + 2], end)


def _some(text: str, start: int) -> Iterator[Words]:
    if text:
        yield Words(text, start)


def _block(cursor: Cursor) -> Block:
    start = cursor.offset
    if cursor.at(BLOCK_OPENS):
        return Block(start, read_block(cursor))
    cursor.comment()
    return Block(start)
