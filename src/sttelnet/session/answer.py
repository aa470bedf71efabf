"""What a slash command answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from sttelnet.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers: one line goes where a message would, more onto a screen of their own."""

    lines: tuple[str, ...]
    shown: Callable[[], None] | None = None  # called when the last of them is on the screen


@dataclass(frozen=True, slots=True)
class Program:
    """A command of the machine dialect: its answer goes out as it is, framed."""

    word: str
    rest: str = field(default="", repr=False)  # may be a token


Answer: TypeAlias = Reply | Outcome | Program
