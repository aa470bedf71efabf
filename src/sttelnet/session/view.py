"""The page a client is on: drawn, drawn again in place, its prompt, its lists, its refresh."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from sttelnet.client import Client
from sttelnet.members import Settings
from sttelnet.script.model import Script
from sttelnet.session.call import Caller
from sttelnet.session.render import Rendered, render
from sttelnet.session.screen import Screen
from sttelnet.session.visit import Enter, Visit
from sttelnet.terminal import Terminal

_NOWHERE = Script("", "")

READING: Final = 15.0  # seconds a message or an answer stands below a page that is drawn again by itself


class View:
    """One client's page. `due` is called when page:Refresh wants a redraw."""

    def __init__(self, client: Client, caller: Caller, terminal: Terminal, due: Callable[[], None]) -> None:
        self.visit = Visit.of(_NOWHERE)
        self.screen = Screen(terminal)
        self._client = client
        self._caller = caller
        self._terminal = terminal
        self._due = due
        self._timer: asyncio.TimerHandle | None = None
        self._held_until = 0.0  # by the loop's clock: somebody still reads what stands below the page
        self._pages = 1  # of the list shown
        self.settings = Settings()  # the member's

    @property
    def script(self) -> Script:
        """The script the client is on."""
        return self.visit.script

    @property
    def drawn(self) -> bool:
        """Whether a page stands on the screen."""
        return self.visit.script is not _NOWHERE

    @property
    def reads_keys(self) -> bool:
        """Whether one key press acts at once."""
        queue_empty = not self._client.set_commands
        return self.settings.hot_keys and self.visit.reads_keys(self._terminal.channel, queue_empty=queue_empty)

    async def draw(self, enter: Enter) -> None:
        """Show a script: its page, its input queue, its refresh."""
        script, client = enter.script, self._client
        self.cancel_refresh()
        self._held_until = 0.0
        self.visit = Visit.of(script)
        if client.keyword != script.keyword:
            client.page_index, client.status = 0, ""
        client.keyword = script.keyword
        client.set_commands = list(script.sets)
        client.set_post = list(script.posts) if enter.posts else []
        self.screen.draw(await self._render(skip_clear=enter.skip_clear), clear=enter.clear)
        await self._terminal.drain()
        self.arm_refresh()

    async def redraw(self, *, in_place: bool = False) -> None:
        """Draw the page again; the queue, the page number and the line being typed stay."""
        typing = self.screen.prompting and not self.screen.commanding
        page = await self._render(skip_clear=in_place)
        if in_place and not self._terminal.facts.plain:
            self.screen.draw_in_place(page)
        else:
            self.screen.draw(page, clear=True)
        self.open_prompt(keep=typing)
        await self._terminal.drain()

    async def _render(self, *, skip_clear: bool) -> Rendered:
        plain = self._terminal.facts.plain
        return await render(self.visit.script, self._caller.get, plain=plain, skip_clear=skip_clear)

    # -- the prompt

    def open_prompt(self, *, keep: bool = False) -> None:
        """Show the prompt for the next line or key; with `keep` what was typed at it stands there again."""
        head = self._client.set_commands[0] if self._client.set_commands else None
        prompt = self.visit.script.page.prompt or ""
        if head is not None and head.prompt is not None:
            prompt = head.prompt
        if self.reads_keys:
            self.screen.invite(prompt)
            return
        masked = head is not None and self._caller.is_masked(head.call)
        self.screen.open(prompt, line=self.visit.line, masked=masked, keep=keep)

    def reopen_prompt(self) -> None:
        """After input that led nowhere else: the prompt again, unless it stands."""
        if not self.screen.prompting and not self.reads_keys:
            self.open_prompt()

    def adapt_prompt(self) -> None:
        """Who echoes, or whether keys come one by one, has changed: the page stands, the prompt adapts."""
        if self.reads_keys or self.screen.prompting:
            self.screen.adapt(by_key=self.reads_keys)
        else:
            self.open_prompt()

    # -- lists

    def room(self, keep: int) -> int:
        """Return how many rows a page of a list has, with `keep` rows of the window left for the rest."""
        return self._client.settings.room(self._terminal.facts.size.rows, keep)

    def rows(self, lines: Sequence[str], keep: int) -> list[str]:
        """Return the rows of the list's current page, with `keep` rows of the window left for the rest."""
        room = self.room(keep)
        self._pages = max(1, -(-len(lines) // room))
        index = self._client.page_index = min(max(0, self._client.page_index), self._pages - 1)
        return list(lines[index * room : (index + 1) * room])

    async def turn(self, by: int) -> None:
        """Turn the list by so many pages; ring where there is none."""
        index = min(max(0, self._client.page_index + by), self._pages - 1)
        if index == self._client.page_index:
            self.screen.ring()
            return
        self._client.page_index = index
        await self.redraw(in_place=True)

    def end(self) -> None:
        """Stop what was started, and forget whom to tell: sessions must go without the garbage collector."""
        self.cancel_refresh()
        self._due = _nothing

    # -- refresh

    def arm_refresh(self) -> None:
        """Have the page drawn again after its seconds, where the terminal can and the page fits."""
        self.cancel_refresh()
        seconds, page, facts = self.script.page.refresh, self.screen.rendered, self._terminal.facts
        if seconds and page is not None and not facts.plain and page.height(facts.size.columns) <= facts.size.rows:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time() + seconds, self._held_until), self._due)

    def hold_refresh(self) -> None:
        """Leave the page alone for a while: the redraw would take what has just been shown below it away."""
        self._held_until = asyncio.get_running_loop().time() + READING
        if self._timer is not None:
            self.arm_refresh()

    def cancel_refresh(self) -> None:
        """Want no redraw."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _nothing() -> None:
    """Nobody wants to know any more."""
