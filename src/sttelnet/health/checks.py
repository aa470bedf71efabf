"""The engine of the checks: one task for each, so many at once, and whoever wants to know of a change."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sttelnet.config import CheckConfig
from sttelnet.health.alert import Tell
from sttelnet.health.check import Check, restored
from sttelnet.health.definition import Definition, definitions
from sttelnet.health.keeping import Keeping
from sttelnet.health.naming import named
from sttelnet.health.plugin import Result
from sttelnet.health.probes import Sources
from sttelnet.health.reading import worst_first
from sttelnet.health.states import State, worst
from sttelnet.health.telling import Telling
from sttelnet.health.turns import Turns
from sttelnet.logs import event_logger
from sttelnet.store import CheckTable, StoredChange, StoredCheck

LOOK_EVERY: Final = 2.0  # seconds between looks at the folder and the config
MOST_JITTER: Final = 10.0  # seconds over which the first runs are spread

log = event_logger(__name__)


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Where checks come from, and what config.toml says of them."""

    folder: Path | None  # of the files that are checks; None: there are none
    home: Path  # commands of config.toml run there
    checks: Mapping[str, CheckConfig] = field(default_factory=dict)  # its tables
    at_once: int = 8
    host: Mapping[str, CheckConfig] = field(default_factory=dict)  # the checks there are without a table


