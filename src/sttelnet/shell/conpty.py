"""A program in a pseudo console of Windows (ConPTY), by pywinpty's low-level PTY: its only importer.

pywinpty's own thread reads from the console whether anybody asks or not, into a queue without end, so here too a
thread reads always, and what the client does not take in time is left out. Its calls block, so none of them is made
on the event loop but the short ones.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Final

from sttelnet.channel import Size
from sttelnet.errors import ShellFailed
from sttelnet.process import end_tree
from sttelnet.shell.conpty_native import NativePty
from sttelnet.shell.conpty_stream import Backlog, Questions
from sttelnet.shell.pty import GRACE, KILLED, LARGEST, Launch

STILL_ACTIVE: Final = 259  # pywinpty takes this exit status for that of a program that runs, and tells None
LOOK: Final = 0.25  # seconds between two looks whether the program runs: the end of its output may never come
LATE: Final = 2.0  # seconds the last output may take after the program has ended
JOIN: Final = 2.0  # seconds to wait for a thread
TRIES: Final = 2  # a console now and then cannot be made, and can be a moment later
_PIECE: Final = 2048  # characters of one write: pywinpty writes pieces of 8 KiB, and not safely more than one
_MOST_CELLS: Final = 500
# Windows' consoles ask terminals for their own kind of keys, and for focus reports; nobody else wants them after it.
_LAST: Final = b"\x1b[?9001l\x1b[?1004l"


async def spawn(launch: Launch) -> ConPty:
    """Start a program in a pseudo console. Raises ShellFailed."""
    import winpty

    if launch.user:
        message = "a shell has the daemon's own rights on Windows: shell.user cannot be used"
        raise ShellFailed(message)
    native = await asyncio.to_thread(_start, launch, winpty)
    return ConPty(native, winpty.WinptyError)


def _start(launch: Launch, winpty: object) -> NativePty:
    program = shutil.which(launch.argv[0], path=launch.environment.get("PATH")) or launch.argv[0]
    columns, rows = _cells(launch.size)
    error: Exception | None = None
    for _ in range(TRIES):
        try:
            native = winpty.PTY(columns, rows, backend=winpty.Backend.ConPTY)  # type: ignore[attr-defined]
            native.spawn(
                f'"{program}"',  # pywinpty quotes nothing: C:\Program Files\… would start C:\Program.exe
                cmdline=subprocess.list2cmdline(launch.argv[1:]) or None,
                cwd=launch.directory or None,
                env="".join(f"{name}={value}\0" for name, value in launch.environment.items()),
            )
        except winpty.WinptyError as refused:  # type: ignore[attr-defined]
            error = refused
        else:
            started: NativePty = native
            return started
    reason = str(error).strip() or "Windows gave no reason"
    message = f"{launch.argv[0]} cannot be started: {reason}"
    raise ShellFailed(message)


def _cells(size: Size) -> tuple[int, int]:
    columns, rows = (max(1, min(cells, _MOST_CELLS)) for cells in size)
    return columns, rows


class ConPty:
    """A pseudo console and the program in it; see Pty."""

    line_feed_is_enter = True  # LF typed at cmd.exe is ^J, and spoils the next command

    def __init__(self, native: NativePty, failed: type[Exception]) -> None:
        """Take a started console, and what its calls raise."""
        self.pid = native.pid or 0
        self._native: list[NativePty] = [native]  # dropped in a thread: that joins threads of pywinpty's
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._backlog, self._questions = Backlog(), Questions()
        self._news = asyncio.Event()  # there is output, or the end of it
        self._ended = asyncio.Event()
        self._over = False  # no more output comes
        self._last = _LAST
        self._status = KILLED
        self._dead_since: float | None = None
        self._closed = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._to_type: queue.SimpleQueue[tuple[str, Callable[[], None]] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read_always, args=(native,), daemon=True, name="console reader")
        self._writer = threading.Thread(target=self._write_always, args=(native,), daemon=True, name="console writer")
        self._reader.start()
        self._writer.start()
        self._loop.call_later(LOOK, self._look)

    # What the bridge calls

    async def read(self) -> bytes:
        """Return what the program has written; b"" for ever once no more will come."""
        while not self._closed:
            with self._lock:
                if len(self._backlog):
                    return self._backlog.take(LARGEST)
                self._news.clear()
                if self._over:
                    last, self._last = self._last, b""
                    return last
            await self._news.wait()
        return b""

    async def write(self, data: bytes) -> None:
        """Type this, and wait until it has been taken."""
        text = self._decoder.decode(data)
        for at in range(0, len(text), _PIECE):
            if self._closed or self._ended.is_set():
                return
            await self._typed(text[at : at + _PIECE])

    def resize(self, size: Size) -> None:
        """Change the window. A console whose program has ended may be gone, and is left alone."""
        if not (self._closed or self._ended.is_set()):
            with contextlib.suppress(self._failed):
                self._native[0].set_size(*_cells(size))

    async def wait(self) -> int:
        """Return the exit status once the program has ended, as Windows has it: 32 bits without a sign."""
        await self._ended.wait()
        return self._status

    async def close(self, grace: float = GRACE) -> None:
        """End the program and all it has started, at once: nothing on Windows asks a program to end."""
        if self._closed:
            return
        self._closed = True
        self._news.set()
        self._to_type.put(None)
        if self.pid:
            await end_tree(self.pid, grace=0.0)
        with contextlib.suppress(self._failed):
            self._native[0].cancel_io()
        await asyncio.to_thread(self._reader.join, JOIN)
        await asyncio.to_thread(self._native.clear)
        self._settle(KILLED)

    # The threads

    def _read_always(self, native: NativePty) -> None:
        with contextlib.suppress(self._failed, RuntimeError):  # the end, said so; the loop has closed
            while not self._closed:
                text = native.read(blocking=True)
                if text:
                    self._take(text)
                elif native.iseof() or not native.isalive():
                    break
                else:
                    time.sleep(LOOK / 10)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end_of_output)

    def _take(self, text: str) -> None:
        text, answers = self._questions.take(text)
        if answers:
            self._to_type.put((answers, _nothing))
        with self._lock:
            overflown = self._backlog.put(text.encode("utf-8", "replace"))
        if overflown:
            self._to_type.put(("\x03", _nothing))
        self._loop.call_soon_threadsafe(self._news.set)

    def _write_always(self, native: NativePty) -> None:
        while (item := self._to_type.get()) is not None:
            text, done = item
            with contextlib.suppress(self._failed):
                native.write(text)
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(done)

    async def _typed(self, text: str) -> None:
        done = asyncio.Event()
        self._to_type.put((text, done.set))
        await done.wait()

    # The end

    def _look(self) -> None:
        """See whether the program has ended: pywinpty may never tell the end of its output (its issue 565)."""
        if self._closed or self._ended.is_set():
            return
        with contextlib.suppress(self._failed):
            if self._native[0].isalive():
                self._dead_since = None
            elif self._dead_since is None:
                self._dead_since = self._loop.time()
            elif self._loop.time() - self._dead_since > LATE:
                self._end_of_output()
                return
        self._loop.call_later(LOOK, self._look)

    def _end_of_output(self) -> None:
        if self._over:
            return
        with self._lock:
            self._over = True
            self._backlog.put(self._questions.rest().encode())
        self._news.set()
        self._settle_when_dead(LATE)

    def _settle_when_dead(self, left: float) -> None:
        """Take the exit status; the end of the output may come a moment before it."""
        if self._closed or self._ended.is_set():
            return
        status: int | None = None
        with contextlib.suppress(self._failed):
            native = self._native[0]
            if native.isalive() and left > 0:
                self._loop.call_later(LOOK / 5, self._settle_when_dead, left - LOOK / 5)
                return
            status = native.get_exitstatus()
        self._settle(STILL_ACTIVE if status is None else status & 0xFFFFFFFF)

    def _settle(self, status: int) -> None:
        if not self._ended.is_set():
            self._status = status
            self._ended.set()


def _nothing() -> None:
    """Nobody waits for these keys to be typed."""
