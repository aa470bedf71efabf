"""Handlers that print the figures of the host: numbers, bars, the last hour.

All read what the shared sampler has measured last, so none of them waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from sttelnet.charset import bar, spark
from sttelnet.client import Client
from sttelnet.handlers.states import HIDDEN, in_color
from sttelnet.handlers.table import may_see_figures
from sttelnet.health import Disk, Host
from sttelnet.health.figures import percent_words
from sttelnet.words import size_words

# Scripts that name anything else are refused when they load.
Figure: TypeAlias = Literal[
    "cpu",
    "memory",
    "swap",
    "disk",
    "load",
    "uptime",
    "boot",
    "processes",
    "network",
    "users",
    "os",
    "name",
    "time",
]
Gauge: TypeAlias = Literal["cpu", "memory", "swap", "disk"]
Course: TypeAlias = Literal["cpu", "memory", "swap", "disk", "network"]

NAMELESS: Final = "this host"  # what stands for a name that is not for this client
_QUIET_NETWORK: Final = 100 * 1024  # bytes a second: below it a host is idle, and its strip stays low


def STHost(client: Client, what: Figure, mount: str = "") -> str:
    """Print a figure of the host.

    cpu, memory, swap, disk (the fullest one, or the one at `mount`), load, uptime, boot, processes, network,
    users, os, name, time. A figure the host does not give, or not to this client, is "-".
    """
    if what not in _FIGURES:
        message = f'unknown figure "{what}" (one of {" ".join(_FIGURES)})'
        raise ValueError(message)
    configured = client.services.config.server.name
    if what == "name" and configured:
        return configured
    if what != "time" and not may_see_figures(client):
        return NAMELESS if what == "name" else HIDDEN
    return _FIGURES[what](client.services.health.snapshot(), mount) or HIDDEN


def STBar(client: Client, what: Gauge, width: int = 30, mount: str = "") -> str:
    """Print how full something is as a bar: cpu, memory, swap, disk (the fullest, or the one at `mount`).

    The bar has the colour of its state.
    """
    if what not in _PERCENTS:
        message = f'unknown bar "{what}" (one of {" ".join(_PERCENTS)})'
        raise ValueError(message)
    if not may_see_figures(client):
        return ""
    name, percent = _level(client.services.health.snapshot(), what, mount)
    drawn = bar((percent or 0.0) / 100, width, client.terminal.charset)
    check = client.services.checks.find(name)
    return in_color(check.state, drawn) if check is not None else drawn


def STSpark(client: Client, what: Course, width: int = 60, mount: str = "") -> str:
    """Print the last hour in one row: cpu, memory, swap, disk (the fullest, or the one at `mount`), network."""
    if what not in {*_PERCENTS, "network"}:
        message = f'unknown history "{what}" (one of {" ".join(_PERCENTS)} network)'
        raise ValueError(message)
    if not may_see_figures(client):
        return ""
    if what == "network":
        values = client.services.health.history(what)
        return hour(client, what, width, max((_QUIET_NETWORK, *values)))
    name, _ = _level(client.services.health.snapshot(), what, mount)
    return hour(client, name if mount else what, width)


def _level(host: Host, what: Gauge, mount: str) -> tuple[str, float | None]:
    """Return the name among the readings, and the percentage, of what a bar or a history shows."""
    if what != "disk":
        return what, _PERCENTS[what](host)
    disk = _disk_at(host, mount)
    return (disk.name, disk.usage.percent if disk.usage else None) if disk else (what, None)


def hour(client: Client, name: str, width: int, top: float = 100) -> str:
    """Return a history in one row whose left end is an hour ago, however short the daemon has run."""
    health = client.services.health
    values = health.history(name)
    cells = -(-len(values) * width // health.samples_an_hour)
    return spark(values, min(width, cells), client.terminal.charset, top).rjust(width)


def _disk(host: Host, mount: str) -> str:
    disk = _disk_at(host, mount)
    if disk is None or disk.usage is None:
        return ""
    return str(disk.usage) if mount else f"{disk.usage} on {disk.mount}"


def _disk_at(host: Host, mount: str) -> Disk | None:
    """Return the disk at a mount, the fullest for "". Raises ValueError naming those there are."""
    if not mount:
        return host.fullest()
    found = [disk for disk in host.disks if _same_mount(disk.mount, mount)]
    if not found:
        message = f'no disk at "{mount}" (there are: {" ".join(disk.mount for disk in host.disks)})'
        raise ValueError(message)
    return found[0]


def _same_mount(one: str, other: str) -> bool:
    """Return whether two names are one mount: C:, C:\\ and c: are."""
    if ":" in one:
        return one.rstrip("\\/").casefold() == other.rstrip("\\/").casefold()
    return (one.rstrip("/") or "/") == (other.rstrip("/") or "/")


def _now() -> str:
    """Return "Mon 23 Nov 2026 02:20:31 UTC+01"; names of zones differ from system to system."""
    now = datetime.now(UTC).astimezone()
    minutes = int((now.utcoffset() or now - now).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    zone = f"{'-' if minutes < 0 else '+'}{hours:02d}" + (f":{rest:02d}" if rest else "") if minutes else ""
    return f"{now:%a %d %b %Y %H:%M:%S} UTC{zone}"


def _uptime(host: Host) -> str:
    if host.boot is None:
        return ""
    minutes = max(0, int(time.time() - host.boot)) // 60
    return f"{minutes // 1440}d {minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _boot(host: Host) -> str:
    if host.boot is None:
        return ""
    return datetime.fromtimestamp(host.boot, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def _swap(host: Host) -> str:
    return "none" if host.swap and not host.swap.total else str(host.swap or "")


def _network(host: Host) -> str:
    traffic = host.network
    return f"in {size_words(traffic.received)}/s out {size_words(traffic.sent)}/s" if traffic else ""


def _count(number: int | None) -> str:
    return "" if number is None else str(number)


_FIGURES: Final[dict[Figure, Callable[[Host, str], str]]] = {
    "cpu": lambda host, _: "" if host.cpu is None else percent_words(host.cpu),
    "memory": lambda host, _: str(host.memory or ""),
    "swap": lambda host, _: _swap(host),
    "disk": _disk,
    "load": lambda host, _: " ".join(f"{load:.2f}" for load in host.load) if host.load else "",
    "uptime": lambda host, _: _uptime(host),
    "boot": lambda host, _: _boot(host),
    "processes": lambda host, _: _count(host.processes),
    "network": lambda host, _: _network(host),
    "users": lambda host, _: _count(host.users),
    "os": lambda host, _: host.os,
    "name": lambda host, _: host.name,
    "time": lambda *_: _now(),
}
_PERCENTS: Final[dict[Gauge, Callable[[Host], float | None]]] = {
    "cpu": lambda host: host.cpu,
    "memory": lambda host: host.memory.percent if host.memory else None,
    "swap": lambda host: host.swap.percent if host.swap else None,
    "disk": lambda host: None,  # one of several: see _level
}
