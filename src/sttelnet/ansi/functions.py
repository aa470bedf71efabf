"""The screen functions of the script language, under its own names.

Every sequence here means the same to xterm, PuTTY and SyncTERM (SynchronetBBS/sbbs, src/conio/cterm.adoc), or
is ignored by it. An argument no terminal could obey raises ValueError: scripts find out when they are read.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Final

from sttelnet.ansi.text import Ansi, to_plain
from sttelnet.charset import Charset, encode

CLEAR_TO_LINE_END: Final = Ansi("\x1b[K")
CLEAR_TO_SCREEN_END: Final = Ansi("\x1b[J")

_COLORS: Final = {
    name: number for number, name in enumerate(("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"))
} | {"default": 9}
_BRIGHT: Final = {"gray": 0, "grey": 0}
_MOST: Final = 999  # what a terminal can have of columns or rows, generously


def Clear() -> Ansi:
    """Clear the screen and go to its upper left corner (2J alone does so on SyncTERM, but not on xterm)."""
    return Ansi("\x1b[2J\x1b[H")


def ClearLine() -> Ansi:
    """Clear the cursor's row; the cursor stays."""
    return Ansi("\x1b[2K")


def Home() -> Ansi:
    """Go to the upper left corner."""
    return Ansi("\x1b[H")


def Move(column: int, row: int) -> Ansi:
    """Go to a column and a row, both counted from 1."""
    return Ansi(f"\x1b[{_number('row', row)};{_number('column', column)}H")


def Up(n: int = 1) -> Ansi:
    """Go up; the edge of the screen stops the cursor."""
    return Ansi(f"\x1b[{_number('n', n)}A")


def Down(n: int = 1) -> Ansi:
    """Go down; the edge of the screen stops the cursor."""
    return Ansi(f"\x1b[{_number('n', n)}B")


def Right(n: int = 1) -> Ansi:
    """Go right; the edge of the screen stops the cursor."""
    return Ansi(f"\x1b[{_number('n', n)}C")


def Left(n: int = 1) -> Ansi:
    """Go left; the edge of the screen stops the cursor."""
    return Ansi(f"\x1b[{_number('n', n)}D")


def Save() -> Ansi:
    """Remember where the cursor is."""
    return Ansi("\x1b[s")


def Restore() -> Ansi:
    """Go back to where Save was."""
    return Ansi("\x1b[u")


def Color(name: str, background: str = "", bright: int = 0) -> Ansi:
    """Write in a colour: black red green yellow blue magenta cyan white gray default, also "bright red".

    Without bright the plain colour is set, which ends Bold: old terminals know bright only as bold. That is
    also why a background cannot be bright.
    """
    codes = _foreground(name, bool(bright))
    if background:
        codes += f";4{_color(background, _COLORS, 'background')}"
    return Ansi(f"\x1b[{codes}m")


def Bold() -> Ansi:
    """Write bold, or bright where the terminal knows no bold."""
    return Ansi("\x1b[1m")


def Underline() -> Ansi:
    """Write underlined (SyncTERM does not show it)."""
    return Ansi("\x1b[4m")


def Blink() -> Ansi:
    """Write blinking."""
    return Ansi("\x1b[5m")


def Reverse() -> Ansi:
    """Swap the colours of text and background."""
    return Ansi("\x1b[7m")


def Reset() -> Ansi:
    """End colours, Bold, Underline, Blink and Reverse."""
    return Ansi("\x1b[0m")


def HideCursor() -> Ansi:
    """Hide the cursor."""
    return Ansi("\x1b[?25l")


def ShowCursor() -> Ansi:
    """Show the cursor."""
    return Ansi("\x1b[?25h")


def Title(text: str) -> Ansi:
    """Name the terminal's window.

    OSC 0 ends in ST, not in BEL: xterm and PuTTY take both, SyncTERM only ST, and would hold back the
    page behind a BEL. It also takes nothing but 20-7E inside, so the title is ASCII.
    """
    shown = encode(to_plain(text).replace("\n", " ").replace("\t", " "), Charset.ASCII).decode("ascii")
    return Ansi(f"\x1b]0;{shown}\x1b\\")


def Bell() -> Ansi:
    """Ring."""
    return Ansi("\x07")


FUNCTIONS: Final[Mapping[str, Callable[..., Ansi]]] = {
    "Bell": Bell,
    "Blink": Blink,
    "Bold": Bold,
    "Clear": Clear,
    "ClearLine": ClearLine,
    "Color": Color,
    "Down": Down,
    "HideCursor": HideCursor,
    "Home": Home,
    "Left": Left,
    "Move": Move,
    "Reset": Reset,
    "Restore": Restore,
    "Reverse": Reverse,
    "Right": Right,
    "Save": Save,
    "ShowCursor": ShowCursor,
    "Title": Title,
    "Underline": Underline,
    "Up": Up,
}
MOVES: Final = frozenset({"Move", "Home", "Up", "Down", "Left", "Right", "Save", "Restore"})


def _number(what: str, value: object) -> int:
    if not isinstance(value, int) or not 1 <= value <= _MOST:
        message = f"{what} is a number from 1 to {_MOST}, not {value!r}"
        raise ValueError(message)
    return int(value)


def _foreground(name: str, bright: bool) -> str:
    word = str(name).strip().lower().replace("_", " ")
    if word.startswith("bright "):
        bright, word = True, word.removeprefix("bright ").strip()
    number = _color(word, _COLORS | _BRIGHT, "colour")
    if word == "default" or not (bright or word in _BRIGHT):
        return f"22;3{number}"
    # 9x for terminals that show bold without making it bright, bold for those that know no 9x.
    return f"1;3{number};9{number}"


def _color(name: str, known: Mapping[str, int], what: str) -> int:
    word = str(name).strip().lower()
    if word in known:
        return known[word]
    near = difflib.get_close_matches(word, known, n=1)
    cure = f'did you mean "{near[0]}"?' if near else f"one of {' '.join(known)}"
    message = f'unknown {what} "{name}" ({cure})'
    raise ValueError(message)
