"""A handler's question: `client.ask`."""

from __future__ import annotations

from sttelnet.editor import End, Interrupt, Line, TooLong, Unused
from sttelnet.errors import AskInterrupted
from sttelnet.outcome import LOGOFF, Outcome
from sttelnet.session.answer import Program, Reply
from sttelnet.session.entry import TOO_LONG, Entry
from sttelnet.session.interruptions import Interruptions
from sttelnet.session.seat import Seat
from sttelnet.session.visit import Enter, HangUp, Move, Speak, Turn


class Questions:
    """Asks one client."""

    def __init__(self, seat: Seat, entry: Entry, interruptions: Interruptions) -> None:
        self._seat, self._entry, self._interruptions = seat, entry, interruptions

    async def ask(self, prompt: str, *, masked: bool) -> str:
        """Read one line. Raises AskInterrupted when something else decided a move."""
        seat, screen = self._seat, self._seat.screen
        await self._clear_the_way()
        screen.open_below(prompt, masked=masked)
        while True:
            happened = await self._entry.happening(asking=True)
            if isinstance(happened, Unused) or happened == Interrupt(had_text=True):
                continue
            if isinstance(happened, Enter | HangUp | Speak):
                raise self._decide(happened)
            if isinstance(happened, Turn):  # of the list the page shows above the question
                await seat.view.turn(happened.by)
                screen.open_below(prompt, masked=masked)
                continue
            screen.close(erase=True)
            match happened:
                case Line(text) if masked or not text.startswith("/"):
                    return text
                case Line(text) if text.startswith("//"):
                    return text[1:]
                case Line(text):
                    await self._command(text)
                case TooLong():
                    screen.ring()
                    seat.notice(TOO_LONG)
                case End():
                    raise self._decide(LOGOFF)
                case _:
                    raise AskInterrupted
            screen.open_below(prompt, masked=masked)

    async def _clear_the_way(self) -> None:
        """Show first what would draw the question again if it came afterwards."""
        if self._seat.attention.redraw:
            await self._interruptions.redraw()
        if not self._seat.screen.positioned:
            self._interruptions.show_notices()

    async def _command(self, line: str) -> None:
        """Obey a slash command typed instead of an answer."""
        answer = await self._entry.answer(line)
        if isinstance(answer, Program):
            move = await self._entry.for_program(answer)
            if move is not None:
                raise self._decide(move)
            return
        if not isinstance(answer, Reply):
            raise self._decide(answer)
        screen = self._seat.screen
        for text in answer.lines:
            if screen.positioned:
                self._seat.notice(text)
            else:
                screen.print(f"{text}\n")
        if answer.shown is not None:
            answer.shown()

    def _decide(self, decision: Move | Outcome) -> AskInterrupted:
        self._seat.decided = decision
        return AskInterrupted()
