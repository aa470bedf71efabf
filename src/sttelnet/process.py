"""Ending a process and everything it has started.

A process is known by its number, and numbers are given out again. So psutil's objects, which compare the time of the
start too, are what is kept; and the number of a session (setsid(2)) stays its own as long as its leader has not been
waited for: whoever ends a session reaps its leader afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from typing import Final

import psutil

LOOK: Final = 0.05  # seconds between two looks at who is still there
ROUNDS: Final = 5  # of killing: what is being killed may start more
_GONE: Final = (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError)


async def end_tree(pid: int, *, grace: float) -> None:
    """End a process, all it has started, and on POSIX all of its session.

    They are asked first, where the system has a way to ask, and have `grace` seconds; then they are killed. Returns
    within `grace` and about two seconds; what the kernel does not let go of by then is left.
    """
    await asyncio.to_thread(_end, pid, grace)


def _end(pid: int, grace: float) -> None:
    family = _family(pid)
    if sys.platform != "win32":  # there is nothing to ask with on Windows that a console program must hear
        for process in family:
            # SIGCONT: one that is stopped hears nothing else (signal(7)).
            _send(process, signal.SIGHUP, signal.SIGTERM, signal.SIGCONT)
        _wait(family, grace)
    for _ in range(ROUNDS):
        family = [process for process in _merged(family, _family(pid)) if _is_alive(process)]
        if not family:
            return
        for process in family:
            with contextlib.suppress(*_GONE):
                process.kill()
        _wait(family, 2.0 / ROUNDS)


def _family(pid: int) -> list[psutil.Process]:
    """Return the process, its descendants, and who is in its session; of those that have ended, none."""
    found: list[psutil.Process] = []
    with contextlib.suppress(*_GONE):
        root = psutil.Process(pid)
        found = [*root.children(recursive=True), root]
    return _merged(found, _session(pid))


def _session(pid: int) -> list[psutil.Process]:
    if sys.platform == "win32":
        return []
    found: list[psutil.Process] = []
    for other in psutil.pids():
        with contextlib.suppress(*_GONE, PermissionError):
            if os.getsid(other) == pid:
                found.append(psutil.Process(other))
    return found


def _merged(*families: Iterable[psutil.Process]) -> list[psutil.Process]:
    return list(dict.fromkeys(process for family in families for process in family))


def _send(process: psutil.Process, *signals: int) -> None:
    with contextlib.suppress(*_GONE):
        for number in signals:
            process.send_signal(number)


def _wait(family: list[psutil.Process], seconds: float) -> None:
    until = time.monotonic() + seconds
    while any(map(_is_alive, family)) and time.monotonic() < until:
        time.sleep(LOOK)


def _is_alive(process: psutil.Process) -> bool:
    """Whether it runs: one that has ended and was not waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
