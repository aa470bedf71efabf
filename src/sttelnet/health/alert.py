"""What people are told: the confirmed state of something that is watched has become another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from sttelnet.health.check import Check
from sttelnet.health.plugin import Figure
from sttelnet.health.track import Change


@dataclass(frozen=True, slots=True)
class Alert:
    """One change. Every text in it is cleaned."""

    name: str
    title: str
    text: str  # what the check says now
    change: Change
    tell: str  # the least role that is told, or "nobody"
    further: str = ""  # more lines of the check
    figures: tuple[Figure, ...] = ()
    runbook: str = ""  # the keyword of the script that says what to do
    known_by: str = ""  # who has acknowledged it
    note: str = ""  # why it is told of, where that is no change of state

    @property
    def headline(self) -> str:
        """How it is now, and how it was: "CRITICAL Disk space (was OK)"."""
        change = self.change
        return f"{change.after.word} {self.title} ({self.note or f'was {change.before.word}'})"


Tell: TypeAlias = Callable[[Alert], Awaitable[None]]


def alert_of(check: Check, change: Change, *, known_by: str, note: str = "") -> Alert:
    """Return what is told of a check."""
    result, config = check.result, check.definition.config
    return Alert(
        check.name,
        check.definition.title,
        result.text,
        change,
        config.tell,
        result.further,
        result.figures,
        config.runbook,
        known_by,
        note,
    )
