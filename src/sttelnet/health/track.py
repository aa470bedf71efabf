"""How a check has done: soft and hard states, and whether it flaps. Pure: results and times in, changes out.

A state is soft until `retries` results in a row have confirmed it; nobody is told of a soft one. As Nagios has it
(Core documentation, "State Types", "Detection and Handling of State Flapping").
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final

from sttelnet.health.states import State

REMEMBERED: Final = 21  # results that flapping is worked out from
FLAPS_FROM: Final = 0.5  # of the last results' changes, the newer ones counting more …
FLAPS_UNTIL: Final = 0.25  # … and until it is calmer than this


@dataclass(frozen=True, slots=True)
class Change:
    """A hard state has become another."""

    before: State
    after: State
    at: float


@dataclass(slots=True)
class Track:
    """One check's states. Times are seconds since 1970."""

    retries: int = 3  # results in a row that make a state hard …
    recovery: int = 1  # … and, of OK, one that was hard before
    hard: State | None = None  # None before the first result
    since: float = 0.0  # when the hard state began
    current: State | None = None  # of the last result
    count: int = 0  # results in a row that were `current`
    began: float = 0.0  # the first of them
    flapping: bool = False
    may_flap: bool = True  # not a check that is bad for one run by its nature
    _latest: deque[State] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    @property
    def soft(self) -> bool:
        """Whether the last results are not confirmed yet."""
        return self.current is not self.hard

    def take(self, state: State, at: float) -> Change | None:
        """Take a result; return the change where a hard state has become another one."""
        if state is self.current:
            self.count += 1
        else:
            self.current, self.count, self.began = state, 1, at
        self._latest.append(state)
        self._watch_flapping()
        if state is self.hard or not self._confirmed(state):
            return None
        return self._settle(state, at if state is State.OK else self.began)

    def copy(self) -> Track:
        """Return another one that knows the same."""
        return replace(self, _latest=self._latest.copy())

    def _confirmed(self, state: State) -> bool:
        """A check that is not well in another way needs no retries; one that is well again has a number of its own."""
        if state is State.OK:
            return self.hard is None or self.count >= self.recovery
        return self.hard not in {None, State.OK} or self.count >= self.retries

    def _settle(self, state: State, since: float) -> Change | None:
        before, self.hard, self.since = self.hard, state, since
        if before is None and state is State.OK:
            return None  # it was well from the first look
        return Change(before or State.OK, state, since)

    def _watch_flapping(self) -> None:
        """Weigh the changes among the last results, from 0.8 for the oldest to 1.2 for the newest."""
        states = list(self._latest)
        if len(states) < REMEMBERED or not self.may_flap:
            self.flapping = False
            return
        steps = len(states) - 1
        weighed = sum(0.8 + 0.4 * at / (steps - 1) for at in range(steps) if states[at] is not states[at + 1])
        share = weighed / steps
        self.flapping = share >= (FLAPS_UNTIL if self.flapping else FLAPS_FROM)
