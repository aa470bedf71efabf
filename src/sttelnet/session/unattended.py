"""A page run for a program: its text and what its `get` handlers print, at a terminal nobody sits at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Final, NoReturn

from sttelnet.ansi import strip
from sttelnet.channel import Line, Size
from sttelnet.charset import Charset, clean
from sttelnet.client import Client
from sttelnet.script.model import Get, Script
from sttelnet.session.call import FAILED_GET, Caller, Failure
from sttelnet.session.render import render
from sttelnet.terminal import TerminalFacts

WINDOW: Final = Size(132, 1000)  # as wide as terminals got, and higher than any list is long
PATIENCE: Final = 20.0  # seconds for a whole page; each `get` has its own limit besides


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a page."""

    text: str  # lines with "\n" between them, nothing in them that acts on a terminal
    failed: int = 0  # how many values could not be worked out; each is a "?"
    late: bool = False  # the whole took too long: there is no text


class Unattended:
    """What a page's handlers find in place of a session (client.Visit): a wide, plain window and no person."""

    terminal = TerminalFacts(WINDOW, Charset.ASCII, "", plain=True)

    def send(self, text: str) -> None:
        """Drop it: a page's text is what its script and its `get` values are."""

    def notice(self, text: str) -> None:
        """Drop it."""

    def announce(self, text: str) -> None:
        """Drop it."""

    async def ask(self, prompt: str, *, masked: bool) -> str:
        """Raise RuntimeError: there is nobody to answer."""
        _nobody()

    def page(self, lines: Sequence[str], keep: int) -> list[str]:
        """Return all rows of a list."""
        return list(lines)

    def rights_changed(self) -> None:
        """Leave the session as it is."""

    def settings_changed(self) -> None:
        """Leave the session as it is."""

    async def greet(self) -> None:
        """Greet nobody."""

    def choose_charset(self, charset: Charset | None) -> None:
        """Leave the session as it is."""

    def lend_line(self) -> AbstractAsyncContextManager[Line]:
        """Raise RuntimeError: the line carries answers only."""
        _nobody()


def _nobody() -> NoReturn:
    message = "a page run by /exec has nobody to ask and no line to lend"
    raise RuntimeError(message)


async def run_page(script: Script, client: Client, caller: Callable[[Client], Caller]) -> Ran:
    """Work a page out with a client's rights; their own page, choices and lists stay as they are."""
    visitor = Client(
        client.number, client.peer, secure=client.secure, visit=Unattended(), services=client.services, log=client.log
    )
    if client.member is not None:
        visitor.member = replace(client.member, settings="{}")  # the rows of a list's page are a person's choice
    visitor.keyword = script.keyword
    calls = caller(visitor)
    failed = 0

    async def value(get: Get) -> str:
        nonlocal failed
        given = await calls.value(get)
        if isinstance(given, Failure):
            failed += 1
            return FAILED_GET
        return given

    try:
        async with asyncio.timeout(PATIENCE):
            rendered = await render(script, value, plain=True, skip_clear=True)
    except TimeoutError:
        client.log.error("%s took too long for a program", script.keyword)
        return Ran("", failed, late=True)
    finally:
        visitor.leave()
    return Ran(clean(strip(rendered.text)), failed)
