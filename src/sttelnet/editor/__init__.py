"""The line editor: keys in; what to send in answer, and what happened, out.

`Editor` decides what a key means, `Buffer` holds the text and the place in it, `Window` knows what of it stands on
the screen and how to get from there to what should.
"""

from __future__ import annotations

from sttelnet.editor.editing import BELL, Editor
from sttelnet.editor.events import Answer, End, Event, Interrupt, Line, TooLong, Unused
from sttelnet.editor.history import History

__all__ = [
    "BELL",
    "Answer",
    "Editor",
    "End",
    "Event",
    "History",
    "Interrupt",
    "Line",
    "TooLong",
    "Unused",
]
