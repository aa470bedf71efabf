"""The engine of the checks: one task for each, so many at once, and whoever wants to know of a change."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from sttelnet.config import CheckConfig
from sttelnet.errors import StoreError
from sttelnet.health.alert import Alert, Tell
from sttelnet.health.check import Check, Definition, definitions, restored
from sttelnet.health.plugin import Result
from sttelnet.health.quiet import in_hours
from sttelnet.health.runner import run_program
from sttelnet.health.states import Reading, State
from sttelnet.health.track import Change
from sttelnet.logs import event_logger
from sttelnet.store import CheckTable, StoredChange

LOOK_EVERY: Final = 2.0  # seconds between looks at the folder and the config
MOST_JITTER: Final = 10.0  # seconds over which the first runs are spread

log = event_logger(__name__)


class Checks:
    """Runs the checks of a site. `settings` gives the tables of config.toml and how many may run at once."""

    def __init__(
        self,
        folder: Path,
        home: Path,
        settings: Callable[[], tuple[Mapping[str, CheckConfig], int]],
        table: CheckTable,
        tell: Tell,
        *,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[float], float] = lambda most: random.uniform(0, most),  # noqa: S311 - no secret
    ) -> None:
        self._folder, self._home, self._settings, self._table, self._tell = folder, home, settings, table, tell
        self._clock, self._jitter = clock, jitter
        self.keep: Callable[[str, float, Result], None] | None = None  # who keeps what was measured, and when
        self._checks: dict[str, Check] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._due: dict[str, asyncio.Event] = {}
        self._running = 0
        self._free = asyncio.Condition()

    def all(self) -> list[Check]:
        """Return the checks, by name."""
        return list(self._checks.values())

    def find(self, name: str) -> Check | None:
        """Return a check by its name or its title, without case."""
        folded = name.casefold()
        for check in self._checks.values():
            if folded in {check.name.casefold(), check.definition.title.casefold()}:
                return check
        return None

    def readings(self) -> list[Reading]:
        """Return the checks as pages list them, without those that have never run."""
        wall, now = self._clock(), time.monotonic()
        return [
            Reading(check.definition.title, check.state, _value(check), "", now - max(0.0, wall - check.since), None)
            for check in self._checks.values()
            if check.ran_at or check.track.hard is not None
        ]

    def confirmed(self) -> list[State]:
        """Return the confirmed states of the checks that somebody is to be told of."""
        return [
            check.track.hard
            for check in self._checks.values()
            if check.track.hard is not None and check.muted_until <= self._clock()
        ]

    async def run(self) -> None:
        """Check, as long as the daemon runs."""
        kept = await self._table.all()
        self._tasks.clear()
        async with asyncio.TaskGroup() as tasks:
            while True:
                configs, _ = self._settings()
                wanted = await asyncio.to_thread(definitions, dict(configs), self._folder, self._home)
                for name in self._checks.keys() - wanted.keys():
                    self._stop(name)
                for name, definition in wanted.items():
                    known = self._checks.get(name)
                    if known is not None and known.definition == definition and name in self._tasks:
                        continue
                    self._start(tasks, definition, known or restored(definition, kept.get(name)))
                await asyncio.sleep(LOOK_EVERY)

    def run_now(self, check: Check) -> None:
        """Run a check as soon as there is room."""
        if (due := self._due.get(check.name)) is not None:
            due.set()

    async def acknowledge(self, check: Check, who: str, text: str) -> None:
        """Note that somebody knows about a check that is not well. Raises StoreError."""
        check.ack_by, check.ack_text = who, text
        await self._table.save(check.stored())

    async def mute(self, check: Check, until: float) -> None:
        """Tell nobody of a check until then; 0 tells again. Raises StoreError."""
        check.muted_until = until
        await self._table.save(check.stored())

    async def changes(self, count: int, name: str = "") -> list[StoredChange]:
        """Return the newest changes, of one check where it is named, newest first. Raises StoreError."""
        return await self._table.changes(count, name)

    # -- one check

    def _start(self, tasks: asyncio.TaskGroup, definition: Definition, check: Check) -> None:
        self._stop(definition.name)
        check.definition, check.track.retries = definition, definition.config.retries
        self._checks[definition.name] = check
        self._checks = dict(sorted(self._checks.items()))
        self._due[definition.name] = asyncio.Event()
        self._tasks[definition.name] = tasks.create_task(self._repeat(check), name=f"check {definition.name}")

    def _stop(self, name: str) -> None:
        if (task := self._tasks.pop(name, None)) is not None:
            task.cancel()
        self._checks.pop(name, None)

    async def _repeat(self, check: Check) -> None:
        due = self._due[check.name]
        await self._wait(due, self._jitter(min(MOST_JITTER, check.definition.config.interval)))
        while True:
            due.clear()
            await self._run_once(check)
            await self._wait(due, check.pause())

    @staticmethod
    async def _wait(due: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await due.wait()
        except TimeoutError:
            return

    async def _run_once(self, check: Check) -> None:
        definition = check.definition
        if definition.problem:
            await self._take(check, Result(State.UNKNOWN, definition.problem), 0.0)
            return
        async with self._free:
            await self._free.wait_for(lambda: self._running < self._settings()[1])
            self._running += 1
        check.running = True
        try:
            ran = await run_program(definition.command, definition.config.timeout, directory=definition.directory)
        finally:
            check.running = False
            self._running -= 1
            async with self._free:
                self._free.notify_all()
        await self._take(check, ran.result, ran.seconds)

    async def _take(self, check: Check, result: Result, took: float) -> None:
        known_by, first = check.ack_by, check.track.hard is None
        change = check.take(result, self._clock(), took)
        if self.keep is not None:
            self.keep(check.name, check.ran_at, result)
        if change is None:
            if first and check.track.hard is not None:
                await self._save(check, None)
            return
        await self._save(check, change)
        log.warning("check changed", check=check.name, before=change.before.word, after=change.after.word)
        definition, quiet = check.definition, self._is_quiet(check, change, known_by)
        await self._tell(Alert(check.name, definition.title, result.text, change, definition.config.tell, quiet))

    async def _save(self, check: Check, change: Change | None) -> None:
        """Store a check; where the database cannot, checks and alerts go on."""
        row = None
        if change is not None:
            row = StoredChange(change.at, check.name, int(change.before), int(change.after), check.result.text)
        try:
            await self._table.save(check.stored(), row)
        except StoreError as error:
            log.warning("the state of a check is not stored: %s", error, check=check.name)

    def _minute(self) -> int:
        """Return the minute of the day, by the host's own clock."""
        now = time.localtime(self._clock())
        return 60 * now.tm_hour + now.tm_min

    def _is_quiet(self, check: Check, change: Change, known_by: str) -> bool:
        """Whether nobody is to be told. That a check is well again is told even of one that somebody knows about."""
        required = [self._checks.get(name) for name in check.definition.config.requires]
        return (
            check.muted_until > self._clock()
            or in_hours(check.definition.config.quiet, self._minute())
            or check.track.flapping
            or (bool(known_by) and change.after is not State.OK)
            or any(one is not None and one.state is not State.OK for one in required)
        )


def _value(check: Check) -> str:
    text = check.result.text if check.ran_at else "as it was before the start"
    return f"({check.ack_by}) {text}" if check.ack_by else text
