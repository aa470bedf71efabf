"""A script file's text becomes a Script, or a list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sttelnet.script.blocks import Block, Words, scan
from sttelnet.script.calls import read_get, read_post, read_set
from sttelnet.script.cursor import Cursor
from sttelnet.script.draws import read_draw
from sttelnet.script.facts import Facts
from sttelnet.script.keys import Keys
from sttelnet.script.lines import Acted, Part, assemble, split_lines
from sttelnet.script.lint import note_size
from sttelnet.script.model import Draw, Get, Kind, Post, Problem, Script, Set
from sttelnet.script.source import Source, in_order
from sttelnet.script.statements import Statement


@dataclass(frozen=True, slots=True)
class Parsed:
    """What reading a script gave: a script where no problem is more than a warning."""

    script: Script | None
    problems: tuple[Problem, ...]  # in the order of their places
    draft: Script | None = None  # the script as far as it could be read: to look at, never to serve


def parse(source: str, keyword: str, path: str) -> Parsed:
    """Read a script's text; never raises. `path` is what problems call the file."""
    return _Reading(Source(source, path), keyword).parsed()


class _Reading:
    """One script while it is read."""

    def __init__(self, source: Source, keyword: str) -> None:
        self._source = source
        self._keyword = keyword
        self._sets: list[Set] = []
        self._posts: list[Post] = []
        self._keys = Keys(source)
        self._facts = Facts(source, keyword)

    def parsed(self) -> Parsed:
        lines = list(split_lines(self._parts()))
        if self._sound():
            note_size(lines, self._source)
        script = Script(
            keyword=self._keyword,
            path=self._source.path,
            body=assemble(lines),
            sets=tuple(self._sets),
            posts=tuple(self._posts),
            keys=self._keys.all(),
            page=self._facts.page,
            source_lines=self._source.lines,
        )
        return Parsed(script if self._sound() else None, in_order(self._source.problems), draft=script)

    def _sound(self) -> bool:
        return all(problem.warning for problem in self._source.problems)

    def _parts(self) -> Iterator[Part]:
        for item in scan(Cursor(self._source)):
            match item:
                case Words():
                    yield item
                case Block(start, statements):
                    pieces = [piece for statement in statements if (piece := self._act(statement))]
                    yield Acted(start, tuple(pieces))

    def _act(self, statement: Statement) -> Draw | Get | None:
        """Take up one statement; return what it leaves where it stands."""
        match statement.kind:
            case Kind.ANSI:
                return read_draw(statement, self._source)
            case Kind.GET:
                return read_get(statement, self._source)
            case Kind.SET:
                self._sets.append(read_set(statement, self._source))
            case Kind.POST:
                self._posts.append(read_post(statement, self._source))
            case Kind.KEY:
                self._keys.read(statement)
            case Kind.PAGE:
                self._facts.read(statement)
        return None