class Checks:
    """Runs the checks of a site."""

    def __init__(
        self,
        settings: Callable[[], CheckSettings],
        sources: Sources,
        table: CheckTable,
        tell: Tell,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[float], float] = lambda most: random.uniform(0, most),  # noqa: S311 - no secret
    ) -> None:
        self._settings, self._sources, self._table = settings, sources, table
        self._clock, self._jitter = clock, jitter
        self._turns = Turns(sources)
        self._keeping = Keeping(table, clock, monotonic)
        self._telling = Telling(self._keeping, tell, (clock, monotonic), self._known, self.run_now)
        self._kept: dict[str, StoredCheck] = {}
        self._prepared = False
        self.keep: Callable[[str, float, Result], None] | None = None  # who keeps what was measured, and when
        self._checks: dict[str, Check] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._due: dict[str, asyncio.Event] = {}

    def all(self) -> list[Check]:
        """Return the checks, by name."""
        return list(self._checks.values())

    def find(self, name: str) -> Check | None:
        """Return the check that a text names and nothing else, as `named` has it."""
        if (known := self._checks.get(name)) is not None:
            return known
        check, rest = self.named(name)
        return None if rest else check

    def named(self, line: str) -> tuple[Check | None, str]:
        """Return the check whose name a line begins with and what stands behind it, or None and a sentence."""
        titles = {check.definition.title: name for name, check in self._checks.items()}
        name, rest = named(line, titles | {name: name for name in self._checks})
        return (self._checks[name] if name is not None else None), rest

    def seen(self) -> list[Check]:
        """Return the checks a state is known of, in the order of lists of one state."""
        return [check for check in self._checks.values() if check.ran_at or check.track.hard is not None]

    def _known(self, name: str) -> Check | None:
        return self._checks.get(name)

    def listed(self) -> list[Check]:
        """Return the checks a state is known of, the worst first."""
        return worst_first(self.seen())

    def state(self) -> State:
        """Return the host's state: the worst of all."""
        return worst(check.state for check in self.seen())

    def lasting(self, since: float) -> float:
        """Return the seconds since then; 0 where the clock has been put back."""
        return max(0.0, self._clock() - since)

    def confirmed(self) -> list[tuple[State, float]]:
        """Return the confirmed states of the checks that are not muted, and since when they hold."""
        now = self._clock()
        tracks = [check.track for check in self._checks.values() if check.muted_until <= now]
        return [(track.hard, track.since) for track in tracks if track.hard is not None]

    async def prepare(self) -> None:
        """Take up what is known from before, and look at what is at hand, so that the first page shows it."""
        self._kept = await self._keeping.begin()
        wanted = await self._wanted()
        self._forget(wanted)
        for definition in wanted.values():
            check = self._add(definition)
            if definition.at_hand:
                await self._run_guarded(check, time.monotonic())
        self._prepared = True

    async def run(self) -> None:
        """Check, as long as the daemon runs."""
        self._tasks.clear()
        if not self._prepared:
            await self.prepare()
        async with asyncio.TaskGroup() as tasks:
            while True:
                wanted = await self._wanted()
                self._forget(wanted)
                for name, definition in wanted.items():
                    known = self._checks.get(name)
                    if known is None or known.definition != definition or name not in self._tasks:
                        self._start(tasks, self._add(definition))
                await self._turns.look(self._settings().at_once)
                await self._telling.look(self.all())
                await asyncio.sleep(LOOK_EVERY)

    async def _wanted(self) -> dict[str, Definition]:
        settings, mounts = self._settings(), [disk.mount for disk in self._sources.host().disks]
        return await asyncio.to_thread(
            definitions, settings.checks, settings.folder, settings.home, host=settings.host, mounts=mounts
        )

    def run_now(self, check: Check) -> None:
        """Run a check as soon as there is room."""
        if (due := self._due.get(check.name)) is not None:
            due.set()

    async def acknowledge(self, check: Check, who: str, text: str, until: float = 0.0) -> None:
        """Note that somebody knows about a check that is not well, until then or (0) until it is. Raises StoreError."""
        await self._keeping.acknowledge(check, who, text, until)

    async def take_back(self, check: Check) -> None:
        """Have nobody know about a check. Raises StoreError."""
        await self._keeping.take_back(check)

    async def mute(self, check: Check, until: float) -> None:
        """Tell nobody of a check until then; 0 tells again. Raises StoreError."""
        await self._keeping.mute(check, until)

    def recent(self, count: int) -> list[StoredChange]:
        """Return the newest changes, newest first: the last few, without waiting for the database."""
        return self._keeping.recent(count)

    async def changes(self, count: int, name: str = "") -> list[StoredChange]:
        """Return the newest changes, of one check where it is named, newest first. Raises StoreError."""
        return await self._table.changes(count, name)

    # -- one check

    def _add(self, definition: Definition) -> Check:
        """Have a check, or have it as it is now defined."""
        name = definition.name
        check = self._checks.get(name)
        if check is None:
            check = self._checks[name] = restored(definition, self._kept.get(name))
            self._checks = dict(sorted(self._checks.items(), key=lambda item: item[1].definition.rank))
            self._begin(check)
        elif check.definition != definition:
            check.redefine(definition)
            self._begin(check)
        return check

    def _begin(self, check: Check) -> None:
        """Have a check run as it is now defined; say in the log what is wrong with that."""
        definition = check.definition
        if definition.problem:
            log.error("[checks.%s] %s", check.name, definition.problem)
        self._turns.begin(check)

    def _start(self, tasks: asyncio.TaskGroup, check: Check) -> None:
        self._stop(check.name)
        self._due[check.name] = asyncio.Event()
        self._tasks[check.name] = tasks.create_task(self._repeat(check), name=f"check {check.name}")

    def _stop(self, name: str) -> None:
        if (task := self._tasks.pop(name, None)) is not None:
            task.cancel()

    def _forget(self, wanted: Mapping[str, Definition]) -> None:
        """Drop the checks that are not wanted any more."""
        for name in self._checks.keys() - wanted.keys():
            self._stop(name)
            self._turns.end(name)
            self._kept[name] = self._checks.pop(name).stored()  # it may come back: a disk that is mounted again

    async def _repeat(self, check: Check) -> None:
        due, interval = self._due[check.name], check.definition.config.interval
        # What has just been looked at, at the start, is not looked at again at once.
        pause = interval if check.ran_at else self._jitter(min(MOST_JITTER, interval))
        began = time.monotonic()
        while True:
            planned = began + pause
            asked_for = await self._wait(due, planned - time.monotonic())
            due.clear()
            began = time.monotonic()
            await self._run_guarded(check, began if asked_for else planned)
            pause = check.pause()

    async def _run_guarded(self, check: Check, planned: float) -> None:
        try:
            await self._run_once(check, planned)
        except Exception:  # the root of this task: one check that fails inside ends no other
            log.exception("a check failed", check=check.name)
            check.take(Result(State.UNKNOWN, "it failed in the daemon; the log says why"), self._clock(), 0.0)

    @staticmethod
    async def _wait(due: asyncio.Event, seconds: float) -> bool:
        """Wait so long, or until somebody wants it run; return whether somebody does."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await due.wait()
        except TimeoutError:
            return False
        return True

    async def _run_once(self, check: Check, planned: float) -> None:
        result, took = await self._turns.run(check, planned)
        await self._take(check, result, took)

    async def _take(self, check: Check, result: Result, took: float) -> None:
        if self.keep is not None:
            self.keep(check.name, self._clock(), result)
        await self._telling.take(check, result, took)
