"""A script's text, and the way from an offset in it to a line, a column and a picture of the spot."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
from collections.abc import Iterable

from sttelnet.script.model import Place, Problem

_WIDEST_PICTURE = 400  # characters; a longer line's picture shows nobody anything


class Source:
    """One script's text with LF line ends, and what is wrong with it so far."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.path = path
        self.problems: list[Problem] = []
        lines = self.text.split("\n")
        self.lines = tuple(shown(line) if len(line) <= _WIDEST_PICTURE else "" for line in lines)
        self._starts = [0, *itertools.accumulate(len(line) + 1 for line in lines)]

    def place(self, offset: int) -> Place:
        """Return where an offset stands; lines and columns count from 1, in characters."""
        line = bisect.bisect_right(self._starts, offset, hi=len(self.lines))
        return Place(self.path, line, offset - self._starts[line - 1] + 1)

    def problem(self, start: int, end: int, message: str, cure: str = "", *, code: str = "syntax") -> Problem:
        """Return a problem that underlines the characters from start to end, as far as they share a line."""
        place = self.place(start)
        width = max(1, min(end, self._starts[place.line] - 1) - start)
        return Problem(place, shown(message), shown(cure), self.lines[place.line - 1], width, code)

    def note(self, start: int, end: int, message: str, cure: str = "", *, code: str = "syntax") -> None:
        """Add an error."""
        self.problems.append(self.problem(start, end, message, cure, code=code))

    def warn(self, start: int, end: int, message: str, cure: str = "", *, code: str) -> None:
        """Add a warning: worth saying, not in the way."""
        problem = self.problem(start, end, message, cure, code=code)
        self.problems.append(dataclasses.replace(problem, warning=True))


def shown(text: str) -> str:
    """Return text without control characters, which must not act where a problem is shown."""
    # One character stands for one, so that the caret stays below what it means.
    return "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in text)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems in the order of their places."""
    return tuple(sorted(problems, key=lambda problem: (problem.place.line, problem.place.column)))
