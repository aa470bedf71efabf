"""The host's processes."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Final

import psutil

from sttelnet.health.figures import Process, ProcessTable, Usage, top
from sttelnet.health.host.asking import ask
from sttelnet.health.host.memory import read_memory

PROCESS_PRIME_SECONDS: Final = 0.25
STALE_SECONDS: Final = 30.0  # older counts of processes would give an average of long ago
MOST_PROCESSES: Final = 100  # rows of one list
LONGEST_COMMAND: Final = 4096  # characters of a command line


@dataclass(frozen=True, slots=True)
class Running:
    """A process by its command line; the text is as the host gives it, not cleaned."""

    pid: int
    name: str
    command: str  # "" where it was not asked for, or the host does not tell
    resident: int  # bytes


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
        total = (ask(read_memory) or Usage(0.0, 0, 0)).total
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


def read_running(name: str, *, commands: bool) -> tuple[Running, ...] | None:
    """Return the processes of a name, "" for all; their command lines only where asked for: each costs a look-up.

    A zombie has ended and is none. None where the host does not tell.
    """
    wanted = _plain(name)
    found = ask(lambda: list(psutil.process_iter()))
    if found is None:
        return None
    running = (_running(process, wanted, commands) for process in found)
    return tuple(process for process in running if process is not None)


def _running(process: psutil.Process, wanted: str, commands: bool) -> Running | None:
    # Not by process_iter's own `info`: psutil keeps its objects, and another thread would write over it.
    info = ask(process.as_dict, ["pid", "name", "status", "memory_info"])
    if info is None or info["status"] == psutil.STATUS_ZOMBIE or (wanted and _plain(info["name"] or "") != wanted):
        return None
    words = (ask(process.cmdline) or []) if commands else []
    resident = info["memory_info"].rss if info["memory_info"] else 0
    return Running(info["pid"], info["name"] or "?", " ".join(words)[:LONGEST_COMMAND], resident)


def _plain(name: str) -> str:
    """Return a program's name as it is compared: Windows minds neither case nor ".exe"."""
    return name.casefold().removesuffix(".exe") if psutil.WINDOWS else name


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
