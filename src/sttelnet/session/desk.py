"""Where a client sits: the page before them, the lines and keys they enter, and whatever reaches them meanwhile.

The desk is what the rest of the daemon sees of a client's place: handlers through client.Visit, the other sessions
through hub.Inbox, the session itself. Its parts do the work: `entry` reads, `interruptions` deals with what happens
meanwhile, `question` asks for handlers. It hands the session an outcome; which script comes next is the session's
decision.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from sttelnet.ansi import Ansi, Reset, strip
from sttelnet.channel import Channel, Line
from sttelnet.charset import Charset
from sttelnet.client import Client, Services
from sttelnet.errors import StoreError
from sttelnet.handlers.table import wrapped
from sttelnet.hub import Message, Presence, Said, Taken
from sttelnet.logs import EventLog
from sttelnet.outcome import Outcome
from sttelnet.script.model import Script
from sttelnet.session.access import LOG_IN_PAGES
from sttelnet.session.call import Caller, Failure
from sttelnet.session.entry import Entry
from sttelnet.session.interruptions import Interruptions
from sttelnet.session.limits import Overrun
from sttelnet.session.loan import Loan
from sttelnet.session.machine import Machine
from sttelnet.session.mailbox import greet
from sttelnet.session.orders import Orders
from sttelnet.session.question import Questions
from sttelnet.session.seat import Seat
from sttelnet.session.view import View
from sttelnet.session.visit import Enter, HangUp, Move, Notice
from sttelnet.terminal import TerminalFacts

TAKEN_OUT = "You were taken out of the room: more was said there than your line could take."


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
        self.client.encryption = channel.encryption
        self.caller = caller(self.client)
        self.seat = Seat(channel, self.client, self.caller, services)
        self._interruptions = Interruptions(self.seat, find)
        orders = Orders(self.seat, find, caller)
        self._machine = Machine(self.seat, orders)
        self._entry = Entry(self.seat, self._interruptions, orders)
        self._questions = Questions(self.seat, self._entry, self._interruptions)

    # -- for the session

    @property
    def view(self) -> View:
        """The page the client is on."""
        return self.seat.view

    def begin(self) -> None:
        """Take up what the client told while it was settling, and what it tells from now on."""
        self.seat.terminal.update()
        self.channel.on_change = self._terminal_changed

    def end(self) -> None:
        """Stop what was started for this client."""
        self.channel.on_change = None
        self.view.end()
        self.client.leave()

    async def draw(self, enter: Enter) -> None:
        """Show a script."""
        seat, keyword = self.seat, enter.script.keyword
        seat.limits.enter(keyword, seat.loop.time())
        seat.attention.refresh = seat.attention.redraw = seat.attention.charset = False  # it is drawn anew in any case
        if keyword not in LOG_IN_PAGES:
            self.client.wanted = None  # whoever leaves the log-in no longer waits for what led there
        await seat.view.draw(enter)

    def settle(self) -> None:
        """After a page and its post handlers: the prompt, and the notices that waited."""
        if self.seat.attention.redraw:
            return  # the first look at what has happened draws both
        if self.seat.screen.positioned:
            self.view.open_prompt()
            self._interruptions.show_notices()
        else:
            self._interruptions.show_notices()
            self.view.open_prompt()

    async def next(self) -> Outcome | Failure | Move:
        """Read input until it means something for the session."""
        return await self._entry.next()

    def stay(self) -> None:
        """After an outcome that led nowhere: the prompt again, after a command with the page's own text."""
        if self.seat.commanded:
            self.seat.screen.again()
        self.view.reopen_prompt()

    async def speak(self) -> HangUp:
        """Talk with a program until one of the two hangs up."""
        return await self._machine.serve()

    async def farewell(self, words: str) -> None:
        """Say the last words, the messages still waiting among them, and see them sent."""
        seat = self.seat
        if seat.program:
            return  # it has had its answer
        notices, seat.attention.notices = seat.attention.notices, []
        for text in (*(notice.text for notice in notices), words):
            if text:
                seat.screen.last_row(text)
        await seat.terminal.drain()
        seat.seen(notices)

    # -- for the daemon and the other sessions

    def check_time(self, now: float) -> Overrun | None:
        """Hang up when a limit is over; return which, HANG_UP where an earlier hang-up was not obeyed."""
        overrun = self.seat.limits.overrun(now, self.seat.services.config.server)
        if overrun is not None and overrun is not Overrun.HANG_UP:
            self.hang_up(overrun.value)
        return overrun

    def next_look(self, now: float) -> float:
        """Return when a limit can be over at the earliest."""
        return self.seat.limits.next_look(now, self.seat.services.config.server)

    def hang_up(self, words: str, *, may_finish: bool = False) -> None:
        """End the session with a sentence, as soon as it looks; or, `may_finish`, as soon as a transfer has ended."""
        attention = self.seat.attention
        attention.may_finish = may_finish and (attention.may_finish or attention.hang_up is None)
        attention.hang_up = words
        if not attention.may_finish:
            self.seat.limits.told_to_leave(self.seat.loop.time())
        self.channel.wake()

    def script_changed(self) -> None:
        """The script the client is on is new on disk."""
        self.seat.attention.script = True
        self.channel.wake()

    def account_changed(self) -> None:
        """What the client may do has changed: read it again."""
        self.seat.attention.account = True
        self.channel.wake()

    def presence(self) -> Presence:
        """Describe this client for who is on."""
        seat, client, facts = self.seat, self.client, self.seat.terminal.facts
        now = seat.loop.time()
        return Presence(
            number=self.number,
            name=client.nick_name,
            role=client.role,
            peer=client.peer,
            via="tls" if self.channel.encrypted else "telnet",
            terminal=facts.type,
            size=facts.size,
            idle=now - seat.limits.active,
            since=now - seat.limits.since,
            doing=self._doing(),
            user_id=client.user_id,
            invisible=client.invisible,
            program=seat.program,
            silent=client.stranger or (not self.channel.negotiates and seat.limits.active == seat.limits.since),
        )

    def _doing(self) -> str:
        if self.seat.loan:
            return self.seat.loan.words
        if self.seat.program:
            return "a program"
        return "typing" if self.seat.screen.typed else self.client.status or self.view.script.title

    @property
    def user_id(self) -> int | None:
        """The member's number, None for a guest."""
        return self.client.user_id

    # -- for handlers

    @property
    def terminal(self) -> TerminalFacts:
        """Size, charset and type of the terminal."""
        return self.seat.terminal.facts

    def send(self, text: str) -> None:
        """Send text where the cursor stands; at a prompt, and behind a transfer, it goes where messages go."""
        seat = self.seat
        if seat.reading or seat.loan or seat.program:
            seat.notice(text)
            return
        seat.screen.print(text)
        if not self.caller.running:
            seat.terminal.flush()  # from a thread, or from a task of the site's own

    def notice(self, text: str) -> None:
        """Keep a message until it disturbs nothing."""
        self.seat.notice(text)

    def message(self, message: Message) -> Taken:
        """Show what somebody on writes."""
        if self.seat.program or self.client.stranger:
            return Taken.REFUSED
        free = self.seat.free
        if not self.seat.notice(Notice(self._hung(message.line), message.stored, message.urgent)):
            return Taken.FULL
        return Taken.SHOWN if free else Taken.WAITS

    def said(self, said: Said) -> bool:
        """Show a line of the client's room; False where too many wait: they are taken out of it, and told."""
        if said.ignorable and self.client.ignores(said.user_id):
            return True
        seat = self.seat
        if seat.notice(Notice(self._hung(said.line))) or seat.free or not said.kind.lasts:
            return True  # more than a screen can show at once is left out
        seat.attention.notices.append(Notice(TAKEN_OUT))
        return False

    def _hung(self, line: Ansi) -> Ansi:
        """Return somebody's line with further rows set in by two columns: none of them can pass for another line."""
        width = self.seat.terminal.facts.size.columns - 1
        if len(line) <= width or line.cells() <= width:
            return line
        coloured, reset, _ = str(line).partition(str(Reset()))
        name = strip(coloured)
        head, *rows = wrapped(strip(line), width, "  ")
        rest = "".join(f"\n{row}" for row in rows)
        if head.startswith(name):  # only the name keeps its colour
            return Ansi(coloured + reset) + head[len(name) :] + rest
        return Ansi(coloured.removesuffix(name)) + head + Reset() + rest

    def announce(self, text: str) -> None:
        """Show one line at once, before something that takes a while."""
        if not (self.seat.loan or self.seat.program):
            self.seat.screen.last_row(text)
            self.seat.terminal.flush()

    async def ask(self, prompt: str, *, masked: bool) -> str:
        """Read one line for a handler. Raises AskInterrupted when something else decided a move."""
        return await self._questions.ask(prompt, masked=masked)

    @asynccontextmanager
    async def lend_line(self) -> AsyncIterator[Line]:
        """Lend the connection to a transfer or a shell; afterwards the page is drawn again."""
        seat = self.seat
        if seat.loan:
            message = "the line is lent already: one transfer or shell at a time"
            raise RuntimeError(message)
        read_account = self._interruptions.read_account
        seat.loan = loan = Loan(self.channel, seat.attention, seat.limits, read_account, self.client.log)
        try:
            await seat.terminal.drain()
            seat.terminal.release()
            yield loan
        finally:
            seat.loan = None
            seat.attention.redraw = True
            if seat.attention.terminal:  # told meanwhile: the page is drawn for it, and not once more
                seat.attention.terminal = False
                seat.terminal.update()
                seat.screen.resize()

    def page(self, lines: Sequence[str], keep: int) -> list[str]:
        """Return the rows of the list's current page."""
        return self.view.rows(lines, keep)

    def rights_changed(self) -> None:
        """A log-in or log-out: the member's charset counts from now on."""
        member = self.client.member
        self.settings_changed()
        if member is not None:
            self.seat.limits.logged_in()
            if member.charset:
                self.choose_charset(Charset(member.charset))

    def settings_changed(self) -> None:
        """Take up what the member has chosen about their terminal; the page is drawn again where that shows."""
        settings, seat = self.client.settings, self.seat
        if settings == seat.view.settings:
            return
        seat.view.settings, seat.terminal.colours = settings, settings.colours
        seat.attention.charset = True
        self.channel.wake()

    async def greet(self) -> None:
        """Show who has just logged in what was written to them meanwhile."""
        try:
            await greet(self.seat)
        except StoreError as error:
            self.client.log.warning("the messages could not be read: %s", error)

    def choose_charset(self, charset: Charset | None) -> None:
        """Use a charset from now on; the page is drawn again in it."""
        self.seat.terminal.choose_charset(charset)
        self.seat.attention.charset = True
        self.channel.wake()

    def _terminal_changed(self) -> None:
        self.seat.attention.terminal = True
        self.channel.wake()
