"""The statements of a block: `ansi:Clear; get:STHost("cpu")`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sttelnet.script.arguments import Argument, read_arguments
from sttelnet.script.cursor import BLOCK_CLOSES, BLOCK_OPENS, Cursor
from sttelnet.script.model import Kind, Problem, Value
from sttelnet.script.suggest import did_you_mean

TYPES = {kind.value: kind for kind in Kind}
_NO_END = "no-end"
_NAME = r"[A-Za-z][A-Za-z0-9_/-]*"
_HEAD = re.compile(rf"([A-Za-z][A-Za-z0-9_]*):({_NAME})")
_BROKEN_HEAD = re.compile(rf"([A-Za-z][A-Za-z0-9_]*)[ \t\n]*(:?)[ \t\n]*({_NAME})?")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it is written, with the offset of its name."""

    kind: Kind
    name: str
    arguments: tuple[Argument, ...]
    start: int

    @property
    def end(self) -> int:
        """The offset behind its name."""
        return self.start + len(self.name)

    @property
    def positional(self) -> tuple[Value, ...]:
        """The values of its positional arguments."""
        return tuple(argument.value for argument in self.arguments if argument.name is None)

    @property
    def keywords(self) -> dict[str, Value]:
        """The values of its keyword arguments."""
        return {argument.name: argument.value for argument in self.arguments if argument.name is not None}

    @property
    def head(self) -> str:
        """The statement without its arguments: "get:STHost"."""
        return f"{self.kind.value}:{self.name}"


def read_block(cursor: Cursor) -> tuple[Statement, ...]:
    """Read the block that opens here, to behind its end; what is wrong is noted in the source."""
    opens = cursor.offset
    cursor.take(BLOCK_OPENS)
    before = len(cursor.source.problems)
    statements: list[Statement] = []
    while not cursor.take(BLOCK_CLOSES):
        cursor.skip()
        if cursor.ended or cursor.at(BLOCK_OPENS):
            _note_unclosed(cursor, opens, before)
            break
        if not cursor.at(BLOCK_CLOSES):
            statements.extend(_read_one(cursor))
    return tuple(statements)


def _note_unclosed(cursor: Cursor, opens: int, before: int) -> None:
    if cursor.lost:
        return  # a comment that is not closed hides the block's end
    # What follows the last good statement is the page's text then: it is not worth an error of its own.
    problems = cursor.source.problems
    problems[before:] = itertools.takewhile(lambda problem: problem.code != _NO_END, problems[before:])
    cursor.unclosed(opens, "block", BLOCK_CLOSES)


def _read_one(cursor: Cursor) -> Iterator[Statement]:
    """Read one statement and the ";" behind it; a faulty one is noted and stepped over."""
    statement = _read_statement(cursor)
    if isinstance(statement, Statement):
        if not cursor.lost:  # else the comment may hide its arguments
            yield statement
        _read_end(cursor)
        return
    if not cursor.lost:
        cursor.source.problems.append(statement)
    cursor.recover()
    cursor.take(";")


def _read_end(cursor: Cursor) -> None:
    cursor.skip()
    if cursor.take(";") or cursor.at(BLOCK_CLOSES) or cursor.at(BLOCK_OPENS) or cursor.ended:
        return
    message = f'expected ";" or "%}}", found {cursor.found()}'
    cursor.source.problems.append(cursor.problem_here(message, code=_NO_END))
    cursor.recover()
    cursor.take(";")


def _read_statement(cursor: Cursor) -> Statement | Problem:
    head = cursor.match(_HEAD)
    if head is None:
        return _broken_head(cursor)
    kind = TYPES.get(head.group(1))
    if kind is None:
        return _unknown_type(cursor, head)
    cursor.skip()
    arguments = read_arguments(cursor)
    if isinstance(arguments, Problem):
        return arguments
    return Statement(kind, head.group(2), arguments, head.start(2))


def _unknown_type(cursor: Cursor, head: re.Match[str]) -> Problem:
    cure = did_you_mean(head.group(1), TYPES) or f"the types are {', '.join(TYPES)}"
    message = f'unknown statement type "{head.group(1)}"'
    return cursor.source.problem(head.start(1), head.end(1), message, cure, code="unknown-type")


def _broken_head(cursor: Cursor) -> Problem:
    head = _BROKEN_HEAD.match(cursor.text, cursor.offset)
    word, colon, name = head.groups() if head else ("", "", None)
    if head and colon and name:
        message = f'no blank may stand inside "{word}:{name}"'
        return cursor.source.problem(head.start(), head.end(), message, f"write {word}:{name}")
    if head and colon:
        return cursor.source.problem(head.start(), head.end(2), f'expected a name behind "{word}:"')
    if word in TYPES and name:
        return cursor.problem_here(f'expected ":" behind "{word}"', f"write {word}:{name}")
    return cursor.problem_here(f"expected a statement, found {cursor.found()}", "as get:STHost")
