"""What a client typed: decoded text to keys.

The terminals do not agree (PuTTY's Home is `ESC [ 1 ~`, SyncTERM's `ESC [ H`, its PgUp the `ESC [ V` that
nobody else sends), but no two give one sequence different meanings, so one table serves them all.
Answers a terminal gives to our questions (CPR, DA) and keys we do not know say nothing.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from sttelnet.charset import clean


class Name(enum.Enum):
    """Every key that is not text."""

    ENTER = enum.auto()
    TAB = enum.auto()
    BACK_TAB = enum.auto()
    BACKSPACE = enum.auto()
    DELETE = enum.auto()
    INSERT = enum.auto()
    LEFT = enum.auto()
    RIGHT = enum.auto()
    UP = enum.auto()
    DOWN = enum.auto()
    HOME = enum.auto()
    END = enum.auto()
    PAGE_UP = enum.auto()
    PAGE_DOWN = enum.auto()
    KILL_LINE = enum.auto()  # ^U
    KILL_END = enum.auto()  # ^K
    KILL_WORD = enum.auto()  # ^W
    INTERRUPT = enum.auto()  # ^C
    END_OF_INPUT = enum.auto()  # ^D
    REDRAW = enum.auto()  # ^L
    F1 = enum.auto()
    F2 = enum.auto()
    F3 = enum.auto()
    F4 = enum.auto()
    F5 = enum.auto()
    F6 = enum.auto()
    F7 = enum.auto()
    F8 = enum.auto()
    F9 = enum.auto()
    F10 = enum.auto()
    F11 = enum.auto()
    F12 = enum.auto()


@dataclass(frozen=True, slots=True)
class Text:
    """A run of characters."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """One key."""

    name: Name


Key: TypeAlias = Text | Press

_PRESSES: Final = {name: Press(name) for name in Name}

_CONTROLS: Final = {
    "\x01": Name.HOME,
    "\x02": Name.LEFT,
    "\x03": Name.INTERRUPT,
    "\x04": Name.END_OF_INPUT,
    "\x05": Name.END,
    "\x06": Name.RIGHT,
    "\x08": Name.BACKSPACE,
    "\t": Name.TAB,
    "\n": Name.ENTER,
    "\x0b": Name.KILL_END,
    "\x0c": Name.REDRAW,
    "\x0e": Name.DOWN,
    "\x10": Name.UP,
    "\x15": Name.KILL_LINE,
    "\x17": Name.KILL_WORD,
    "\x7f": Name.BACKSPACE,  # PuTTY's Backspace, and SyncTERM's Delete: there is no way to tell
}
# The last letter of CSI sequences, and of SS3 (`ESC O`) ones.
_ARROWS: Final = {
    "A": Name.UP,
    "B": Name.DOWN,
    "C": Name.RIGHT,
    "D": Name.LEFT,
    "H": Name.HOME,
    "F": Name.END,
}
_LETTERS: Final = _ARROWS | {
    "@": Name.INSERT,  # SyncTERM, Qodem
    "K": Name.END,
    "U": Name.PAGE_DOWN,
    "V": Name.PAGE_UP,
    "Z": Name.BACK_TAB,
}
_APPLICATION: Final = _ARROWS | {
    "M": Name.ENTER,  # the keypad's
    "P": Name.F1,
    "Q": Name.F2,
    "R": Name.F3,
    "S": Name.F4,
    "t": Name.F5,  # Qodem; the keypad's 4 elsewhere, but only where a server asked for that
}
_NUMBERS: Final = {
    "1": Name.HOME,
    "2": Name.INSERT,
    "3": Name.DELETE,
    "4": Name.END,
    "5": Name.PAGE_UP,
    "6": Name.PAGE_DOWN,
    "7": Name.HOME,  # rxvt
    "8": Name.END,
    "11": Name.F1,
    "12": Name.F2,
    "13": Name.F3,
    "14": Name.F4,
    "15": Name.F5,
    "17": Name.F6,
    "18": Name.F7,
    "19": Name.F8,
    "20": Name.F9,
    "21": Name.F10,
    "23": Name.F11,
    "24": Name.F12,
}
_CONSOLE: Final = {"A": Name.F1, "B": Name.F2, "C": Name.F3, "D": Name.F4, "E": Name.F5}  # linux: CSI [ A

# ECMA-48 5.4. The caps keep what is unfinished short; SyncTERM's answer to DA, the longest we know, has 25
# parameter bytes. A sequence that breaks a rule or a cap is dropped up to there, and the rest is read anew.
_TOKEN: Final = re.compile(
    r"""  (?P<text> [^\x00-\x1f\x7f-\x9f]+ )
        | (?P<enter> \r [\n\x00]? )
        | \x1b\[ (?: \[ (?P<console> [A-E] )
                   | (?P<parameters> [0-?]{0,64} ) [ -/]{0,4} (?P<final> [@-Z\\-~] )? )
        | \x1bO [0-9;]{0,8} (?P<application> [@-~] )
        | (?P<control> [\x00-\x1f\x7f-\x9f] ) """,
    re.VERBOSE,
)
# What may still become one of the sequences above with the characters to come.
_UNFINISHED: Final = re.compile(r"\x1b (?: \[ (?: \[ | [0-?]{0,64} [ -/]{0,4} ) | O [0-9;]{0,8} )? \Z", re.VERBOSE)


class Keys:
    """Reads the keys of one client; a key may be split between calls."""

    def __init__(self) -> None:
        self._pending = ""  # the beginning of a sequence
        self._after_return = False  # the last character was a CR, so that LF or NUL is part of it

    def receive(self, text: str) -> list[Key]:
        """Return the keys the text completes."""
        if self._after_return and text:
            self._after_return = False
            if text[0] in "\n\0":
                text = text[1:]
        if self._pending:
            text, self._pending = self._pending + text, ""
        if "\x1b" in text and (unfinished := _UNFINISHED.search(text)):
            text, self._pending = text[: unfinished.start()], unfinished[0]
        elif text.endswith("\r"):
            self._after_return = True
        return [key for match in _TOKEN.finditer(text) if (key := _key(match)) is not None]


def _key(match: re.Match[str]) -> Key | None:
    found = match[0]
    match match.lastgroup:
        case "text":
            text = clean(found)
            return Text(text) if text else None
        case "enter":
            return _PRESSES[Name.ENTER]
        case "control":
            return _press(_CONTROLS.get(found))
        case "console":
            return _press(_CONSOLE.get(found[-1]))
        case "application":
            return _press(_APPLICATION.get(found[-1]))
        case "final":
            return _press(_sequence(match["parameters"], found[-1]))
        case _:
            return None


def _sequence(parameters: str, final: str) -> Name | None:
    """Return the key of a CSI sequence; `;5` and the like say which of Shift, Alt, Ctrl was held."""
    first, _, _ = parameters.partition(";")
    if final == "~":
        return _NUMBERS.get(first)
    return _LETTERS.get(final) if first in ("", "1") else None


def _press(name: Name | None) -> Press | None:
    return None if name is None else _PRESSES[name]
