"""What a key can lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from sttelnet.keys import Name


@dataclass(frozen=True, slots=True)
class Line:
    """Enter: the line is complete."""

    text: str


@dataclass(frozen=True, slots=True)
class TooLong:
    """Enter on a line of which part was refused: what is left must not be taken for what was meant."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Ctrl-C. A line that had text has been cleared; on an empty one it means back."""

    had_text: bool


@dataclass(frozen=True, slots=True)
class End:
    """Ctrl-D on an empty line."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A key the editor has no use for (PgUp, Tab, F1, ^L, …): the caller's, if it has one."""

    name: Name


Event: TypeAlias = Line | TooLong | Interrupt | End | Unused


class Answer(NamedTuple):
    """What a key led to: text to send to the client, and what happened, if anything."""

    output: str = ""
    event: Event | None = None
