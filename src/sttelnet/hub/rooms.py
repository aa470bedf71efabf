"""Rooms to talk in: who is inside, what was said last, what it is about."""

from __future__ import annotations

import enum
import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sttelnet.ansi import Ansi, Color, Reset

if TYPE_CHECKING:
    from sttelnet.hub.bus import Inbox

LOBBY: Final = "lobby"  # where who names no room goes; it is always there
HISTORY: Final = 50  # lines that who comes in is shown
MOST_ROOMS: Final = 100
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}")


class Saying(enum.Enum):
    """What kind of line one is; the value is how it reads."""

    SAID = "<{name}> {text}"
    DID = "* {name} {text}"
    CAME = "* {name} has come in."
    LEFT = "* {name} has left."
    DROPPED = "* Taken out, for their lines are too slow: {name}"
    TOPIC = "* {name} has set the topic: {text}"

    @property
    def lasts(self) -> bool:
        """Whether who comes in later is shown it."""
        return self in {Saying.SAID, Saying.DID, Saying.TOPIC}


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a room."""

    kind: Saying
    name: str  # whose
    text: str = ""  # one line, cleaned
    user_id: int | None = None  # whose; None for a guest
    ignorable: bool = True  # operators are heard by everybody
    line: Ansi = field(init=False)  # what is sent, made once for all who are inside

    def __post_init__(self) -> None:
        words = self.kind.value.format(name=self.name, text=self.text)
        colour = "bright cyan" if self.kind is Saying.SAID else "gray"
        lead = len(self.name) + 2 if self.kind is Saying.SAID else len(words)
        object.__setattr__(self, "line", Color(colour) + words[:lead] + Reset() + words[lead:])


class RoomFull(enum.Enum):
    """Why somebody cannot come in; the value is the sentence."""

    BAD_NAME = "A room's name has 1 to 20 of a-z, 0-9, _ and -."
    TOO_MANY = "There are too many rooms: /rooms lists them."
    TOO_FAST = "You go in and out very fast: wait a moment."
    FOR_MEMBERS = "Guests open no rooms: /rooms lists those there are."


@dataclass(slots=True)
class Room:
    """One room."""

    name: str
    topic: str = ""
    inside: dict[int, Inbox] = field(default_factory=dict)  # by the session's number
    names: dict[int, str] = field(default_factory=dict)  # what they are called here
    history: deque[Said] = field(default_factory=lambda: deque(maxlen=HISTORY))

    def spread(self, said: Said, *, but: int = 0) -> list[int]:
        """Bring a line to everybody inside but one; return who takes no more: their lines are too slow.

        That somebody comes or goes is left out where it finds no room: nobody is taken out for it.
        """
        if said.kind.lasts:
            self.history.append(said)
        full = [number for number, inbox in self.inside.items() if number != but and not inbox.said(said)]
        return full if said.kind.lasts else []


def is_room_name(name: str) -> bool:
    """Whether a room may be called that."""
    return _NAME.fullmatch(name) is not None
