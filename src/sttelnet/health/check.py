"""One check: what is run and how often, and how it does."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final

from sttelnet.health.definition import Definition, limits_of
from sttelnet.health.plugin import Figure, Result
from sttelnet.health.reading import Reading, limit_words
from sttelnet.health.states import State, worst
from sttelnet.health.track import Change, Track
from sttelnet.store import StoredCheck

PENDING: Final = Result(State.UNKNOWN, "not run yet")
HISTORY: Final = 3600  # results kept for the strip of a page: an hour of the shortest interval


@dataclass(slots=True)
class Check:
    """One check as it does. Times are seconds since 1970."""

    definition: Definition
    track: Track
    result: Result = PENDING
    ran_at: float = 0.0  # 0: it has not run since the start
    took: float = 0.0
    late: float = 0.0  # seconds by which the last run began behind its time
    ack_by: str = ""
    ack_text: str = ""
    ack_until: float = 0.0  # 0: until it is OK
    muted_until: float = 0.0
    # The same ends by a clock that nobody sets, where they are known: the one that comes first counts.
    ack_ends: float = math.inf
    muted_ends: float = math.inf
    told: State = State.OK  # the one that people know
    saving: asyncio.Lock = field(default_factory=asyncio.Lock)  # held while what is stored of it becomes another
    _last: deque[tuple[float, State]] = field(default_factory=lambda: deque(maxlen=HISTORY))

    @property
    def name(self) -> str:
        """Its name."""
        return self.definition.name

    @property
    def state(self) -> State:
        """The state of the last result; before the first, the one it had when the daemon stopped."""
        track = self.track
        known = track.current if track.current is not None else track.hard
        return known if known is not None else State.UNKNOWN

    @property
    def since(self) -> float:
        """When that state began."""
        return self.track.since if self.state is self.track.hard else self.track.began

    @property
    def text(self) -> str:
        """What it says."""
        if self.ran_at or self.track.hard is None:
            return self.result.text
        return "as it was before the start"

    @property
    def figure(self) -> Figure | None:
        """Its main figure: the one config.toml names, else the first."""
        return main_figure(self.result, self.definition.config.figure)

    def reading(self, now: float) -> Reading:
        """Return it as lists show it."""
        figure = self.figure
        text = self.text
        note = self.ack_by or ("muted" if self.muted_until > now else "flaps" if self.track.flapping else "")
        return Reading(
            self.name,
            self.definition.title,
            self.state,
            f"({note}) {text}" if note else text,
            limit_words(figure) if figure is not None else "",
            self.since,
            figure,
        )

    def strip(self, cells: int, now: float, seconds: float = 3600.0) -> list[State | None]:
        """Return the worst state in each of so many equal parts of the time until now; None before the first result."""
        found: list[State | None] = []
        last: State | None = None
        results = iter(self._last)
        result = next(results, None)
        for cell in range(cells):
            end = now - seconds + (cell + 1) * seconds / cells
            within: list[State] = []
            while result is not None and result[0] <= end:
                within.append(result[1])
                last, result = result[1], next(results, None)
            found.append(worst(within) if within else last)
        return found

    def redefine(self, definition: Definition) -> None:
        """Take up another definition; what is known stays."""
        self.definition = definition
        _fit(self.track, definition)

    def take(self, result: Result, at: float, took: float) -> Change | None:
        """Take a result; a check that is well again is known by nobody any more."""
        self.result, self.ran_at, self.took = result, at, took
        while self._last and self._last[-1][0] > at:
            self._last.pop()  # the clock has been put back
        self._last.append((at, result.state))
        change = self.track.take(result.state, at)
        if result.state is State.OK and self.track.hard is State.OK:  # also where it never was confirmed not to be
            self.forget()
        return change

    def ahead(self, result: Result, at: float) -> tuple[Check, Change | None]:
        """Return it as a result would make it, and the change that would confirm; it stays as it is."""
        check = replace(self, track=self.track.copy(), _last=deque())
        return check, check.take(result, at, 0.0)

    def forget(self) -> None:
        """Have nobody know about it."""
        self.ack_by = self.ack_text = ""
        self.ack_until, self.ack_ends = 0.0, math.inf

    def recall(self, kept: StoredCheck) -> None:
        """Take up what somebody has said of it before."""
        self.ack_by, self.ack_text, self.ack_until = kept.ack_by, kept.ack_text, kept.ack_until
        self.muted_until = kept.muted_until
        self.ack_ends = self.muted_ends = math.inf

    def pause(self) -> float:
        """Return the seconds until the next run."""
        config = self.definition.config
        return min(config.retry_interval, config.interval) if self.track.soft else config.interval

    def stored(self) -> StoredCheck:
        """Return what is kept of it over a restart."""
        state = self.track.hard if self.track.hard is not None else self.state
        since, known = self.track.since, (self.ack_by, self.ack_text)
        return StoredCheck(self.name, int(state), since, *known, self.muted_until, self.ack_until, int(self.told))


def _fit(track: Track, definition: Definition) -> None:
    config = definition.config
    track.retries, track.recovery = 1 if definition.once else config.retries, config.recovery
    track.may_flap = not definition.once


def restored(definition: Definition, kept: StoredCheck | None) -> Check:
    """Return a check as it was when the daemon stopped, or a new one."""
    check = Check(definition, Track())
    _fit(check.track, definition)
    if kept is not None:
        check.track.hard, check.track.since = State(kept.state), kept.since
        check.recall(kept)
        check.told = check.track.hard if kept.told is None else State(kept.told)
        if check.track.hard is State.OK:
            check.forget()
    return check


def main_figure(result: Result, label: str) -> Figure | None:
    """Return the figure of a label, of "" the first."""
    return result.figure(label) if label else next(iter(result.figures), None)


def limited(result: Result, definition: Definition) -> Result:
    """Return a program's result with the limits that config.toml has for its main figure: the worse state counts."""
    warning, critical = limits_of(definition.config)
    figure = main_figure(result, definition.config.figure)
    if figure is None or (warning is None and critical is None):
        return result
    bounded = replace(figure, warning=warning or figure.warning, critical=critical or figure.critical)
    figures = tuple(bounded if one is figure else one for one in result.figures)
    state = State.OK
    if critical is not None and critical.alerts(figure.value):
        state = State.CRITICAL
    elif warning is not None and warning.alerts(figure.value):
        state = State.WARNING
    return replace(result, state=worst((result.state, state)), figures=figures)
