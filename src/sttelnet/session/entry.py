"""What a client enters: keys and lines, and what each is for: a command, the input queue, a choice."""

from __future__ import annotations

from typing import TypeAlias

from sttelnet.ansi import Ansi
from sttelnet.charset import cells
from sttelnet.editor import End, Interrupt, Line, TooLong, Unused
from sttelnet.errors import StoreBusy, StoreError
from sttelnet.handlers.table import wrapped
from sttelnet.keys import Name
from sttelnet.members import Refusal
from sttelnet.outcome import ACCEPTED, BACK, LOGOFF, REPEAT, Goto, Outcome, Step
from sttelnet.session.answer import Answer, Program, Reply
from sttelnet.session.call import Failure
from sttelnet.session.commands import run_command
from sttelnet.session.interruptions import Interruptions
from sttelnet.session.keyboard import Keyboard, Pressed
from sttelnet.session.orders import Orders
from sttelnet.session.screen import LINE_LIMIT
from sttelnet.session.seat import Seat
from sttelnet.session.visit import Enter, HangUp, Move, Speak, Turn

UNKNOWN = "That is not one of the choices here. /help lists the commands."
TOO_LONG = f"That line is too long: {LINE_LIMIT} characters at most. Nothing was done."
ENTER_RETURNS = "Enter returns "

Happened: TypeAlias = Pressed | Move


