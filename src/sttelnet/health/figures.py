"""What is known of the host, as inert values. Pure: `host` measures, `engine` keeps, pages show."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sttelnet.words import size_words

NO_FIGURE: Final = "no figure"
NO_ANSWER: Final = "no answer"


@dataclass(frozen=True, slots=True)
class Usage:
    """How full something is, in bytes and percent."""

    percent: float
    used: int
    total: int

    def __str__(self) -> str:
        return f"{percent_words(self.percent)} of {size_words(self.total)}"


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted disk; usage is None where the disk gives no answer."""

    mount: str  # "/", "/data", "C:"
    usage: Usage | None

    @property
    def name(self) -> str:
        """What the disk is called among the readings."""
        return f"disk {self.mount}"


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes a second over the host's real interfaces."""

    received: float
    sent: float


@dataclass(frozen=True, slots=True)
class Host:
    """The host's figures of one moment; whatever this host does not tell is None."""

    name: str = ""
    os: str = ""
    cpu: float | None = None  # percent of all cores together
    cores: int | None = None
    memory: Usage | None = None
    swap: Usage | None = None  # total 0 where the host has none
    disks: tuple[Disk, ...] = ()
    load: tuple[float, float, float] | None = None
    boot: float | None = None  # seconds since the epoch
    processes: int | None = None
    network: Traffic | None = None
    users: int | None = None  # log-ins on the host itself

    def fullest(self) -> Disk | None:
        """Return the disk with the highest percentage, None where no disk gives one."""
        known = [disk for disk in self.disks if disk.usage]
        return max(known, key=lambda disk: disk.usage.percent if disk.usage else 0.0, default=None)


@dataclass(frozen=True, slots=True)
class Counters:
    """What the host counts up since boot; two of these give rates."""

    at: float
    busy: float | None = None  # processor seconds
    total: float | None = None
    network: tuple[int, int] | None = None  # bytes received and sent


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the host."""

    pid: int
    name: str
    user: str  # "" where the host does not say
    cpu: float  # percent of one core, as top counts
    memory: float  # percent of the host's memory
    resident: int  # bytes


@dataclass(frozen=True, slots=True)
class ProcessTable:
    """The busiest and the biggest processes."""

    by_cpu: tuple[Process, ...]
    by_memory: tuple[Process, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the host's service manager."""

    name: str
    state: str  # the manager's own word: "running", "exited", "stopped", "failed"
    failed: bool
    description: str


def cpu_percent(before: Counters, now: Counters) -> float | None:
    """Return how busy all cores together were between two counts."""
    if before.busy is None or before.total is None or now.busy is None or now.total is None:
        return None
    elapsed = now.total - before.total
    return clamp(100 * (now.busy - before.busy) / elapsed) if elapsed > 0 else None


def traffic(before: Counters, now: Counters) -> Traffic | None:
    """Return the bytes a second between two counts; a counter that started anew counts as none."""
    seconds = now.at - before.at
    if before.network is None or now.network is None or seconds <= 0:
        return None
    received, sent = (max(0, n - b) / seconds for b, n in zip(before.network, now.network, strict=True))
    return Traffic(received, sent)


def clamp(percent: float) -> float:
    """Return the percentage within 0 to 100."""
    return min(100.0, max(0.0, percent))


def percent_words(percent: float | None) -> str:
    """Return "79%". Rounded down, so that a limit is shown as reached only when it is."""
    return NO_FIGURE if percent is None else f"{math.floor(percent)}%"


def cpu_words(host: Host) -> str:
    """Return "23% (8 cores)"."""
    if host.cpu is None or host.cores is None:
        return percent_words(host.cpu)
    return f"{percent_words(host.cpu)} ({host.cores} {'core' if host.cores == 1 else 'cores'})"


def top(processes: Iterable[Process], count: int, *, by_memory: bool) -> tuple[Process, ...]:
    """Return the first `count` processes by memory or by cpu."""
    if by_memory:
        return tuple(sorted(processes, key=lambda each: (-each.resident, each.pid))[:count])
    return tuple(sorted(processes, key=lambda each: (-each.cpu, -each.resident, each.pid))[:count])
