"""What people are told: the confirmed state of something that is watched has become another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from sttelnet.health.track import Change


@dataclass(frozen=True, slots=True)
class Alert:
    """One change."""

    name: str
    title: str
    text: str  # what the check says now
    change: Change
    tell: str  # the least role that is told, or "nobody"
    quiet: bool  # nobody is to be told: it is muted, known, flapping, or something it requires is down


Tell: TypeAlias = Callable[[Alert], Awaitable[None]]
