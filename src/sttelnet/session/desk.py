"""Where a client sits: the lines and keys they enter, and whatever reaches them meanwhile.

The desk reads input for the page its view shows, obeys slash commands, shows messages, asks a handler's
questions. It hands the session an outcome; which script comes next is the session's decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from sttelnet.channel import Channel
from sttelnet.charset import Charset
from sttelnet.client import Client, Services
from sttelnet.editor import End, Interrupt, Line, TooLong, Unused
from sttelnet.errors import AskInterrupted, StoreError
from sttelnet.hub import Presence
from sttelnet.keys import Name
from sttelnet.logs import EventLog
from sttelnet.outcome import ACCEPTED, BACK, LOGOFF, REPEAT, Goto, Outcome, Step
from sttelnet.script.model import Script
from sttelnet.session.access import LOG_IN_PAGES
from sttelnet.session.call import Caller, Failure
from sttelnet.session.commands import Answer, Reply, run_command
from sttelnet.session.keyboard import Keyboard, Pressed
from sttelnet.session.limits import Overrun, TimeLimits
from sttelnet.session.loan import Loan
from sttelnet.session.screen import LINE_LIMIT
from sttelnet.session.view import View
from sttelnet.session.visit import Attention, Enter, HangUp, Move, Turn
from sttelnet.terminal import Terminal, TerminalFacts
from sttelnet.transfer import Line as BorrowedLine

MOST_NOTICES = 50  # waiting for one client; further ones are dropped
UNKNOWN = "That is not one of the choices here. /help lists the commands."
TOO_LONG = f"That line is too long: {LINE_LIMIT} characters at most. Nothing was done."
ENTER_RETURNS = "Enter returns "
LOCKED = "Your account is locked: goodbye."
DEMOTED = "Your role has changed."

Happened: TypeAlias = Pressed | Move


class Desk:
    """One client's place: it satisfies client.Visit for handlers and hub.Inbox for the other sessions."""

    def __init__(
        self,
        number: int,
        channel: Channel,
        services: Services,
        find: Callable[[str], Script | None],
        caller: Callable[[Client], Caller],
        log: EventLog,
        *,
        secure: bool,
    ) -> None:
        self.number = number
        self.channel = channel
        self.client = Client(number, channel.peer, secure=secure, visit=self, services=services, log=log)
        self.in_a_row = 0  # scripts sent since the client's last input
        self.decided: Move | Outcome | None = None  # what came up inside a handler's question
        self._terminal = Terminal(channel)
        self.caller = caller(self.client)
        self.caller.before_waiting = self._terminal.flush
        self.view = View(self.client, self.caller, self._terminal, self._refresh_due)
        self._screen = self.view.screen
        self._keyboard = Keyboard(self.view)
        self._services = services
        self._find = find
        self._attention = Attention()
        self._loop = asyncio.get_running_loop()
        self._limits = TimeLimits(self._loop.time())
        self._reading = False
        self._loan: Loan | None = None  # a transfer has the line: nothing else is sent
        self._commanded = False  # the last line was a command that asks for a move

    # -- for the session

    def begin(self) -> None:
        """Take up what the client told while it was settling, and what it tells from now on."""
        self._terminal.update()
        self.channel.on_change = self._terminal_changed

    def end(self) -> None:
        """Stop what was started for this client."""
        self.channel.on_change = None
        self.view.end()
        self.client.leave()

    async def draw(self, enter: Enter) -> None:
        """Show a script."""
        keyword = enter.script.keyword
        self._limits.enter(keyword, self._loop.time())
        self._attention.refresh = self._attention.redraw = False
        if keyword not in LOG_IN_PAGES:
            self.client.wanted = None  # whoever leaves the log-in no longer waits for what led there
        await self.view.draw(enter)

    def settle(self) -> None:
        """After a page and its post handlers: the prompt, and the notices that waited."""
        if self._attention.redraw:
            return  # the first look at what has happened draws both
        if self._screen.positioned:
            self.view.open_prompt()
            self._show_notices()
        else:
            self._show_notices()
            self.view.open_prompt()

    def stay(self) -> None:
        """After an outcome that led nowhere: the prompt again, after a command with the page's own text."""
        if self._commanded:
            self._screen.again()
        self.view.reopen_prompt()

    async def farewell(self, words: str) -> None:
        """Say the last words, the messages still waiting among them, and see them sent."""
        for text in (*self._attention.notices, words):
            if text:
                self._screen.last_row(text)
        await self._terminal.drain()

    async def next(self) -> Outcome | Failure | Move:
        """Read input until it means something for the session."""
        self._commanded = False
        while True:
            happened = await self._happening()
            outcome: Outcome | Failure | None = None
            match happened:
                case Line(text):
                    outcome = await self._take_line(text)
                case Enter() | HangUp() | Goto() | Step():
                    return happened
                case End():
                    return LOGOFF
                case Interrupt(had_text):
                    outcome = await self._interrupt(had_text)
                case _:
                    await self._obey(happened)
            if outcome is not None:
                return outcome
            self.view.reopen_prompt()

    # -- input

    async def _happening(self, *, asking: bool = False) -> Happened:
        """Wait for one thing: a line, a key that acts, or a move that something else decided."""
        screen, view = self._screen, self.view
        while True:
            if self._attention.wanted:
                move = await self._attend(asking=asking)
                if move is not None:
                    return move
            by_key = not asking and not screen.commanding and view.reads_keys
            self._reading = True
            try:
                key = await self._terminal.read(single=by_key, whole=screen.takes_whole_lines)
            finally:
                self._reading = False
            if key is None:
                continue
            now = self._limits.active = self._loop.time()
            self.in_a_row = 0
            if isinstance(key, Line):
                return key
            keyboard = self._keyboard
            happened = keyboard.press_hot(key, now) if by_key else keyboard.press(key, now, asking=asking)
            if happened is not None:
                return happened

    async def _obey(self, happened: TooLong | Turn | Unused) -> None:
        """Do what concerns nobody but the client and their screen."""
        match happened:
            case TooLong():
                self._close_line()
                self._screen.ring()
                await self._say(TOO_LONG)
            case Turn(by):
                await self.view.turn(by)
            case Unused(name):
                if name is Name.REDRAW:
                    await self.view.redraw()

    async def _interrupt(self, had_text: bool) -> Outcome | None:
        """Ctrl-C: the editor has cleared the line; on an empty one it means back."""
        if not self._screen.commanding:
            return None if had_text else BACK
        self._screen.close_command()
        if self._screen.positioned:
            await self.view.redraw(in_place=True)
        else:
            self.view.open_prompt()
        return None

    def _close_line(self) -> None:
        if self._screen.commanding:
            self._screen.close_command()
        else:
            self._screen.close()

    async def _take_line(self, text: str) -> Outcome | Failure | None:
        """Act on a line: a command, the input queue's, or a choice."""
        masked = self._screen.masked and not self._screen.commanding
        self._close_line()
        if text.startswith("/") and not masked:
            if not text.startswith("//"):
                return await self._command(text)
            text = text[1:]
        if self.client.set_commands:
            return await self._feed_queue(text)
        return await self._choose(text.strip())

    async def _feed_queue(self, text: str) -> Outcome | Failure | None:
        """Give a line to the head of the input queue."""
        client, queue = self.client, self.client.set_commands
        outcome = await self.caller.set(queue[0].call, text)
        if outcome is REPEAT:
            self._screen.erase_typed()
            return None if self.decided is None else ACCEPTED
        if outcome is ACCEPTED and client.set_commands is queue and queue:
            queue.pop(0)
            self.view.visit.line += 1
        return outcome

    async def _choose(self, text: str) -> Outcome | None:
        """Act on a line where the queue is empty: a key string, a page turn, or nothing known."""
        visit = self.view.visit
        if text.casefold() in visit.targets:
            return self._keyboard.target(text)
        if not text:
            if not visit.targets:
                return BACK
            self._screen.again()
        elif visit.page_turn(text):
            await self.view.turn(visit.page_turn(text))
        else:
            await self._say(UNKNOWN)
        return None

    # -- slash commands

    async def _answer(self, line: str) -> Answer:
        try:
            return await run_command(self.client, line)
        except StoreError as error:
            return Reply((str(error),))

    async def _command(self, line: str) -> Outcome | None:
        answer = await self._answer(line)
        if not isinstance(answer, Reply):
            self._commanded = True
            return answer
        if len(answer.lines) > 1:
            return await self._show_sheet(answer.lines)
        await self._say(answer.lines[0])
        return None

    async def _show_sheet(self, lines: Sequence[str]) -> Outcome | None:
        """Show a longer answer on a cleared screen, a windowful at a time, then the page again."""
        room = max(1, self._terminal.facts.size.rows - 2)
        for start in range(0, len(lines), room):
            self._screen.sheet("\n".join(lines[start : start + room]))
            self._screen.open_below(ENTER_RETURNS)
            happened = await self._happening(asking=True)
            if isinstance(happened, Enter | HangUp):
                self.decided = happened
                return ACCEPTED
            if isinstance(happened, End):
                return LOGOFF
            if isinstance(happened, Interrupt):
                break
        await self.view.redraw()
        return None

    async def _say(self, text: str) -> None:
        """Show one line where a message would go, and the prompt again."""
        if self._attention.charset:
            await self._take_up_terminal(asking=False)
        elif self._screen.positioned:
            await self.view.redraw(in_place=True)
        elif self._screen.on_fresh_row:
            self._screen.print(f"{text}\n")
            self._screen.again()
            self.view.open_prompt()
            return
        self._screen.message(text)

    # -- what reaches the client meanwhile

    async def _attend(self, *, asking: bool) -> Move | None:
        """Deal with what has happened; what would disturb a line being typed waits."""
        attention, screen = self._attention, self._screen
        if attention.hang_up is not None:
            return HangUp(attention.hang_up)
        if attention.account:
            attention.account = False
            move = await self._read_account()
            if move is not None:
                return move
        if attention.redraw:
            await self._redraw_after_loan()
        if attention.terminal or attention.charset:
            await self._take_up_terminal(asking=asking)
        if not (asking or screen.typed or screen.commanding) and (move := await self._renew()):
            return move
        if attention.notices and not screen.masked:
            if screen.positioned:
                await self.view.redraw(in_place=True)
            self._show_notices()
        return None

    async def _renew(self) -> Move | None:
        """Take up a new version of the script, or draw the page again because its time has come."""
        attention = self._attention
        if attention.script:
            attention.script = False
            script = self._find(self.view.script.keyword)
            if script is not None:
                return Enter(script, posts=False)
        if attention.refresh:
            attention.refresh = False
            await self.view.redraw(in_place=True)
            self.view.arm_refresh()
        return None

    async def _read_account(self) -> Move | None:
        """Read the member's rights again: a lock hangs up, a demotion leads to root."""
        before = self.client.member
        if before is None:
            return None
        try:
            member = await self._services.members.by_id(before.id)
        except StoreError:
            self._attention.account = True  # asked again at the client's next key
            return None
        if member is None or member.locked:
            return HangUp(LOCKED)
        self.client.member = member
        root = self._find("root")
        if member.role < before.role and root is not None:
            self.notice(DEMOTED)
            return Enter(root)
        return None

    async def _take_up_terminal(self, *, asking: bool) -> None:
        """Draw again what looks different now: another size, type, charset, or another who echoes."""
        changed = self._terminal.update() or self._attention.charset
        self._attention.terminal = self._attention.charset = False
        self._screen.resize()
        if asking or self._screen.commanding:
            self._screen.show()
        elif changed:
            await self.view.redraw()
            self.view.arm_refresh()
        else:
            self.view.adapt_prompt()

    async def _redraw_after_loan(self) -> None:
        """Draw the page over what a transfer has left on the screen."""
        self._attention.redraw = False
        await self.view.redraw()
        self.view.arm_refresh()

    def _show_notices(self) -> None:
        if self._screen.masked:
            return
        notices, self._attention.notices = self._attention.notices, []
        if notices and self._screen.positioned:
            self._screen.message(" · ".join(notices))
            return
        for notice in notices:
            self._screen.message(notice)

    def _terminal_changed(self) -> None:
        self._attention.terminal = True
        self.channel.wake()

    def _refresh_due(self) -> None:
        self._attention.refresh = True
        self.channel.wake()

    # -- for the daemon and the other sessions

    def check_time(self, now: float) -> bool:
        """Hang up when a limit is over; return whether an earlier hang-up was not obeyed."""
        overrun = self._limits.overrun(now, self._services.config.server)
        if overrun is not None and overrun is not Overrun.HANG_UP:
            self.hang_up(overrun.value)
        return overrun is Overrun.HANG_UP

    def hang_up(self, words: str) -> None:
        """End the session with a sentence, as soon as it looks."""
        self._attention.hang_up = words
        self._limits.told_to_leave(self._loop.time())
        self.channel.wake()

    def script_changed(self) -> None:
        """The script the client is on is new on disk."""
        self._attention.script = True
        self.channel.wake()

    def account_changed(self) -> None:
        """The member's row has changed: read it again."""
        self._attention.account = True
        self.channel.wake()

    def presence(self) -> Presence:
        """Describe this client for who is on."""
        client, facts, now = self.client, self._terminal.facts, self._loop.time()
        return Presence(
            number=self.number,
            name=client.nick_name,
            role=client.role,
            peer=client.peer,
            via="tls" if self.channel.encrypted else "telnet",
            terminal=facts.type,
            size=facts.size,
            idle=now - self._limits.active,
            since=now - self._limits.since,
            doing=self._doing(),
        )

    def _doing(self) -> str:
        if self._loan:
            return self._loan.words
        return "typing" if self._screen.typed else self.client.status or self.view.script.title

    @property
    def user_id(self) -> int | None:
        """The member's number, None for a guest."""
        return self.client.user_id

    # -- for handlers

    @property
    def terminal(self) -> TerminalFacts:
        """Size, charset and type of the terminal."""
        return self._terminal.facts

    def send(self, text: str) -> None:
        """Send text where the cursor stands; at a prompt, and behind a transfer, it goes where messages go."""
        if self._reading or self._loan:
            self.notice(text)
            return
        self._screen.print(text)
        if not self.caller.running:
            self._terminal.flush()  # from a thread, or from a task of the site's own

    def notice(self, text: str) -> None:
        """Keep a message until it disturbs nothing."""
        if len(self._attention.notices) < MOST_NOTICES:
            self._attention.notices.append(text)
            if self._reading:
                self.channel.wake()

    def announce(self, text: str) -> None:
        """Show one line at once, before something that takes a while."""
        if self._loan:
            return
        self._screen.last_row(text)
        self._terminal.flush()

    async def ask(self, prompt: str, *, masked: bool) -> str:
        """Read one line for a handler. Raises AskInterrupted when something else decided a move."""
        if self._attention.redraw:
            await self._redraw_after_loan()
        self._screen.open_below(prompt, masked=masked)
        while True:
            happened = await self._happening(asking=True)
            if isinstance(happened, Unused) or happened == Interrupt(had_text=True):
                continue
            if isinstance(happened, Enter | HangUp):
                raise self._decide(happened)
            self._screen.close(erase=True)
            match happened:
                case Line(text) if masked or not text.startswith("/"):
                    return text
                case Line(text) if text.startswith("//"):
                    return text[1:]
                case Line(text):
                    await self._command_while_asking(text)
                case TooLong():
                    self._screen.ring()
                    self.notice(TOO_LONG)
                case End():
                    raise self._decide(LOGOFF)
                case _:
                    raise AskInterrupted
            self._screen.open_below(prompt, masked=masked)

    async def _command_while_asking(self, line: str) -> None:
        answer = await self._answer(line)
        if not isinstance(answer, Reply):
            raise self._decide(answer)
        for text in answer.lines:
            self.notice(text)

    def _decide(self, decision: Move | Outcome) -> AskInterrupted:
        self.decided = decision
        return AskInterrupted()

    @asynccontextmanager
    async def lend_line(self) -> AsyncIterator[BorrowedLine]:
        """Lend the connection to a transfer; afterwards the page is drawn again."""
        if self._loan:
            message = "the line is lent already: one transfer at a time"
            raise RuntimeError(message)
        self._loan = Loan(self.channel, self._attention, self._limits)
        try:
            await self._terminal.drain()
            self._terminal.release()
            yield self._loan
        finally:
            self._loan = None
            self._attention.redraw = True

    def page(self, lines: Sequence[str], keep: int) -> list[str]:
        """Return the rows of the list's current page."""
        return self.view.rows(lines, keep)

    def rights_changed(self) -> None:
        """A log-in or log-out: the member's charset counts from now on."""
        member = self.client.member
        if member is not None:
            self._limits.logged_in()
            if member.charset:
                self.choose_charset(Charset(member.charset))

    def choose_charset(self, charset: Charset | None) -> None:
        """Use a charset from now on; the page is drawn again in it."""
        self._terminal.choose_charset(charset)
        self._attention.charset = True
        self.channel.wake()
