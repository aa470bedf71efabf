"""The host's figures: the only importer of psutil, and the only place that asks the operating system.

Everything here blocks, so it runs in a lane's thread. A figure this host does not give is None, never an
exception: a container, a service account or an odd kernel must not take the daemon's pages away.
"""

from __future__ import annotations

import os
import platform
import re
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, ParamSpec, TypeVar

import psutil

from sttelnet.health.figures import (
    Counters,
    Disk,
    Host,
    Process,
    ProcessTable,
    Service,
    Usage,
    cpu_percent,
    top,
    traffic,
)

P = ParamSpec("P")
T = TypeVar("T")

PRIME_SECONDS: Final = 0.1  # the first processor figure needs two counts; the second comes this much later
PROCESS_PRIME_SECONDS: Final = 0.25
STALE_SECONDS: Final = 30.0  # older counts of processes would give an average of long ago
MOST_PROCESSES: Final = 100  # rows of one list
MOST_DISKS: Final = 32

# What psutil raises on purpose, and what reading an odd /proc ends in: a missing btime line is a
# RuntimeError, missing swap counters a RuntimeWarning, a missing line of meminfo a KeyError, a function that
# was not built an AttributeError.
_MISSING = (
    psutil.Error,
    NotImplementedError,
    OSError,
    RuntimeError,
    RuntimeWarning,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
)
# Images that are mounted read-only and always full: snaps, optical discs, boot images.
_FULL_BY_NATURE = frozenset({"squashfs", "erofs", "cramfs", "iso9660", "udf", "cdfs"})
# Their bytes also pass a real interface (or never leave the host), so counting them would count twice.
_VIRTUAL = ("veth", "docker", "br-", "virbr", "vmnet", "tun", "tap", "wg", "ifb")
_LOOPBACK = ("loopback", "lo0")


