"""One check: what is run and how often, and how it does."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sttelnet.config import CheckConfig
from sttelnet.health.plugin import Result
from sttelnet.health.runner import command_of
from sttelnet.health.states import State, worst
from sttelnet.health.track import Change, Track
from sttelnet.store import StoredCheck

PENDING: Final = Result(State.UNKNOWN, "not run yet")
HISTORY: Final = 3600  # results kept for the strip of a page: an hour of the shortest interval


@dataclass(frozen=True, slots=True)
class Definition:
    """What a check is."""

    name: str
    config: CheckConfig
    command: tuple[str, ...]  # () where there is none: then `problem` says why
    directory: Path
    problem: str = ""

    @property
    def title(self) -> str:
        """What pages call it."""
        return self.config.title or self.name


@dataclass(slots=True)
class Check:
    """One check as it does. Times are seconds since 1970."""

    definition: Definition
    track: Track
    result: Result = PENDING
    ran_at: float = 0.0  # 0: it has not run since the start
    took: float = 0.0
    running: bool = False
    ack_by: str = ""
    ack_text: str = ""
    ack_until: float = 0.0  # 0: until it is OK
    muted_until: float = 0.0
    _last: deque[tuple[float, State]] = field(default_factory=lambda: deque(maxlen=HISTORY))

    @property
    def name(self) -> str:
        """Its name."""
        return self.definition.name

    @property
    def state(self) -> State:
        """The state of the last result; before the first, the one it had when the daemon stopped."""
        known = (state for state in (self.track.current, self.track.hard) if state is not None)
        return next(known, State.UNKNOWN)

    @property
    def since(self) -> float:
        """When that state began."""
        return self.track.since if self.state is self.track.hard else self.track.began

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

    def take(self, result: Result, at: float, took: float) -> Change | None:
        """Take a result; a check that is well again is known by nobody any more."""
        self.result, self.ran_at, self.took = result, at, took
        self._last.append((at, result.state))
        change = self.track.take(result.state, at)
        if result.state is State.OK and self.track.hard is State.OK:  # also where it never was confirmed not to be
            self.forget()
        return change

    def forget(self) -> None:
        """Have nobody know about it."""
        self.ack_by = self.ack_text = ""
        self.ack_until = 0.0

    def pause(self) -> float:
        """Return the seconds until the next run."""
        config = self.definition.config
        return min(config.retry_interval, config.interval) if self.track.soft else config.interval

    def stored(self) -> StoredCheck:
        """Return what is kept of it over a restart."""
        state = self.track.hard if self.track.hard is not None else self.state
        since, known = self.track.since, (self.ack_by, self.ack_text)
        return StoredCheck(self.name, int(state), since, *known, self.muted_until, self.ack_until)


def restored(definition: Definition, kept: StoredCheck | None) -> Check:
    """Return a check as it was when the daemon stopped, or a new one."""
    check = Check(definition, Track(retries=definition.config.retries))
    if kept is not None:
        check.track.hard, check.track.since = State(kept.state), kept.since
        check.muted_until = kept.muted_until
        if check.track.hard is not State.OK:
            check.ack_by, check.ack_text, check.ack_until = kept.ack_by, kept.ack_text, kept.ack_until
    return check


def definitions(configs: dict[str, CheckConfig], folder: Path, home: Path) -> dict[str, Definition]:
    """Return what is to be checked: each file of the folder, and each table of config.toml. Blocks."""
    files = {path.stem: path for path in _files(folder)}
    found: dict[str, Definition] = {}
    for name in sorted(files.keys() | configs.keys()):
        config = configs.get(name) or CheckConfig()
        if config.enabled:
            found[name] = _definition(name, config, files.get(name), home)
    return found


def _definition(name: str, config: CheckConfig, path: Path | None, home: Path) -> Definition:
    if config.command:
        return Definition(name, config, config.command, home)
    command = command_of(path) if path is not None else None
    if path is None or command is None:
        return Definition(name, config, (), home, f"there is no program {name} in scripts/checks, and no command")
    return Definition(name, config, command, path.parent)


def _files(folder: Path) -> list[Path]:
    """Return the programs of the folder; one of two with the same stem."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "_")))
    except OSError:
        return []
    return [path for path in paths if command_of(path) is not None]
