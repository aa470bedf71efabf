"""Screen functions, and text that may act on a terminal.

`Ansi` is to a terminal what MarkupSafe's Markup is to HTML: a plain `str` is cleaned on its way to the
client, an `Ansi` is sent as it is, and what joins the two cleans the plain one.
"""

from __future__ import annotations

from sttelnet.ansi.cursor import Position, cursor_after
from sttelnet.ansi.functions import (
    CLEAR_TO_LINE_END,
    CLEAR_TO_SCREEN_END,
    FUNCTIONS,
    MOVES,
    Bell,
    Blink,
    Bold,
    Clear,
    ClearLine,
    Color,
    Down,
    HideCursor,
    Home,
    Left,
    Move,
    Reset,
    Restore,
    Reverse,
    Right,
    Save,
    ShowCursor,
    Title,
    Underline,
    Up,
)
from sttelnet.ansi.text import Ansi, strip, to_plain, without_colours

__all__ = [
    "CLEAR_TO_LINE_END",
    "CLEAR_TO_SCREEN_END",
    "FUNCTIONS",
    "MOVES",
    "Ansi",
    "Bell",
    "Blink",
    "Bold",
    "Clear",
    "ClearLine",
    "Color",
    "Down",
    "HideCursor",
    "Home",
    "Left",
    "Move",
    "Position",
    "Reset",
    "Restore",
    "Reverse",
    "Right",
    "Save",
    "ShowCursor",
    "Title",
    "Underline",
    "Up",
    "cursor_after",
    "strip",
    "to_plain",
    "without_colours",
]
