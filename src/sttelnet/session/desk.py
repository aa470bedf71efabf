"""Where a client sits: their screen and keyboard, and whatever reaches them while they type.

The desk draws a script's page, reads lines and keys for it, shows messages, redraws, obeys slash commands.
It hands the session an outcome; which script comes next is the session's decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from sttelnet.channel import Channel
from sttelnet.charset import Charset
from sttelnet.client import Client, Services
from sttelnet.editor import End, Event, Interrupt, Line, TooLong, Unused
from sttelnet.errors import AskInterrupted, StoreError
from sttelnet.hub import Presence
from sttelnet.keys import Key, Name, Press
from sttelnet.keys import Text as Typed
from sttelnet.outcome import ACCEPTED, BACK, LOGOFF, REFRESH, REPEAT, Goto, Outcome, Step
from sttelnet.script.model import Script
from sttelnet.session.access import LOG_IN_PAGES
from sttelnet.session.call import Caller, Failure
from sttelnet.session.commands import Answer, Reply, run_command
from sttelnet.session.render import Rendered, render
from sttelnet.session.screen import LINE_LIMIT, Screen
from sttelnet.session.visit import Attention, Enter, HangUp, Move, Turn, Visit
from sttelnet.terminal import Terminal, TerminalFacts

MOST_NOTICES = 50  # waiting for one client; further ones are dropped
KEY_TAIL = 0.05  # seconds within which a line end behind a one-key press belongs to that press
ABORT_AFTER = 30.0  # seconds a session may take to obey a hang-up: a handler may hold it
UNKNOWN = "That is not one of the choices here. /help lists the commands."
TOO_LONG = f"That line is too long: {LINE_LIMIT} characters at most. Nothing was done."
ENTER_RETURNS = "Enter returns "
IDLE = "Nothing came from you for a while: goodbye."
GRACE_OVER = "Logging in took too long: goodbye."
LOCKED = "Your account is locked: goodbye."
DEMOTED = "Your role has changed."

_OUTCOMES = {"back": BACK, "refresh": REFRESH, "logoff": LOGOFF}
_NOWHERE = Script("", "")

Happened: TypeAlias = Event | Turn | Goto | Outcome | Enter | HangUp


class Desk:
    """One client's place: it satisfies client.Visit for handlers and hub.Inbox for the other sessions."""

    def __init__(
        self,
        number: int,
        channel: Channel,
        services: Services,
        find: Callable[[str], Script | None],
        caller: Callable[[Client], Caller],
        *,
        secure: bool,
    ) -> None:
        self.number = number
        self.channel = channel
        self.client = Client(number, channel.peer, secure=secure, visit=self, services=services)
        self.visit = Visit.of(_NOWHERE)
        self.in_a_row = 0  # scripts sent since the client's last input
        self.decided: Move | None = None  # a move that came up inside a handler's question
        self._terminal = Terminal(channel)
        self.caller = caller(self.client)
        self.caller.before_waiting = self._terminal.flush
        self._screen = Screen(self._terminal)
        self._services = services
        self._find = find
        self._attention = Attention()
        self._loop = asyncio.get_running_loop()
        self._since = self._active = self._loop.time()
        self._log_in_since: float | None = None
        self._hang_up_since: float | None = None
        self._refresh: asyncio.TimerHandle | None = None
        self._pages = 1
        self._pressed_at = 0.0
        self._reading = False

    # -- begin and end

    def begin(self) -> None:
        """Take up what the client told while it was settling, and what it tells from now on."""
        self._terminal.update()
        self._terminal.channel.on_change = self._terminal_changed

    def end(self) -> None:
        """Stop what was started for this client."""
        self.channel.on_change = None
        self._cancel_refresh()

    async def farewell(self, words: str) -> None:
        """Say the last words, the messages still waiting among them, and see them sent."""
        for text in (*self._attention.notices, words):
            if text:
                self._screen.print(f"\n{text}\n")
        await self._terminal.drain()

    @property
    def drawn(self) -> bool:
        """Whether a page stands on the screen."""
        return self.visit.script is not _NOWHERE

    # -- drawing

    async def draw(self, enter: Enter) -> None:
        """Show a script: its page, its input queue, its refresh."""
        script = enter.script
        self._cancel_refresh()
        self.visit = Visit.of(script)
        client = self.client
        self._time_log_in(script.keyword)
        if script.keyword not in LOG_IN_PAGES:
            client.wanted = None  # whoever leaves the log-in no longer waits for what led there
        if client.keyword != script.keyword:
            client.page_index, client.status = 0, ""
        client.keyword = script.keyword
        client.set_commands = list(script.sets)
        client.set_post = list(script.posts) if enter.posts else []
        page = await self._render(skip_clear=enter.skip_clear)
        self._screen.draw(page, clear=enter.clear)
        await self._terminal.drain()
        self._arm_refresh()

    def settle(self) -> None:
        """After a page and its post handlers: open the prompt, show the notices that waited."""
        if self._screen.positioned:
            self._open_prompt()
            self._show_notices()
        else:
            self._show_notices()
            self._open_prompt()

    def reopen(self) -> None:
        """After input that led nowhere else: the prompt again, unless it stands."""
        if not self._screen.prompting and not self._reads_keys():
            self._open_prompt()

    async def _redraw(self, *, in_place: bool = False) -> None:
        """Draw the page again; the queue, the page number and the line being typed stay."""
        typing = self._screen.prompting and not self._screen.commanding
        page = await self._render(skip_clear=in_place)
        if in_place and not self._terminal.facts.plain:
            self._screen.draw_in_place(page)
        else:
            self._screen.draw(page, clear=True)
        self._open_prompt(keep=typing)
        await self._terminal.drain()

    async def _render(self, *, skip_clear: bool) -> Rendered:
        return await render(self.visit.script, self.caller.get, plain=self._terminal.facts.plain, skip_clear=skip_clear)

    def _open_prompt(self, *, keep: bool = False) -> None:
        head = self.client.set_commands[0] if self.client.set_commands else None
        prompt = self.visit.script.page.prompt or ""
        if head is not None and head.prompt is not None:
            prompt = head.prompt
        if self._reads_keys():
            self._screen.invite(prompt)
            return
        masked = head is not None and self.caller.is_masked(head.call)
        self._screen.open(prompt, line=self.visit.line, masked=masked, keep=keep)

    def _reads_keys(self) -> bool:
        return self.visit.reads_keys(self.channel, queue_empty=not self.client.set_commands)

    # -- refresh

    def _arm_refresh(self) -> None:
        seconds, page, facts = self.visit.script.page.refresh, self._screen.rendered, self._terminal.facts
        self._cancel_refresh()
        if seconds and page is not None and not facts.plain and page.rows <= facts.size.rows:
            self._refresh = self._loop.call_later(seconds, self._refresh_due)

    def _cancel_refresh(self) -> None:
        if self._refresh is not None:
            self._refresh.cancel()
            self._refresh = None
        self._attention.refresh = False

    def _refresh_due(self) -> None:
        self._refresh = None
        self._attention.refresh = True
        self.channel.wake()

    # -- input

    async def next(self) -> Outcome | Failure | Move:
        """Read input until it means something for the session."""
        while True:
            happened = await self._happening()
            outcome: Outcome | Failure | None = None
            match happened:
                case Enter() | HangUp() | Goto() | Step():
                    return happened
                case End():
                    return LOGOFF
                case Line(text):
                    outcome = await self._take_line(text)
                case Interrupt(had_text):
                    outcome = await self._interrupt(had_text)
                case _:
                    await self._obey(happened)
            if outcome is not None:
                return outcome
            self.reopen()

    async def _obey(self, happened: TooLong | Turn | Unused) -> None:
        """Do what concerns nobody but the client and their screen."""
        match happened:
            case TooLong():
                await self._refuse_line()
            case Turn(by):
                await self._turn(by)
            case Unused(name):
                if name is Name.REDRAW:
                    await self._redraw()

    async def _happening(self, *, asking: bool = False) -> Happened:
        """Wait for one thing: a line, a key that acts, or a move that something else decided."""
        while True:
            if self._attention.wanted:
                move = await self._attend(asking=asking)
                if move is not None:
                    return move
            by_key = not asking and not self._screen.commanding and self._reads_keys()
            self._reading = True
            try:
                key = await self._terminal.read(single=by_key, whole=self._screen.takes_whole_lines)
            finally:
                self._reading = False
            if key is None:
                continue
            self._touched()
            if isinstance(key, Line):
                return key
            happened = self._press_hot(key) if by_key else self._press(key, asking=asking)
            if happened is not None:
                return happened

    def _touched(self) -> None:
        self._active = self._loop.time()
        self.in_a_row = 0

    def _press_hot(self, key: Key) -> Happened | None:
        """One key press on a page of one-key choices."""
        match key:
            case Typed(text) if text.casefold() in self.visit.targets:
                self._pressed_at = self._active
                return self._target(text)
            case Typed(text) if text.startswith("/"):
                self._screen.open_command()
                return self._screen.press(key)
            case Typed(text) if self.visit.page_turn(text):
                return Turn(self.visit.page_turn(text))
            case Typed():
                self._screen.ring()
            case Press(Name.PAGE_DOWN):
                return Turn(1)
            case Press(Name.PAGE_UP):
                return Turn(-1)
            case Press(Name.INTERRUPT):
                return BACK
            case Press(Name.END_OF_INPUT):
                return LOGOFF
        return None

    def _press(self, key: Key, *, asking: bool) -> Event | Turn | None:
        """One key press at a line prompt."""
        screen = self._screen
        if not screen.typed and self._is_tail_of_press(key):
            return None
        if not screen.typed and not asking and not screen.masked:
            match key:
                case Press(Name.PAGE_DOWN):
                    return Turn(1)
                case Press(Name.PAGE_UP):
                    return Turn(-1)
                case Typed(text) if text.startswith("/") and screen.positioned and not screen.commanding:
                    screen.open_command()
        return screen.press(key)

    def _is_tail_of_press(self, key: Key) -> bool:
        """Whether this is the line end that some clients send behind a single key."""
        pressed_at, self._pressed_at = self._pressed_at, 0.0
        return key == Press(Name.ENTER) and self._active - pressed_at < KEY_TAIL

    async def _interrupt(self, had_text: bool) -> Outcome | None:
        """Ctrl-C: the editor has cleared the line; on an empty one it means back."""
        if self._screen.commanding:
            await self._close_command()
            return None
        return None if had_text else BACK

    async def _take_line(self, text: str) -> Outcome | Failure | None:
        """Act on a line: a command, the input queue's, or a choice."""
        commanding, masked = self._screen.commanding, self._screen.masked
        if commanding:
            self._screen.close_command()
        else:
            self._screen.close()
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
            self.visit.line += 1
        return outcome

    async def _choose(self, text: str) -> Outcome | None:
        """Act on a line where the queue is empty: a key string, a page turn, or nothing known."""
        if text.casefold() in self.visit.targets:
            return self._target(text)
        if not text:
            if not self.visit.targets:
                return BACK
            self._screen.again()
            return None
        if self.visit.page_turn(text):
            await self._turn(self.visit.page_turn(text))
        else:
            await self._say(UNKNOWN)
        return None

    def _target(self, text: str) -> Outcome:
        target = self.visit.targets[text.casefold()]
        return _OUTCOMES.get(target) or Goto(target)

    async def _refuse_line(self) -> None:
        if self._screen.commanding:
            self._screen.close_command()
        else:
            self._screen.close()
        self._screen.ring()
        await self._say(TOO_LONG)

    async def _turn(self, by: int) -> None:
        """Turn a list's page."""
        index = min(max(0, self.client.page_index + by), self._pages - 1)
        if index == self.client.page_index:
            if self._screen.prompting or self._reads_keys():
                self._screen.ring()
            return
        self.client.page_index = index
        await self._redraw(in_place=True)

    # -- commands

    async def _command(self, line: str) -> Outcome | None:
        try:
            answer: Answer = await run_command(self.client, line)
        except StoreError as error:
            answer = Reply((str(error),))
        if not isinstance(answer, Reply):
            return answer
        if len(answer.lines) == 1:
            await self._say(answer.lines[0])
            return None
        return await self._show_sheet(answer.lines)

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
        await self._redraw()
        return None

    async def _close_command(self) -> None:
        self._screen.close_command()
        if self._screen.positioned:
            await self._redraw(in_place=True)
        else:
            self._open_prompt()

    async def _say(self, text: str) -> None:
        """Show one line where a message would go, and the prompt again."""
        if self._attention.charset:
            await self._take_up_terminal(asking=False)
        elif self._screen.positioned:
            await self._redraw(in_place=True)
        elif self._screen.on_fresh_row:
            self._screen.print(f"{text}\n")
            self._screen.again()
            self._open_prompt()
            return
        self._screen.message(text)

    # -- what reaches the client while they type

    async def _attend(self, *, asking: bool) -> Move | None:
        """Deal with what has happened; what would disturb a line being typed waits."""
        attention = self._attention
        if attention.hang_up is not None:
            return HangUp(attention.hang_up)
        if attention.account:
            attention.account = False
            move = await self._read_account()
            if move is not None:
                return move
        if attention.terminal or attention.charset:
            await self._take_up_terminal(asking=asking)
        busy = asking or self._screen.typed or self._screen.commanding
        if attention.script and not busy:
            attention.script = False
            script = self._find(self.visit.script.keyword)
            if script is not None:
                return Enter(script, posts=False)
        if attention.refresh and not busy:
            await self._redraw(in_place=True)
            self._arm_refresh()
        if attention.notices and not self._screen.masked:
            if self._screen.positioned:
                await self._redraw(in_place=True)
            self._show_notices()
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
        changed = self._terminal.update() or self._attention.charset
        self._attention.terminal = self._attention.charset = False
        self._screen.resize()
        if asking or self._screen.commanding:
            self._screen.show()
        elif changed:
            await self._redraw()
            self._arm_refresh()
        else:
            self._open_prompt_again()

    def _open_prompt_again(self) -> None:
        """Who echoes, or whether keys come one by one, has changed: the page stands, the prompt adapts."""
        if self._reads_keys():
            self._screen.prompting = False
        else:
            self._open_prompt(keep=True)

    def _show_notices(self) -> None:
        if self._screen.masked and self._screen.prompting:
            return
        notices, self._attention.notices = self._attention.notices, []
        if notices and self._screen.positioned:
            self._screen.message(" · ".join(notices))
            return
        for notice in notices:
            self._screen.message(notice)

    # -- for the sessions' root, the sweep and the other sessions

    def check_time(self, now: float) -> bool:
        """Hang up when idle, or when logging in takes too long; return whether an earlier hang-up was not obeyed."""
        if self._hang_up_since is not None:
            return now - self._hang_up_since > ABORT_AFTER
        server = self._services.config.server
        if self._log_in_since is not None and self.client.user_id is None:
            if now - self._log_in_since > server.login_grace:
                self.hang_up(GRACE_OVER)
        elif now - self._active > server.idle_timeout:
            self.hang_up(IDLE)
        return False

    def hang_up(self, words: str) -> None:
        """End the session with a sentence, as soon as it looks."""
        self._attention.hang_up = words
        self._hang_up_since = self._loop.time()
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
        via = "tls" if self.channel.encrypted else "telnet"
        doing = "typing" if self._screen.typed else client.status or self.visit.script.title
        idle, since = now - self._active, now - self._since
        return Presence(
            self.number, client.nick_name, client.role, client.peer, via, facts.type, facts.size, idle, since, doing
        )

    @property
    def user_id(self) -> int | None:
        """The member's number, None for a guest."""
        return self.client.user_id

    def _terminal_changed(self) -> None:
        self._attention.terminal = True
        self.channel.wake()

    def _time_log_in(self, keyword: str) -> None:
        """The grace runs from entering log-in or registration until it succeeds or is left."""
        if keyword not in LOG_IN_PAGES:
            self._log_in_since = None
        elif self._log_in_since is None:
            self._log_in_since = self._loop.time()

    # -- for handlers

    @property
    def terminal(self) -> TerminalFacts:
        """Size, charset and type of the terminal."""
        return self._terminal.facts

    def send(self, text: str) -> None:
        """Send text where the cursor stands; while the client is at a prompt it goes where messages go."""
        if self._reading:
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

    async def ask(self, prompt: str, *, masked: bool) -> str:
        """Read one line for a handler. Raises AskInterrupted when something else decided a move."""
        self._screen.open_below(prompt, masked=masked)
        while True:
            happened = await self._happening(asking=True)
            match happened:
                case Line(text) if masked or not text.startswith("/"):
                    self._screen.close(erase=True)
                    return text
                case Line(text) if text.startswith("//"):
                    self._screen.close(erase=True)
                    return text[1:]
                case Line(text):
                    await self._command_while_asking(text)
                    self._screen.open_below(prompt, masked=masked)
                case TooLong():
                    self._screen.close(erase=True)
                    self._screen.ring()
                    self.notice(TOO_LONG)
                    self._screen.open_below(prompt, masked=masked)
                case Interrupt(True) | Unused():
                    continue
                case End():
                    raise self._decide(HangUp(polite=True))
                case Enter() | HangUp():
                    raise self._decide(happened)
                case _:
                    self._screen.close(erase=True)
                    raise AskInterrupted

    async def _command_while_asking(self, line: str) -> None:
        self._screen.close(erase=True)
        answer = await run_command(self.client, line)
        match answer:
            case Reply(lines):
                for text in lines:
                    self.notice(text)
            case _ if answer is LOGOFF:
                raise self._decide(HangUp(polite=True))
            case Goto(keyword):
                script = self._find(keyword)
                if script is not None:
                    raise self._decide(Enter(script))
            case _:
                raise AskInterrupted

    def _decide(self, move: Move) -> AskInterrupted:
        self.decided = move
        return AskInterrupted()

    def page(self, lines: Sequence[str], keep: int) -> list[str]:
        """Return the rows of the list's current page."""
        room = max(1, self._terminal.facts.size.rows - keep)
        self._pages = max(1, -(-len(lines) // room))
        index = self.client.page_index = min(max(0, self.client.page_index), self._pages - 1)
        return list(lines[index * room : (index + 1) * room])

    def rights_changed(self) -> None:
        """A log-in or log-out: the member's charset counts from now on."""
        member = self.client.member
        if member is not None:
            self._log_in_since = None
            if member.charset:
                self.choose_charset(Charset(member.charset))

    def choose_charset(self, charset: Charset | None) -> None:
        """Use a charset from now on; the page is drawn again in it."""
        self._terminal.choose_charset(charset)
        self._attention.charset = True
        self.channel.wake()
