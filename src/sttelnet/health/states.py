"""Health states: how a thing is. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable


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
BADNESS = {State.OK: 0, State.UNKNOWN: 1, State.WARNING: 2, State.CRITICAL: 3}
WORST_FIRST = tuple(sorted(State, key=lambda state: -BADNESS[state]))


def worst(states: Iterable[State]) -> State:
    """Return the worst of the states; of none, UNKNOWN."""
    return max(states, key=BADNESS.__getitem__, default=State.UNKNOWN)