class Entry:
    """One client's input."""

    def __init__(self, seat: Seat, interruptions: Interruptions, orders: Orders) -> None:
        self._seat = seat
        self._interruptions = interruptions
        self._orders = orders
        self._keyboard = Keyboard(seat.view, seat.client)

    async def next(self) -> Outcome | Failure | Move:
        """Read input until it means something for the session."""
        seat = self._seat
        seat.commanded = False
        seat.client.key = ""
        while True:
            happened = await self.happening()
            outcome: Outcome | Failure | Move | None = None
            match happened:
                case Line(text):
                    outcome = await self._take_line(text)
                case Enter() | HangUp() | Speak() | Goto() | Step():
                    return happened
                case End():
                    return LOGOFF
                case Interrupt(had_text):
                    outcome = await self._interrupt(had_text)
                case _:
                    await self._obey(happened)
            if outcome is not None:
                return outcome
            seat.view.reopen_prompt()

    async def happening(self, *, asking: bool = False) -> Happened:
        """Wait for one thing: a line, a key that acts, or a move that something else decided."""
        seat, screen, keyboard = self._seat, self._seat.screen, self._keyboard
        while True:
            if seat.attention.wanted:
                move = await self._interruptions.attend(asking=asking)
                if move is not None:
                    return move
            by_key = not asking and not screen.commanding and seat.view.reads_keys
            seat.reading = True
            try:
                key = await seat.terminal.read(single=by_key, whole=screen.takes_whole_lines)
            finally:
                seat.reading = False
            if key is None:
                continue
            now = seat.limits.active = seat.loop.time()
            seat.in_a_row = 0
            if isinstance(key, Line):
                return key
            happened = keyboard.press_hot(key, now) if by_key else keyboard.press(key, now, asking=asking)
            if happened is not None:
                return happened

    async def answer(self, line: str) -> Answer:
        """Obey a line that starts with "/"."""
        try:
            return await run_command(self._seat.client, line)
        except StoreError as error:
            self._seat.client.log.error("a command failed: %s", error)
            return Reply(((Refusal.STORE_BUSY if isinstance(error, StoreBusy) else Refusal.STORE_FAILED).value,))

    # -- keys

    async def _obey(self, happened: TooLong | Turn | Unused) -> None:
        """Do what concerns nobody but the client and their screen."""
        match happened:
            case TooLong():
                self._close_line()
                self._seat.screen.ring()
                await self._say(TOO_LONG)
            case Turn(by):
                await self._seat.view.turn(by)
            case Unused(name):
                if name is Name.REDRAW:
                    await self._seat.view.redraw()

    async def _interrupt(self, had_text: bool) -> Outcome | None:
        """Ctrl-C: the editor has cleared the line; on an empty one it means back."""
        screen, view = self._seat.screen, self._seat.view
        if not screen.commanding:
            return None if had_text else BACK
        screen.close_command()
        if screen.positioned:
            await view.redraw(in_place=True)
        else:
            view.open_prompt()
        return None

    # -- lines

    def _close_line(self) -> None:
        screen = self._seat.screen
        if screen.commanding:
            screen.close_command()
        else:
            screen.close()

    async def _take_line(self, text: str) -> Outcome | Failure | Move | None:
        """Act on a line: a command, the input queue's, or a choice."""
        screen = self._seat.screen
        masked = screen.masked and not screen.commanding
        self._close_line()
        if text.startswith("/") and not masked:
            if not text.startswith("//"):
                return await self._command(text)
            text = text[1:]
        if self._seat.client.set_commands:
            return await self._feed_queue(text)
        return await self._choose(text.strip())

    async def _feed_queue(self, text: str) -> Outcome | Failure | None:
        """Give a line to the head of the input queue."""
        seat, client, queue = self._seat, self._seat.client, self._seat.client.set_commands
        outcome = await seat.caller.set(queue[0].call, text)
        if outcome is REPEAT:
            seat.screen.erase_typed()
            return None if seat.decided is None else ACCEPTED
        if outcome is ACCEPTED and client.set_commands is queue and queue:
            queue.pop(0)
            seat.view.visit.line += 1
        return outcome

    async def _choose(self, text: str) -> Outcome | None:
        """Act on a line where the queue is empty: a key string, a page turn, or nothing known."""
        view = self._seat.view
        visit = view.visit
        if text.casefold() in visit.targets:
            return self._keyboard.target(text)
        if not text:
            if not visit.targets:
                return BACK
            self._seat.screen.again()
        elif visit.page_turn(text):
            await view.turn(visit.page_turn(text))
        else:
            await self._say(UNKNOWN)
        return None

    # -- slash commands

    async def for_program(self, program: Program) -> Move | None:
        """Answer a program in its dialect, on rows of its own; the prompt is the caller's to say again."""
        seat = self._seat
        spoken = await self._orders.obey(program)
        await seat.terminal.drain()  # what is queued now, with the answer, stays below what would cut it off
        seat.screen.raw(spoken.data)
        if spoken.move is None and seat.screen.positioned:
            await seat.view.redraw()
        return spoken.move

    async def _command(self, line: str) -> Outcome | Move | None:
        answer = await self.answer(line)
        if isinstance(answer, Program):
            move = await self.for_program(answer)
            if move is None and not self._seat.screen.positioned:
                self._seat.screen.again()
                self._seat.view.open_prompt()
            return move
        if not isinstance(answer, Reply):
            self._seat.commanded = True
            return answer
        if len(answer.lines) > 1:
            return await self._show_sheet(answer)
        await self._say(answer.lines[0])
        return None

    async def _show_sheet(self, answer: Reply) -> Outcome | None:
        """Show a longer answer on a cleared screen, a windowful at a time, then the page again."""
        seat, screen = self._seat, self._seat.screen
        if seat.terminal.facts.plain:
            self._print(answer)
            return None
        room = seat.view.room(2)
        lines = [row for line in answer.lines for row in rows_of(line, seat.terminal.facts.size.columns - 1)]
        for start in range(0, len(lines), room):
            screen.sheet("\n".join(lines[start : start + room]))
            screen.open_below(ENTER_RETURNS)
            if start + room >= len(lines) and answer.shown is not None:
                answer.shown()
            happened = await self.happening(asking=True)
            if isinstance(happened, Enter | HangUp):
                seat.decided = happened
                return ACCEPTED
            if isinstance(happened, End):
                return LOGOFF
            if isinstance(happened, Interrupt):
                break
        await seat.view.redraw()
        return None

    def _print(self, answer: Reply) -> None:
        """Show a longer answer whole to who has no screen: nobody may be there to press Enter."""
        seat, screen = self._seat, self._seat.screen
        screen.print("".join(f"{line}\n" for line in answer.lines))
        if answer.shown is not None:
            answer.shown()
        screen.again()
        seat.view.open_prompt()

    async def _say(self, text: str) -> None:
        """Show one line where a message would go, and the prompt again."""
        seat, screen = self._seat, self._seat.screen
        if seat.attention.charset:
            await self._interruptions.take_up_terminal(asking=False)
        elif screen.positioned:
            await seat.view.redraw(in_place=True)
        elif screen.on_fresh_row:
            screen.print(f"{text}\n")
            screen.again()
            seat.view.open_prompt()
            return
        screen.message(text)
        seat.view.hold_refresh()


def rows_of(line: str, width: int) -> list[str]:
    """Return the rows a line of an answer takes; one that is coloured is as wide as its maker wanted it."""
    return [line] if isinstance(line, Ansi) or cells(line) <= width else wrapped(line, width, "  ")
