"""What becomes of a check's results: changes are stored, and told as soon as nothing speaks against it.

A change that comes while its check is muted, known, flapping, in its quiet hours or behind something that is down is
owed: people are told when that is over, if the state they know is not the one it has by then.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable
from typing import Final

from sttelnet.health.alert import Tell, alert_of
from sttelnet.health.check import Check
from sttelnet.health.keeping import Keeping
from sttelnet.health.plugin import Result
from sttelnet.health.quiet import in_hours
from sttelnet.health.states import State
from sttelnet.health.track import Change
from sttelnet.logs import event_logger

FLAPS: Final = "it changes all the time; no more of it until it rests"

log = event_logger(__name__)


class Telling:
    """Stores and tells. `find` gives a check by its name, `run_now` has one run."""

    def __init__(
        self,
        keeping: Keeping,
        tell: Tell,
        clocks: tuple[Callable[[], float], Callable[[], float]],  # time.time and time.monotonic, or a test's
        find: Callable[[str], Check | None],
        run_now: Callable[[Check], None],
    ) -> None:
        self._keeping, self._tell, self._find, self._run_now = keeping, tell, find, run_now
        self._clock, self._monotonic = clocks
        # Results are numbered, for the host's clock may jump: by name the last one, and the first of its state.
        self._numbers = itertools.count(1)
        self._last: dict[str, int] = {}
        self._first: dict[str, int] = {}

    async def take(self, check: Check, result: Result, took: float) -> None:
        """Take a result."""
        known_by, before, flapped = check.ack_by, (check.state, check.since), check.track.flapping
        change = await self._keeping.take(check, result, took)
        self._last[check.name] = number = next(self._numbers)
        if (check.state, check.since) != before:
            self._first[check.name] = number
        if change is not None:
            log.warning("check changed", check=check.name, before=change.before.word, after=change.after.word)
        if check.track.soft and check.track.count == 1:
            self._look_at_required(check)
        if check.track.flapping and not flapped:
            await self._tell_of_flapping(check)
        await self._settle(check, known_by)

    async def look(self, checks: Iterable[Check]) -> None:
        """Tell of what is owed by now."""
        await self._keeping.write()
        for check in checks:
            await self._end_mute(check)
            if check.ran_at:  # before its first run nobody knows how it is
                await self._end_acknowledgement(check)
                await self._settle(check)

    def _look_at_required(self, check: Check) -> None:
        """Have what a check needs run at once: if that is down, it is what people shall be told of."""
        for name in check.definition.config.requires:
            if (required := self._find(name)) is not None and required.state is State.OK:
                self._run_now(required)

    async def _settle(self, check: Check, known_by: str = "") -> None:
        """Tell of a confirmed state that is not the one people know, unless there is a reason to be quiet."""
        hard, before = check.track.hard, check.told
        if hard is None or hard is before or check.track.soft or check.track.flapping or self._is_quiet(check):
            return
        check.told = hard
        await self._tell(alert_of(check, Change(before, hard, check.since), known_by=known_by))
        await self._keeping.save(check)  # behind it: after a kill in between it is told once more, and not never

    async def _tell_of_flapping(self, check: Check) -> None:
        hard = check.track.hard
        if hard is not None and not self._is_quiet(check):
            check.told = hard
            await self._tell(alert_of(check, Change(hard, hard, check.since), known_by=check.ack_by, note=FLAPS))

    async def _end_mute(self, check: Check) -> None:
        """End a mute that has lasted as long as was said, whatever the host's clock says."""
        if check.muted_ends <= self._monotonic():
            check.muted_until, check.muted_ends = 0.0, math.inf
            await self._keeping.save(check)

    async def _end_acknowledgement(self, check: Check) -> None:
        """Tell of what somebody knew about for a time that is over, and is still not well."""
        if not 0 < check.ack_until <= self._clock() and check.ack_ends > self._monotonic():
            return
        known_by, hard = check.ack_by, check.track.hard
        check.forget()
        if hard is not None and State.OK not in {hard, check.state} and not self._is_quiet(check):
            check.told = hard
            change = Change(hard, hard, check.since)
            note = f"still, the acknowledgement of {known_by} has ended"
            await self._tell(alert_of(check, change, known_by=known_by, note=note))
        await self._keeping.save(check)

    def _is_quiet(self, check: Check) -> bool:
        """Whether nobody is to be told now; that one is well again is told even where somebody knows about it.

        That it flaps is told of itself, and then nothing more until it has come to rest.
        """
        config = check.definition.config
        return (
            check.muted_until > self._clock()
            or in_hours(config.quiet, self._minute())
            or (bool(check.ack_by) and check.track.hard is not State.OK)
            or any(self._is_down(name, check) for name in config.requires)
        )

    def _is_down(self, name: str, check: Check) -> bool:
        """Whether what a check needs is down, or well again only since the check has run: that result says nothing."""
        required = self._find(name)
        if required is None or self._needs(required, check.name):
            return False  # where each needs the other neither is the cause
        if required.state is not State.OK:
            return True
        return self._first.get(name, 0) > self._last.get(check.name, 0)

    def _needs(self, check: Check, name: str) -> bool:
        """Whether a check needs the one of that name, itself or by what it needs."""
        seen: set[str] = set()
        names = [check.name]
        while names:
            found = self._find(names.pop())
            if found is None or found.name in seen:
                continue
            seen.add(found.name)
            names += found.definition.config.requires
            if name in found.definition.config.requires or found.name == name:
                return True
        return False

    def _minute(self) -> int:
        """Return the minute of the day, by the host's own clock."""
        now = time.localtime(self._clock())
        return 60 * now.tm_hour + now.tm_min
