"""The arguments of a statement: `("uptime", 3, width=12)`."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from sttelnet.script.cursor import BLOCK_CLOSES, BLOCK_OPENS, STRING, Cursor
from sttelnet.script.model import Problem, Value

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INTEGER = re.compile(r"-?[0-9]+(?![A-Za-z0-9_.])")
_NUMBERLIKE = re.compile(r"-?[0-9][A-Za-z0-9_.]*")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n"}
_MOST_DIGITS = 18
_WANTED = 'expected a number or a "string"'
_OTHER_QUOTES = "'`“”„‘’«»"  # an office program's
_STRAIGHT = 'strings stand in "straight double quotes"'


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, with the offsets of its value."""

    name: str | None
    value: Value
    start: int
    end: int


def read_arguments(cursor: Cursor) -> tuple[Argument, ...] | Problem:
    """Read `(…)` where it stands; without it there are no arguments."""
    opens = cursor.offset
    if not cursor.take("("):
        return ()
    arguments: list[Argument] = []
    named: set[str] = set()
    cursor.skip()
    while not cursor.take(")"):
        comma = cursor.take(",") if arguments else True
        cursor.skip()
        if _left_open(cursor):
            return cursor.source.problem(opens, opens + 1, '"(" is not closed', 'write ")"', code="unclosed")
        if not comma:
            return cursor.problem_here(f'expected "," or ")", found {cursor.found()}')
        argument = _argument(cursor, named)
        if isinstance(argument, Problem):
            return argument
        arguments.append(argument)
        named.update([argument.name] if argument.name else [])
        cursor.skip()
    return tuple(arguments)


def _left_open(cursor: Cursor) -> bool:
    return cursor.ended or any(map(cursor.at, (";", BLOCK_CLOSES, BLOCK_OPENS)))


def _argument(cursor: Cursor, named: Collection[str]) -> Argument | Problem:
    """Read one argument; `named` are the keyword arguments before it."""
    starts = cursor.offset
    word = cursor.match(_IDENTIFIER)
    name = word.group() if word else None
    if name is not None:
        cursor.skip()
        if not cursor.take("="):
            cursor.offset = starts
            return cursor.problem_here(f"{_WANTED}, found {cursor.found()}", f'write "{name}"')
        if name in named:
            return cursor.source.problem(starts, starts + len(name), f'argument "{name}" stands twice')
        cursor.skip()
    elif named:
        return cursor.problem_here("a positional argument stands after a keyword argument", "put it first")
    start = cursor.offset
    value = _value(cursor)
    return value if isinstance(value, Problem) else Argument(name, value, start, cursor.offset)


def _value(cursor: Cursor) -> Value | Problem:
    if cursor.at('"'):
        return _string(cursor)
    if word := cursor.match(_INTEGER):
        return _integer(cursor, word)
    if word := cursor.match(_NUMBERLIKE):
        return cursor.source.problem(word.start(), word.end(), f'"{word.group()}" is not a whole number')
    return cursor.problem_here(f"{_WANTED}, found {cursor.found()}", _value_cure(cursor))


def _value_cure(cursor: Cursor) -> str:
    if word := _IDENTIFIER.match(cursor.text, cursor.offset):
        return f'write "{word.group()}"'
    return "" if cursor.ended or cursor.text[cursor.offset] not in _OTHER_QUOTES else _STRAIGHT


def _integer(cursor: Cursor, word: re.Match[str]) -> int | Problem:
    # Python refuses to read a number of thousands of digits; no screen has a use for this many.
    if len(word.group().lstrip("-")) > _MOST_DIGITS:
        cure = f"at most {_MOST_DIGITS} digits"
        return cursor.source.problem(word.start(), word.end(), "the number is too long", cure)
    return int(word.group())


def _string(cursor: Cursor) -> str | Problem:
    opens = cursor.offset
    word = cursor.match(STRING)
    if word is None:
        cursor.offset += 1  # so that what stands behind the quote is looked at for the statement's end
        cure = "write its closing quote on the same line"
        return cursor.source.problem(opens, opens + 1, "string is not closed", cure, code="unclosed")
    for escape in _ESCAPE.finditer(word.group(1)):
        if escape.group(1) not in _ESCAPES:
            return _unknown_escape(cursor, word.start(1) + escape.start(), escape.group())
    return _ESCAPE.sub(lambda escape: _ESCAPES[escape.group(1)], word.group(1))


def _unknown_escape(cursor: Cursor, start: int, escape: str) -> Problem:
    cure = r"a string knows \" \\ and \n"
    return cursor.source.problem(start, start + 2, f"unknown escape {escape} in a string", cure)
