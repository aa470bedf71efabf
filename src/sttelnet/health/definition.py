"""What is to be checked: the files of scripts/checks, the tables of config.toml, and the host's own figures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sttelnet.charset import one_line
from sttelnet.config import CheckConfig, HealthConfig, Thresholds
from sttelnet.health.probes import PROBES, Asked
from sttelnet.health.ranges import Range, read_range
from sttelnet.health.runner import command_of

CONFIRM_SECONDS: Final = 60.0  # one of the host's own figures is so long in a state before anybody is told
# The built-in checks that look at the last sample of the host: they wait for nothing, and lead every list.
AT_HAND: Final = ("cpu", "memory", "swap", "disk", "load", "uptime", "daemon")

LONGEST_NAME: Final = 100  # characters
NOTHING_ASKED: Final = Asked()


@dataclass(frozen=True, slots=True)
class Definition:
    """What a check is: a program, or a built-in one."""

    name: str
    config: CheckConfig
    command: tuple[str, ...]  # () where there is none: it is built in, or `problem` says why
    directory: Path
    title: str  # what pages call it
    problem: str = ""
    use: str = ""  # the built-in's name
    asked: Asked = NOTHING_ASKED

    @property
    def once(self) -> bool:
        """Whether it finds a thing once and not again: a line of a log. There is nothing to confirm it by."""
        return self.use in PROBES and PROBES[self.use].retries == 1

    @property
    def at_hand(self) -> bool:
        """Whether a run waits for nothing."""
        return self.use in AT_HAND

    @property
    def rank(self) -> tuple[int, str]:
        """Where it stands among checks of the same state."""
        return (AT_HAND.index(self.use) if self.use in AT_HAND else len(AT_HAND), self.name)


def host_checks(config: HealthConfig) -> dict[str, CheckConfig]:
    """Return the checks there are without any table: the figures that `[health]` has limits for."""
    limits = {"cpu": config.cpu, "memory": config.memory, "disk": config.disk}
    return {name: _host_check(name, config.interval, limit) for name, limit in limits.items()}


def _host_check(name: str, interval: float, limits: Thresholds) -> CheckConfig:
    needed = min(100, max(1, math.ceil(CONFIRM_SECONDS / interval)))
    return CheckConfig(
        use=name,  # type: ignore[arg-type]  # the names of host_checks are three of them
        interval=interval,
        retry_interval=interval,
        retries=needed,
        recovery=needed,
        warning=f"{limits.warning:g}",
        critical=f"{limits.critical:g}",
    )


def definitions(
    configs: Mapping[str, CheckConfig],
    folder: Path | None,
    home: Path,
    *,
    host: Mapping[str, CheckConfig] | None = None,
    mounts: Sequence[str] = (),
) -> dict[str, Definition]:
    """Return what is to be checked, by name, in the order of lists. Blocks.

    Each file of the folder is a check, and each table of config.toml; those of `host` where neither has that name. One
    of disks that names no disk is a check for each of `mounts`.
    """
    files = {fit_name(path.stem): path for path in _files(folder)} if folder is not None else {}
    found: list[Definition] = []
    for name in files.keys() | configs.keys() | (host or {}).keys():
        config = configs.get(name) or (None if name in files else (host or {}).get(name)) or CheckConfig()
        if config.enabled:
            found += _spread(_definition(name, config, files.get(name), home), mounts)
    return {one.name: one for one in sorted(found, key=lambda one: one.rank)}


def _definition(name: str, config: CheckConfig, path: Path | None, home: Path) -> Definition:
    title = config.title or name
    if config.command:
        return Definition(name, config, config.command, home, title)
    command = command_of(path) if path is not None and not config.use else None
    if path is not None and command is not None:
        return Definition(name, config, command, path.parent, title)
    use = config.use or name
    if use not in PROBES:
        problem = f"there is no program {name} in scripts/checks, and neither `command` nor `use`"
        return Definition(name, config, (), home, title, problem)
    warning, critical = limits_of(config)
    asked = Asked(config.target, config.match, warning, critical, config.timeout)
    kind = PROBES[use]
    return Definition(name, config, (), home, title, kind.problem(asked), use, asked)


def _spread(definition: Definition, mounts: Sequence[str]) -> Iterator[Definition]:
    """Give one of all disks for each of them."""
    if definition.use != "disk" or definition.asked.target or definition.problem or not mounts:
        yield definition
        return
    for mount in mounts:
        asked, shown = replace(definition.asked, target=mount), fit_name(mount)
        yield replace(definition, name=f"{definition.name} {shown}", title=f"{definition.title} {shown}", asked=asked)


def fit_name(name: str) -> str:
    """Return what a file or a disk is called as a check may be: one line that every screen, log and database takes.

    Names of the file system are bytes; what was no UTF-8 is a surrogate in Python (PEP 383).
    """
    return one_line(name.encode("utf-8", "replace").decode("utf-8")).strip()[:LONGEST_NAME]


def _files(folder: Path) -> list[Path]:
    """Return the programs of the folder; one of two with the same stem."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "_")))
    except OSError:
        return []
    return [path for path in paths if command_of(path) is not None]


def limits_of(config: CheckConfig) -> tuple[Range | None, Range | None]:
    """Return the ranges a table has for a program's figure."""
    return read_range(config.warning), read_range(config.critical)
