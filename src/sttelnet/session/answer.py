"""What a slash command answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sttelnet.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers: one line goes where a message would, more onto a screen of their own."""

    lines: tuple[str, ...]


Answer: TypeAlias = Reply | Outcome
