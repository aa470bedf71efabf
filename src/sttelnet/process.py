"""Ending a process and everything it has started.

A process is known by its number, and numbers are given out again. So psutil's objects, which compare the time of the
start too, are what is kept. On POSIX a number stays its owner's until the owner has been waited for, and that of a
session (setsid(2)) as long as anybody is in it: whoever ends a session reaps its leader afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import psutil

LOOK: Final = 0.02  # seconds between two looks at who is still there
FORCE: Final = 2.0  # seconds of killing: what is being killed may start more
_ROUND: Final = 0.4  # seconds at most until it is looked who else is there
_GONE: Final = (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError, PermissionError)


def resident() -> int | None:
    """Return the bytes of memory this process has, None where the system does not tell."""
    try:
        return int(psutil.Process().memory_info().rss)
    except (psutil.Error, OSError):
        return None


async def end_tree(pid: int, *, grace: float, hang_up: Callable[[], None] | None = None) -> None:
    """End a child of this process, all it has started, and on POSIX all of the session it leads.

    They are asked first, where the system has a way to ask, and have `grace` seconds; then they are killed. Returns
    within `grace` and about two seconds; what the kernel does not let go of by then is left. Cancelled, it asks no
    longer, kills at once, and then passes the cancellation on: however it ends, they are gone.

    `hang_up` is another way to ask: closing what they hold the other end of. It is called in a thread, once it is
    known who is there: as soon as a parent has ended nothing tells whose its children were.

    Raises ValueError for a number that is no process's: kill(2) and the kernel's own mean others by those.
    """
    if pid <= 1:
        message = f"{pid} is not a child's number"
        raise ValueError(message)
    hurry = threading.Event()
    # A thread of its own: the loop's executor may be busy, and what waits there is dropped when it is cancelled.
    executor = ThreadPoolExecutor(1, f"end {pid}")
    ended = asyncio.wrap_future(executor.submit(_end, pid, grace, hang_up, hurry))
    executor.shutdown(wait=False)
    cancelled: asyncio.CancelledError | None = None
    while not ended.done():
        try:
            await asyncio.wait({ended})
        except asyncio.CancelledError as error:
            hurry.set()
            cancelled = error
    if cancelled is not None:
        try:
            raise cancelled
        finally:
            del cancelled  # its traceback holds this frame
    ended.result()


def _end(pid: int, grace: float, hang_up: Callable[[], None] | None, hurry: threading.Event) -> None:
    tree = _Tree(pid)
    tree.look()
    if hang_up is not None:
        hang_up()
    if sys.platform != "win32":  # there is nothing to ask with on Windows that a console program must hear
        for process in tree.members:
            # SIGCONT: one that is stopped hears nothing else (signal(7)).
            _send(process, signal.SIGHUP, signal.SIGTERM, signal.SIGCONT)
        _wait(tree.members, grace, hurry)
    until = time.monotonic() + FORCE
    while time.monotonic() < until:
        if not tree.look():
            time.sleep(LOOK)
        elif not any(map(_is_alive, tree.members)):
            return
        for process in tree.members:
            with contextlib.suppress(*_GONE):
                process.kill()
        _wait(tree.members, _ROUND)


class _Tree:
    """A process and who belongs to it, as far as that has been seen."""

    def __init__(self, pid: int) -> None:
        self.members: list[psutil.Process] = []  # those that have ended are among them until they are waited for
        self._pid = pid
        self._begun = False

    def look(self) -> bool:
        """Look who is there; False where that cannot be seen, for no descriptor is left to look with."""
        try:
            if not self._begun:
                self.members += self._root()
                self._begun = True
            found = [process for process in self.members if process.is_running()]
            found += self._others(found)
        except OSError:
            return False
        self.members = list(dict.fromkeys(found))
        return True

    def _root(self) -> list[psutil.Process]:
        """Return the process, if it is there and ours: who is not our child has been given the number since."""
        with contextlib.suppress(*_GONE):
            root = psutil.Process(self._pid)
            if sys.platform == "win32" or root.ppid() == os.getpid():
                return [root]
        return []

    def _others(self, known: list[psutil.Process]) -> list[psutil.Process]:
        """Return who belongs to these, or to the session."""
        found: list[psutil.Process] = []
        if sys.platform == "win32":
            for process in known:
                with contextlib.suppress(*_GONE):
                    found += process.children(recursive=True)
        else:
            census = _census()
            numbers = {process.pid for process in known}
            if all(process.pid != self._pid or process in known for process in census):  # nobody else has the number
                numbers.add(self._pid)
            found += _belonging(numbers, census)
        return found


if sys.platform != "win32":

    def _census() -> dict[psutil.Process, tuple[int, int]]:
        """Return everybody with the numbers of their parent and their session."""
        census: dict[psutil.Process, tuple[int, int]] = {}
        for pid in psutil.pids():
            with contextlib.suppress(*_GONE):
                # In this order: should the number change hands in between, psutil will not touch the new owner.
                process = psutil.Process(pid)
                census[process] = (process.ppid(), os.getsid(pid))
        return census

    def _belonging(numbers: set[int], census: dict[psutil.Process, tuple[int, int]]) -> list[psutil.Process]:
        """Return whose parent or leader of session belongs here: by number, or in turn."""
        found: list[psutil.Process] = []
        while more := [
            process for process, above in census.items() if process.pid not in numbers and not numbers.isdisjoint(above)
        ]:
            found += more
            numbers |= {process.pid for process in more}
        return found


def _send(process: psutil.Process, *signals: int) -> None:
    with contextlib.suppress(*_GONE):
        for number in signals:
            process.send_signal(number)


def _wait(family: list[psutil.Process], seconds: float, hurry: threading.Event | None = None) -> None:
    hurry = hurry or threading.Event()
    until = time.monotonic() + seconds
    while any(map(_is_alive, family)) and time.monotonic() < until and not hurry.wait(LOOK):
        pass


def _is_alive(process: psutil.Process) -> bool:
    """Whether it runs: one that has ended and was not waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
    except OSError:  # no descriptor is left to look with
        return True