def ask(question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """Return the answer, None where this host has none."""
    try:
        return question(*args, **kwargs)
    except _MISSING:
        return None


class HostReader:
    """Reads the host's figures; keeps the last counts, because rates need two."""

    def __init__(self) -> None:
        self._before: Counters | None = None
        self._facts: Host | None = None

    def figures(self) -> Host:
        """Return all figures but the disks'."""
        if self._facts is None:
            self._facts = _facts()
        if self._before is None:
            self._before = _counters()
            time.sleep(PRIME_SECONDS)
        before, self._before = self._before, _counters()
        return Host(
            name=self._facts.name,
            os=self._facts.os,
            cores=self._facts.cores,
            boot=self._facts.boot,
            cpu=cpu_percent(before, self._before),
            memory=ask(_memory),
            swap=ask(_swap),
            load=ask(psutil.getloadavg),
            processes=ask(lambda: len(psutil.pids())),
            network=traffic(before, self._before),
            users=ask(lambda: len(psutil.users())),
        )


class ProcessReader:
    """Reads the process list; keeps each process's seconds, because a percentage needs two counts."""

    def __init__(self) -> None:
        self._before: dict[tuple[int, float], float] = {}
        self._at = float("-inf")

    def table(self) -> ProcessTable:
        """Return the busiest and the biggest processes."""
        if time.monotonic() - self._at > STALE_SECONDS:
            self._remember(_processes())
            time.sleep(PROCESS_PRIME_SECONDS)
        seconds = time.monotonic() - self._at
        total = (ask(_memory) or Usage(0.0, 0, 0)).total
        found = _processes()
        processes = [self._process(info, seconds, total) for info in found]
        self._remember(found)
        by_cpu = top(processes, MOST_PROCESSES, by_memory=False)
        by_memory = top(processes, MOST_PROCESSES, by_memory=True)
        # A user's name may be looked up in a directory service: only for those who are shown.
        users = {process.pid: _user(process.pid) for process in {*by_cpu, *by_memory}}
        return ProcessTable(_with_users(by_cpu, users), _with_users(by_memory, users))

    def _remember(self, found: list[dict[str, Any]]) -> None:
        self._at = time.monotonic()
        self._before = {_identity(info): _seconds(info) for info in found}

    def _process(self, info: dict[str, Any], seconds: float, total: int) -> Process:
        used = _seconds(info) - self._before.get(_identity(info), 0.0)  # not counted before: it is new
        resident = info["memory_info"].rss if info["memory_info"] else 0
        return Process(
            pid=info["pid"],
            name=info["name"] or "?",
            user="",
            cpu=max(0.0, 100 * used / seconds) if seconds > 0 else 0.0,
            memory=100 * resident / total if total else 0.0,
            resident=resident,
        )


def read_disks() -> tuple[Disk, ...]:
    """Return the host's real disks, each once. May hang for as long as a disk does not answer."""
    found: dict[str, str] = {}
    for partition in ask(psutil.disk_partitions) or []:
        if partition.fstype and partition.fstype not in _FULL_BY_NATURE and "cdrom" not in partition.opts:
            _keep_shortest(found, partition.device, partition.mountpoint)
    mounts = sorted(found.values())
    if sys.platform != "win32" and "/" not in mounts:
        mounts.insert(0, "/")  # a container's root is an overlay, which psutil does not count as a disk
    return tuple(Disk(_label(mount), ask(_usage, mount)) for mount in mounts[:MOST_DISKS])


def read_windows_services() -> tuple[Service, ...]:
    """Return the services of Windows; elsewhere none."""
    if sys.platform == "win32":
        services = ask(lambda: list(psutil.win_service_iter())) or []
        return tuple(
            Service(
                service.name(),
                (ask(service.status) or "?").replace("_", " "),
                False,
                service.display_name() or "",
            )
            for service in services
        )
    return ()


def _facts() -> Host:
    return Host(
        name=ask(socket.gethostname) or "",
        os=ask(_os_name) or sys.platform,
        cores=ask(psutil.cpu_count),
        boot=ask(psutil.boot_time),
    )


def _os_name() -> str:
    if sys.platform == "win32":
        release = platform.release()  # "11", "2022Server"
        server = re.fullmatch(r"(.+)Server", release)
        return f"Windows Server {server[1]}" if server else f"Windows {release}"
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return platform.freedesktop_os_release().get("PRETTY_NAME") or platform.system()


def _counters() -> Counters:
    times = ask(psutil.cpu_times)
    busy = total = None
    if times is not None:
        fields = times._asdict()
        # Linux counts a guest's time in user's as well (proc(5)), so it is left out of the sum.
        total = sum(seconds for name, seconds in fields.items() if not name.startswith("guest"))
        busy = total - fields["idle"] - fields.get("iowait", 0.0)
    return Counters(time.monotonic(), busy, total, ask(_network))


def _network() -> tuple[int, int]:
    counts = psutil.net_io_counters(pernic=True)
    outside = {name: count for name, count in counts.items() if not _is_loopback(name)}
    real = [count for name, count in outside.items() if not name.startswith(_VIRTUAL)]
    chosen = real or list(outside.values())
    return sum(count.bytes_recv for count in chosen), sum(count.bytes_sent for count in chosen)


def _is_loopback(name: str) -> bool:
    return name == "lo" or name.lower().startswith(_LOOPBACK)


def _memory() -> Usage:
    memory = psutil.virtual_memory()
    return Usage(memory.percent, memory.total - memory.available, memory.total)


def _swap() -> Usage:
    swap = psutil.swap_memory()
    return Usage(swap.percent, swap.used, swap.total)


def _usage(mount: str) -> Usage:
    usage = psutil.disk_usage(mount)
    return Usage(usage.percent, usage.used, usage.total)


def _keep_shortest(found: dict[str, str], device: str, mount: str) -> None:
    """Keep one mount of a device: bind mounts and subvolumes show the same figures again."""
    known = found.get(device)
    is_shorter = known is None or len(mount) < len(known)
    if is_shorter and (sys.platform == "win32" or os.path.isdir(mount)):  # a container binds single files
        found[device] = mount


def _label(mount: str) -> str:
    return mount.rstrip("\\") or mount  # "C:\" is written C:


def _processes() -> list[dict[str, Any]]:
    fields = ["pid", "name", "cpu_times", "memory_info", "create_time"]
    found = ask(lambda: [process.info for process in psutil.process_iter(fields)]) or []
    return [info for info in found if info["pid"] != 0]  # Windows' idle process would lead every list


def _identity(info: dict[str, Any]) -> tuple[int, float]:
    return info["pid"], info["create_time"] or 0.0  # numbers are used again


def _seconds(info: dict[str, Any]) -> float:
    times = info["cpu_times"]
    return float(times.user + times.system) if times else 0.0


def _user(pid: int) -> str:
    return ask(lambda: psutil.Process(pid).username()) or ""


def _with_users(processes: tuple[Process, ...], users: dict[int, str]) -> tuple[Process, ...]:
    return tuple(replace(process, user=users[process.pid]) for process in processes)
