"""A program on a pty (pty(7)): Linux, macOS and other POSIX systems."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import sys
from typing import Final

from sttelnet.channel import Size
from sttelnet.process import end_tree
from sttelnet.shell import child, start
from sttelnet.shell.pty import GRACE, LARGEST, Launch

assert sys.platform != "win32"  # noqa: S101 - for the type checker: nothing below is there on Windows

QUIET, LONGEST_REST = 0.1, 1.0  # seconds without output, and at most, for what is left to read after the end
MOST_REST = 256 * 1024  # bytes of it: more than a pty holds, so that all the program itself wrote is among them
_PIECE: Final = 4096  # what a write to a pty takes at most, about


async def spawn(launch: Launch) -> PosixPty:
    """Start a program on a new pty. Raises ShellFailed."""
    return PosixPty(*await start.start(launch))


class PosixPty:
    """The master's side of a pty and the program on the other; see Pty."""

    line_feed_is_enter = False

    def __init__(self, master: int, pid: int) -> None:
        self.pid = pid
        self._master = master
        self._child = child.Child(pid)
        self._loop = asyncio.get_running_loop()
        self._closed = self._at_end = False
        self._rest_read = 0  # bytes, once the program has ended
        self._rest_until = 0.0  # once there was nothing more of it

    async def read(self) -> bytes:
        """Return what the program has written; b"" for ever once no more will come."""
        await asyncio.sleep(0)  # a program that never stops writing leaves the others their turn
        while not (self._at_end or self._closed):
            if data := self._read_now():
                self._at_end = self._is_enough(len(data))
                return data
            if data is None or not await self._readable():
                self._at_end = True
        return b""

    def _read_now(self) -> bytes | None:
        """Read what is there, for the kernel hands out a page or less at a time; None at the end."""
        pieces: list[bytes] = []
        room = LARGEST
        while room > 0:
            try:
                piece = os.read(self._master, room)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.EIO:  # EIO: nobody has the slave open any more
                    raise
                piece = b""
            if not piece:
                return b"".join(pieces) or None
            pieces.append(piece)
            room -= len(piece)
        return b"".join(pieces)

    def _is_enough(self, count: int) -> bool:
        """Whether those that a program has left behind would be read for ever."""
        if self._child.status is None:
            return False
        self._rest_read += count
        return self._rest_read > MOST_REST or 0.0 < self._rest_until < self._loop.time()

    async def _readable(self) -> bool:
        """Wait for more; False where the program has ended and those it left behind have nothing to say."""
        if self._child.status is not None:
            return await self._rest()
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._master, _resolve, ready)
        self._child.on_end(ready)
        try:
            await ready
        finally:
            self._child.forget(ready)
            if not self._closed:
                self._loop.remove_reader(self._master)
        return True

    async def _rest(self) -> bool:
        """Whether there is a rest to read. Who runs on in the background keeps the pty open, and may write for ever."""
        self._rest_until = self._rest_until or self._loop.time() + LONGEST_REST
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._master, _resolve, ready)
        try:
            async with asyncio.timeout_at(min(self._rest_until, self._loop.time() + QUIET)):
                await ready
        except TimeoutError:
            return False
        finally:
            if not self._closed:
                self._loop.remove_reader(self._master)
        return True

    async def write(self, data: bytes) -> None:
        """Type this, and wait until it has been taken."""
        while data and not self._closed and self._child.status is None:
            try:
                data = data[os.write(self._master, data[:_PIECE]) :]
            except BlockingIOError:
                await self._writable()
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                return
            else:
                if data:
                    await asyncio.sleep(0)  # a program that takes all leaves the others their turn

    async def _writable(self) -> None:
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_writer(self._master, _resolve, ready)
        self._child.on_end(ready)
        try:
            await ready
        finally:
            self._child.forget(ready)
            if not self._closed:
                self._loop.remove_writer(self._master)

    def resize(self, size: Size) -> None:
        """Change the window; the kernel tells the program (SIGWINCH)."""
        if not self._closed:
            with contextlib.suppress(OSError):
                start.set_size(self._master, size)

    async def wait(self) -> int:
        """Return the exit status once the program has ended."""
        return await self._child.wait()

    async def close(self, grace: float = GRACE) -> None:
        """End the program and all it has started."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        try:
            await end_tree(self.pid, grace=grace, hang_up=self._hang_up)
        finally:
            self._hang_up()
            self._child.reap()

    def _hang_up(self) -> None:
        """Close the master: the kernel sends SIGHUP, and who waits for the terminal waits no longer."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1


def _resolve(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
