"""What stands on the client's screen: a page, the prompt on it, the line being typed, messages above it.

A page either *flows*, so that the prompt stands where the text ends, or is *positioned*: `ansi:Move` put
the cursor where the first line is typed, and messages and commands go to the last row.
"""

from __future__ import annotations

from functools import lru_cache

from sttelnet.ansi import FUNCTIONS, Ansi, Position, cursor_after, strip
from sttelnet.charset import cells
from sttelnet.editor import Editor, Event, History
from sttelnet.keys import Key, Name, Press, Text
from sttelnet.session.render import BELL, CLEAR, ERASE_TO_LINE_END, ERASE_TO_SCREEN_END, RESET, Rendered
from sttelnet.terminal import CARRIAGE_RETURN, NEW_LINE, Terminal

_ENTER = Press(Name.ENTER)
LINE_LIMIT = 1024  # characters; longer lines are refused whole
HIDES = "/token "  # what stands behind it is never shown again


@lru_cache(maxsize=512)
def _column_behind(lead: str, column: int, columns: int) -> int:
    return cursor_after(lead, Position(None, column), columns).column


def _move(row: int, column: int) -> str:
    return str(FUNCTIONS["Move"](column, row))


class Screen:
    """One client's screen."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._editor = Editor(History(), HIDES)
        self._begun = True  # the editor knows of the open prompt: from its first key on
        self._begin_column = 1
        self.rendered: Rendered | None = None
        self.prompting = False  # a prompt is open
        self._masked = False
        self.commanding = False  # a "/" line on a page that reads keys, or on a positioned one
        self._tail = ""  # what stands on the current row of a flowing page, before the prompt
        self._own = ""  # the tail as it was when the last prompt opened: said again after a wrong line
        self._lead = ""  # the same with the prompt: what is drawn again before the line typed
        self._home: Position | None = None  # where the first line of a positioned page is typed
        self._shown = 0  # cells the line took when Enter ended it
        self._echo = terminal.channel.echo  # who echoed when the line began
        self._field: tuple[int, int] | None = None  # row and column of the open prompt, where positioned

    @property
    def editor(self) -> Editor:
        """The line being typed. Most lines of line-mode clients come whole and never need it."""
        if not self._begun:
            self._begun = True
            self._begin()
        return self._editor

    @property
    def takes_whole_lines(self) -> bool:
        """Whether a line that comes in one piece needs no editor: nothing typed yet, and the client echoes."""
        return self.prompting and not self._begun and not self._echo and not self.positioned

    @property
    def positioned(self) -> bool:
        """Whether the page placed its prompt with `ansi:Move`."""
        return self._home is not None

    @property
    def masked(self) -> bool:
        """Whether a line is typed that must not be seen."""
        return self.prompting and self._masked

    @property
    def on_fresh_row(self) -> bool:
        """Whether nothing stands on the cursor's row, as after the line end behind a line typed."""
        return not self.prompting and not self._tail

    @property
    def typed(self) -> bool:
        """Whether part of a line stands at the prompt."""
        return self.prompting and self._begun and bool(self._editor.text)

    def draw(self, page: Rendered, *, clear: bool) -> None:
        """Send a page."""
        if self.terminal.facts.plain:
            below = NEW_LINE if self._lead_now() else ""
            self.terminal.send((below + NEW_LINE if clear else "") + page.text)
        else:
            self.terminal.send((RESET + CLEAR if clear else "") + page.text)
        self._settle(page)

    def draw_in_place(self, page: Rendered) -> None:
        """Send a page over itself, without a clear where that can be."""
        self.terminal.send(page.in_place())
        self._settle(page)

    def _settle(self, page: Rendered) -> None:
        self.rendered = page
        self.prompting = self.commanding = False
        self.terminal.channel.mask(False)
        self._tail = self._own = page.tail
        self._lead = ""
        self._home = None
        if page.moves and not self.terminal.facts.plain:
            end = page.end(Position(1, 1), self.terminal.facts.size.columns)
            self._home = end if end.row is not None else None

    def print(self, text: str) -> None:
        """Send text where the cursor stands."""
        ready = self.terminal.ready(text)
        self.terminal.send(ready)
        _, line_end, last = ready.rpartition("\n")
        self._tail = last if line_end else (self._tail + last)[-4096:]

    def raw(self, data: bytes) -> None:
        """Send bytes as they are, from a row of their own on; the cursor stands on a fresh one behind them."""
        bottom = _move(self.terminal.facts.size.rows, 1) if self.positioned else ""
        self.terminal.send(bottom + NEW_LINE)
        self.terminal.flush()
        self.terminal.channel.send(data)
        self._tail, self.prompting = "", False

    def ring(self) -> None:
        """Ring the terminal's bell."""
        self.terminal.send(BELL)

    # -- the prompt

    def open(self, prompt: str, *, line: int = 0, masked: bool = False, keep: bool = False) -> None:
        """Show a prompt and start a line; on a positioned page `line` rows below the first.

        With `keep` what was typed at the prompt before stands there again, as after a redraw.
        """
        text = self.terminal.ready(prompt) if prompt else ""
        if self._home is None or self._home.row is None:
            text = "" if text and self._tail.endswith(text) else text  # it stands there, as behind a "/" taken back
            self._field = None
            self._own = self._tail
            self._start(self._tail + text, masked, keep=keep)
            self.terminal.send(text)
        else:
            row = min(self._home.row + line, self.terminal.facts.size.rows)
            self._open_at(row, self._home.column, text, masked, keep=keep)
        if keep:
            self._restore()

    def invite(self, prompt: str) -> None:
        """Show a prompt on a page that reads single keys."""
        self.prompting = False
        if prompt and not self._tail.endswith(self.terminal.ready(prompt)):
            self.print(prompt)

    def adapt(self, *, by_key: bool) -> None:
        """Go on at the same prompt: who echoes, or whether keys come one by one, has changed."""
        if not by_key:
            self._start(self._lead, self._masked, self._field[1] if self._field else 1, keep=True)
        elif self.prompting:
            self.prompting, self._tail = False, self._lead

    def again(self) -> None:
        """Say the page's own prompt once more, after a line that led nowhere."""
        if not self.positioned and self._own and self.on_fresh_row:
            self.terminal.send(self._own)
            self._tail = self._own

    def open_below(self, prompt: str, *, masked: bool = False) -> None:
        """Show a handler's question: on the last row of a positioned page, else on a line of its own."""
        text = self.terminal.ready(prompt)
        if self.positioned:
            self._open_at(self.terminal.facts.size.rows, 1, ERASE_TO_LINE_END + text, masked)
            return
        if self._tail:
            self.terminal.send(NEW_LINE)
            self._tail = ""
        self._field = None
        self._start(text, masked)
        self.terminal.send(text)

    def _open_at(self, row: int, column: int, text: str, masked: bool, *, keep: bool = False) -> None:
        self._field = (row, column)
        self._start(text, masked, column, keep=keep)
        self.terminal.send(_move(row, column) + text)

    def _start(self, lead: str, masked: bool, column: int = 1, *, keep: bool = False) -> None:
        facts, echo = self.terminal.facts, self.terminal.channel.echo
        self._lead, self._masked, self.prompting, self._shown = lead, masked, True, 0
        self.terminal.channel.mask(masked)
        if keep and echo is self._echo:
            behind = _column_behind(lead, column, facts.size.columns) if lead else column
            self.editor.resize(facts.size.columns, behind)
            return
        kept, self._echo = self.editor.text if keep else "", echo
        self._begin_column, self._begun = column, False
        if kept:
            self.editor.press(Text(kept))

    def _begin(self) -> None:
        facts, column = self.terminal.facts, self._begin_column
        self._editor.start(
            _column_behind(self._lead, column, facts.size.columns) if self._lead else column,
            facts.size.columns,
            masked=self._masked,
            cursor_control=not facts.plain,
            echo=self._echo,
            limit=LINE_LIMIT,
        )

    def press(self, key: Key) -> Event | None:
        """Give a key to the line editor; return what it completes."""
        if key == _ENTER and self._field is not None:
            self._shown = cells(self.editor.view.text)
        output, event = self.editor.press(key)
        if output:
            self.terminal.send(output)
        return event

    def close(self, *, erase: bool = False) -> None:
        """End the line: the cursor goes below it, or (positioned) back to where it began."""
        self.prompting = False
        if self._field is None:
            self._tail = ""
            if self.terminal.channel.echo:
                self.terminal.send(NEW_LINE)
        elif erase:
            row, column = self._field
            self.terminal.send(_move(row, column) + " " * (cells(strip(self._lead)) + self._shown) + _move(row, column))

    def erase_typed(self) -> None:
        """Take the line typed off a positioned prompt that will be used again."""
        if self._field is not None and self._shown:
            row, column = self._field
            column += cells(strip(self._lead))
            self.terminal.send(_move(row, column) + " " * self._shown + _move(row, column))

    # -- a command line opened by "/"

    def open_command(self) -> None:
        """Open a prompt for a slash command on a page whose own prompt it must not disturb."""
        self.commanding = True
        if self.positioned:
            self._open_at(self.terminal.facts.size.rows, 1, ERASE_TO_LINE_END, False)
        else:
            self._field = None
            self._start(self._tail, False)

    def close_command(self) -> None:
        """Take the command line off the screen again."""
        self.commanding = self.prompting = False
        if self.terminal.facts.plain or not self.terminal.channel.echo:
            self.terminal.send(NEW_LINE if self.terminal.channel.echo else "")
            self._tail = ""
        elif self.positioned:
            self.terminal.send(_move(self.terminal.facts.size.rows, 1) + ERASE_TO_LINE_END)
        else:
            self.terminal.send(CARRIAGE_RETURN + ERASE_TO_LINE_END + self._tail)

    # -- messages

    def message(self, text: str) -> None:
        """Show one message: above the line being typed, or on the last row of a positioned page.

        On a positioned page the caller redraws the page first.
        """
        facts = self.terminal.facts
        ready = self.terminal.ready(text)
        if self.positioned:
            line = str(Ansi(ready.replace("\r\n", " ")).cut(facts.size.columns - 1))
            self.terminal.send(_move(self._message_row(), 1) + line + RESET + ERASE_TO_LINE_END)
            self.show()
            return
        if facts.plain or not self.terminal.channel.echo:
            begin = NEW_LINE if self._lead_now() or self.typed else ""
        else:
            begin = CARRIAGE_RETURN + self._up_to_lead() + ERASE_TO_LINE_END
        self.terminal.send(begin + ready + NEW_LINE)
        self.show()

    def _message_row(self) -> int:
        """Return where a message goes on a positioned page: the last row, or above a question that stands there."""
        rows = self.terminal.facts.size.rows
        taken = self.prompting and self._field is not None and self._field[0] == rows
        return max(1, rows - 1) if taken else rows

    def _up_to_lead(self) -> str:
        """Return what brings the cursor to the first row of a prompt that takes several, all of them erased."""
        taken = cells(strip(self._lead_now())) // self.terminal.facts.size.columns
        return f"\x1b[{taken}A{ERASE_TO_SCREEN_END}" if taken else ""

    def show_again(self) -> None:
        """Draw the prompt and the line typed over themselves: the window has another size."""
        if not self.positioned and not self.terminal.facts.plain and self.terminal.channel.echo:
            self.terminal.send(CARRIAGE_RETURN + self._up_to_lead() + ERASE_TO_LINE_END)
        self.show()

    def show(self) -> None:
        """Draw the prompt and the line typed again, where they belong."""
        if self._field is not None and self.prompting:
            self.terminal.send(_move(*self._field))
        elif self._home is not None and self._home.row is not None:
            self.terminal.send(_move(self._home.row, self._home.column))
        self.terminal.send(self._lead_now())
        if self.prompting:
            self._restore()

    def _restore(self) -> None:
        """Draw the line typed again, behind the prompt."""
        if self._begun:
            self.terminal.send(self._editor.show())

    def _lead_now(self) -> str:
        if self.prompting:
            return self._lead
        return "" if self.positioned else self._tail

    def last_row(self, text: str) -> None:
        """Show text at once: on the last row of a positioned page, else on a row of its own."""
        ready = self.terminal.ready(text)
        if self.positioned:
            self.terminal.send(_move(self.terminal.facts.size.rows, 1) + RESET + ERASE_TO_LINE_END + ready)
        else:
            self.terminal.send((NEW_LINE if self._lead_now() else "") + ready + NEW_LINE)
            self._tail = ""
        self.prompting = False

    def sheet(self, text: str) -> None:
        """Show text of its own on a cleared screen."""
        facts = self.terminal.facts
        self._home, self._field, self._tail = None, None, ""
        self.terminal.send((NEW_LINE if facts.plain else RESET + CLEAR) + self.terminal.ready(text) + NEW_LINE)

    def resize(self) -> None:
        """Take up the terminal's new width for the line being typed."""
        self._editor.resize(self.terminal.facts.size.columns)
