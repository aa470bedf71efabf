"""Health states and readings. Pure: figures and limits in, states out; nothing is measured here."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass

from sttelnet.config import Thresholds


class State(enum.IntEnum):
    """How a thing is; the numbers are the exit codes of Nagios plugins."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3

    @property
    def word(self) -> str:
        """The state as every page, log line and exit message writes it."""
        return self.name


# The monitoring-plugins' max_state_alt: no news is worse than good news and better than bad news.
_BADNESS = {State.OK: 0, State.UNKNOWN: 1, State.WARNING: 2, State.CRITICAL: 3}
WORST_FIRST = tuple(sorted(State, key=lambda state: -_BADNESS[state]))


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that is watched: its state, its figure in words, and its limits."""

    name: str  # "cpu", "memory", "disk C:"
    state: State
    value: str  # "91% of 500 GB"
    limit: str  # "90/95%"
    since: float  # the clock's seconds at which the state began
    percent: float | None  # None where there is no figure


def judge(percent: float | None, limits: Thresholds) -> State:
    """Return the state of a percentage; no figure is UNKNOWN."""
    if percent is None or math.isnan(percent):
        return State.UNKNOWN
    if percent >= limits.critical:
        return State.CRITICAL
    return State.WARNING if percent >= limits.warning else State.OK


def limit_words(limits: Thresholds) -> str:
    """Return the limits as a page shows them: "80/95%"."""
    return f"{limits.warning:g}/{limits.critical:g}%"


def worst(states: Iterable[State]) -> State:
    """Return the worst of the states; of none, UNKNOWN."""
    return max(states, key=_BADNESS.__getitem__, default=State.UNKNOWN)


def worst_first(readings: Iterable[Reading]) -> list[Reading]:
    """Return the readings, the worst first, equal states in the order they came."""
    return sorted(readings, key=lambda reading: -_BADNESS[reading.state])
