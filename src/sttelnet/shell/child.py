"""Waiting for a child process without holding the loop up, and without letting go of its number too early."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading

from sttelnet.shell.pty import KILLED

assert sys.platform != "win32"  # noqa: S101 - for the type checker: nothing below is there on Windows


class Child:
    """One child of this process. Until `reap` it stays in the kernel's table, and nobody else gets its number."""

    def __init__(self, pid: int) -> None:
        self.status: int | None = None  # once it has ended: 0..255, 128 + signal, or KILLED
        self._pid = pid
        self._seen = KILLED  # what a thread has found, and not yet told
        self._loop = asyncio.get_running_loop()
        self._waiting: set[asyncio.Future[None]] = set()
        self._pidfd = -1
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):  # an old kernel, or one that forbids it
                self._pidfd = os.pidfd_open(pid)
        if self._pidfd >= 0:
            self._loop.add_reader(self._pidfd, self._ended)
        else:
            threading.Thread(target=self._wait_in_thread, daemon=True, name=f"wait for {pid}").start()

    def on_end(self, future: asyncio.Future[None]) -> None:
        """Resolve a future when it ends, or at once."""
        if self.status is None:
            self._waiting.add(future)
        elif not future.done():
            future.set_result(None)

    def forget(self, future: asyncio.Future[None]) -> None:
        """Take that back."""
        self._waiting.discard(future)

    async def wait(self) -> int:
        """Return its exit status once it has ended."""
        while self.status is None:
            ended: asyncio.Future[None] = self._loop.create_future()
            self.on_end(ended)
            try:
                await ended
            finally:
                self.forget(ended)
        return self.status

    def reap(self) -> None:
        """Let the kernel forget it; one that could not be ended is left to whoever inherits it."""
        self._ended()
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(self._pid, os.WNOHANG) == (0, 0):  # not yet: its end is on the way
                threading.Thread(target=os.waitpid, args=(self._pid, 0), daemon=True).start()
        self._settle(KILLED)

    def _ended(self) -> None:
        found = self._look(os.WNOHANG)
        if found is not None:
            if self._pidfd >= 0:
                self._loop.remove_reader(self._pidfd)
            self._settle(found)

    def _wait_in_thread(self) -> None:
        found = self._look(0)
        with contextlib.suppress(RuntimeError):  # the loop has closed
            self._loop.call_soon_threadsafe(self._settle, KILLED if found is None else found)

    def _look(self, options: int) -> int | None:
        """Return the status, where it has ended, and leave the process in the table (WNOWAIT, waitid(2)).

        Python has no waitid on macOS before 3.13: there its number is free from then on, that of its session is not.
        """
        try:
            if not hasattr(os, "waitid"):
                return self._reaped(options)
            found = os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT | options)
        except ChildProcessError:
            return self._seen
        if found is None:
            return None
        status: int = found.si_status
        return status if found.si_code == os.CLD_EXITED else 128 + status

    def _reaped(self, options: int) -> int | None:
        ended, status = os.waitpid(self._pid, options)
        if ended == 0:
            return None
        code = os.waitstatus_to_exitcode(status)
        self._seen = code if code >= 0 else 128 - code
        return self._seen

    def _settle(self, status: int) -> None:
        if self.status is None:
            self.status = status
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)
