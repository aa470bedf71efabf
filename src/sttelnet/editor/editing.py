"""What each key does to the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sttelnet.editor.buffer import Buffer
from sttelnet.editor.events import Answer, End, Event, Interrupt, Line, TooLong, Unused
from sttelnet.editor.history import History
from sttelnet.editor.window import View, Window
from sttelnet.keys import Key, Name, Press, Text

BELL: Final = "\x07"

# Where a key takes the cursor, what a key takes out of the line, and how far a key goes in the history.
_PLACES: Final[dict[Name, Callable[[Buffer], int]]] = {
    Name.LEFT: lambda line: line.at - 1,
    Name.RIGHT: lambda line: line.at + 1,
    Name.HOME: lambda line: 0,
    Name.END: lambda line: len(line.units),
}
_SPANS: Final[dict[Name, Callable[[Buffer], tuple[int, int]]]] = {
    Name.BACKSPACE: lambda line: (line.at - 1, line.at),
    Name.DELETE: lambda line: (line.at, line.at + 1),
    Name.KILL_LINE: lambda line: (0, len(line.units)),
    Name.KILL_END: lambda line: (line.at, len(line.units)),
    Name.KILL_WORD: lambda line: (line.word_start(), line.at),
}
_RECALLS: Final = {Name.UP: -1, Name.DOWN: 1}

# Keys that mean nothing where the cursor stays at the end of the line.
_STEERING: Final = frozenset({*_PLACES, *_RECALLS, Name.DELETE, Name.KILL_END})


class Editor:
    """One line being typed. `start` begins it, `press` is told each key, until an event ends it.

    Enter puts out nothing: what happens to the row is the caller's to say. Of a line that begins with `secret`,
    whatever its case, only so much is shown, and it is not kept.
    """

    def __init__(self, history: History | None = None, secret: str = "") -> None:
        self.history = History() if history is None else history
        self._secret = secret
        self.start(1, 80)

    def start(
        self,
        column: int,
        columns: int,
        *,
        masked: bool = False,
        cursor_control: bool = True,
        echo: bool = True,
        limit: int = 1024,
    ) -> None:
        """Begin a line at a column of a screen so wide.

        A masked line shows nothing, nor does one whose client echoes by itself (`echo=False`); both are
        edited at their end only, as is the line of a terminal without cursor control.
        """
        self._buffer = Buffer()
        self._window = Window(column, columns, steers=cursor_control)
        self._masked = masked
        self._visible = echo and not masked
        self._steers = self._visible and cursor_control
        self._limit = limit
        self._refused = False  # part of what was typed was over the limit
        self._recalled = len(self.history)  # the line of the history that is shown; its length: none
        self._draft = ("", False)  # what was typed before, and whether part of it was refused

    @property
    def text(self) -> str:
        """The line as it is."""
        return self._buffer.text

    @property
    def at(self) -> int:
        """The place of the cursor: how many units (a character and its combining marks) are before it."""
        return self._buffer.at

    @property
    def view(self) -> View:
        """What of the line is on the screen, and how many cells from the start column the cursor stands."""
        return self._window.view

    def press(self, key: Key) -> Answer:
        """Return what to send for a key, and what it led to."""
        match key:
            case Text(text):
                return self._type(text)
            case Press(Name.ENTER):
                return Answer(event=self._enter())
            case Press(Name.INTERRUPT):
                interrupted = self._interrupt()
                return Answer(self._update(), interrupted)
            case Press(Name.END_OF_INPUT):
                ended = self._end_of_input()
                return Answer(self._update(), ended)
            case Press(name):
                return self._edit(name)

    def show(self) -> str:
        """Return the line as it is, for a row that is empty from the start column, where the cursor stands."""
        self._window.forget()
        return self._update()

    def hide(self) -> str:
        """Return what blanks the line on the screen and puts the cursor at the start column; `show` undoes it."""
        return self._window.clear()

    def resize(self, columns: int, column: int | None = None) -> None:
        """Take a new width, and a new start column where the prompt has moved; `show` draws the line there."""
        self._window.columns = columns
        self._window.column = self._window.column if column is None else column
        self._window.forget()

    def _update(self) -> str:
        if not self._visible:
            return ""
        return self._window.show(self._shown() if self._is_secret() else self._buffer)

    def _is_secret(self) -> bool:
        begin = self._buffer.units[: len(self._secret)]
        return bool(self._secret) and "".join(unit.text for unit in begin).casefold() == self._secret

    def _shown(self) -> Buffer:
        """Return what is shown of a line that nobody else must read."""
        shown = Buffer()
        shown.insert(self._secret)
        return shown

    def _type(self, text: str) -> Answer:
        room = self._limit - len(self._buffer)
        self._buffer.insert(text[: max(0, room)])
        if len(text) <= room:
            return Answer(self._update())
        self._refused = True
        return Answer(self._update() + BELL)

    def _edit(self, name: Name) -> Answer:
        if name in _STEERING and not self._steers:
            return Answer()
        if (place := _PLACES.get(name)) is not None:
            self._buffer.move(place(self._buffer))
        elif (span := _SPANS.get(name)) is not None:
            self._erase(*span(self._buffer))
        elif (step := _RECALLS.get(name)) is not None:
            self._recall(step)
        else:
            return Answer(event=Unused(name))
        return Answer(self._update())

    def _enter(self) -> Event:
        text, refused, secret = self._buffer.text, self._refused, self._masked or self._is_secret()
        self._clear()
        self._window.forget()
        if refused:
            return TooLong()
        if not secret:
            self.history.add(text)
        self._recalled = len(self.history)
        return Line(text)

    def _clear(self) -> None:
        self._buffer.replace("")
        self._refused = False

    def _interrupt(self) -> Event:
        had_text = bool(self._buffer.units) or self._refused
        self._clear()
        self._recalled = len(self.history)
        return Interrupt(had_text)

    def _end_of_input(self) -> Event | None:
        if not self._buffer.units:
            return End()
        if self._steers:
            self._erase(*_SPANS[Name.DELETE](self._buffer))
        return None

    def _erase(self, start: int, end: int) -> None:
        self._buffer.erase(start, end)
        self._refused = self._refused and len(self._buffer) >= self._limit

    def _recall(self, step: int) -> None:
        target = self._recalled + step
        if not 0 <= target <= len(self.history):
            return
        if self._recalled == len(self.history):
            self._draft = (self._buffer.text, self._refused)
        self._recalled = target
        if target == len(self.history):
            text, self._refused = self._draft
        else:
            text = self.history[target]
            self._refused = len(text) > self._limit
        self._buffer.replace(text[: self._limit])
