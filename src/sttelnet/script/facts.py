"""`page` statements: facts about the script itself, each at most once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sttelnet.role import ROLE_WORDS, Role
from sttelnet.script.model import Page
from sttelnet.script.source import Source
from sttelnet.script.statements import Statement
from sttelnet.script.suggest import did_you_mean

V = TypeVar("V", int, str)


class Facts:
    """The facts of one script, wherever in it they stand."""

    def __init__(self, source: Source, keyword: str) -> None:
        self._source = source
        self._lines: dict[str, int] = {}  # a fact's name -> the line it stands in
        self.page = Page(role=Role.ADMIN, secure=True) if keyword.startswith("admin/") else Page()

    def read(self, statement: Statement) -> None:
        """Take up a `page` statement."""
        name = statement.name
        if name not in FACTS:
            cure = did_you_mean(name, FACTS) or f"the facts are {', '.join(FACTS)}"
            self._note(statement, f'unknown page fact "{name}"', cure)
        elif name in self._lines:
            self._note(statement, f"{statement.head} stands twice", f"first in line {self._lines[name]}")
        else:
            self._lines[name] = self._source.place(statement.start).line
            self.page = FACTS[name](self.page, statement, self._source)

    def _note(self, statement: Statement, message: str, cure: str) -> None:
        self._source.note(statement.start, statement.end, message, cure, code="page")


def _title(page: Page, statement: Statement, source: Source) -> Page:
    title = _only(statement, source, str, 'one string, as page:Title("Host health")')
    if title and "\n" in title:
        source.note(statement.start, statement.end, "a title is one line", code="page")
    return replace(page, title=title or "")


def _role(page: Page, statement: Statement, source: Source) -> Page:
    word = _only(statement, source, str, 'one string, as page:Role("operator")')
    if word is None:
        return page
    role = Role.parse(word)
    if role is None:
        cure = did_you_mean(word, ROLE_WORDS) or f"the roles are {', '.join(ROLE_WORDS)}"
        argument = statement.arguments[0]
        source.note(argument.start, argument.end, f'unknown role "{word}"', cure, code="page")
        return page
    return replace(page, role=role)


def _secure(page: Page, statement: Statement, source: Source) -> Page:
    if not statement.arguments:
        return replace(page, secure=True)
    wanted = 'nothing, or "no"'
    word = _only(statement, source, str, wanted)
    if word not in (None, "no"):
        argument = statement.arguments[0]
        source.note(argument.start, argument.end, f"page:Secure takes {wanted}", code="page")
    return replace(page, secure=False)


def _refresh(page: Page, statement: Statement, source: Source) -> Page:
    seconds = _only(statement, source, int, "a whole number of seconds, as page:Refresh(5)")
    if seconds is not None and seconds < 1:
        argument = statement.arguments[0]
        message, cure = "page:Refresh below 1 second: the page is not refreshed", "write 1 or more"
        source.warn(argument.start, argument.end, message, cure, code="refresh")
        return page
    return replace(page, refresh=seconds)


def _prompt(page: Page, statement: Statement, source: Source) -> Page:
    return replace(page, prompt=_only(statement, source, str, 'one string, as page:Prompt("> ")'))


def _only(statement: Statement, source: Source, kind: type[V], wanted: str) -> V | None:
    """Return the statement's only value; None, and a note, where it has another shape."""
    values = statement.positional
    if len(values) == len(statement.arguments) == 1 and isinstance(values[0], kind):
        return values[0]
    source.note(statement.start, statement.end, f"{statement.head} takes {wanted}", code="page")
    return None


FACTS: dict[str, Callable[[Page, Statement, Source], Page]] = {
    "Title": _title,
    "Role": _role,
    "Secure": _secure,
    "Refresh": _refresh,
    "Prompt": _prompt,
}
