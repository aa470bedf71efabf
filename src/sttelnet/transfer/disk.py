"""The disk's own thread, one for each transfer: a disk that is slow or hangs holds up nothing else.

The thread is a daemon, as those of health.lane are: one that a dead network disk holds must not keep the process
from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from sttelnet.errors import DiskHung

T = TypeVar("T")

LONGEST: Final = 60.0  # seconds one piece of work may take before the disk counts as hung


class Disk:
    """Does blocking work on files, one piece after the other. What that work raises is raised where it is awaited.

    A disk that has hung is not waited for again before it answers; what is asked of it all the same is done then.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._behind = 0  # bytes posted and not yet written
        self._failed: Exception | None = None
        self._written = asyncio.Event()
        self._hung = False
        threading.Thread(target=self._run, name="transfer", daemon=True).start()

    def start(self, call: Callable[[], T], let_go: Callable[[T], object] | None = None) -> asyncio.Future[T]:
        """Begin a piece of work, and go on. A result nobody waits for any more is given to `let_go`."""
        future: asyncio.Future[T] = self._loop.create_future()
        future.add_done_callback(_look_at)
        promised = [future]  # until it is kept: an error in it has a traceback, and that holds the frame of `work`

        def work() -> None:
            try:
                result = call()
            except Exception as error:  # noqa: BLE001 - raised where the result is awaited
                self._tell(self._fail, promised.pop(), error)
            else:
                self._tell(self._fulfil, promised.pop(), result, let_go)

        self._work.put(work)
        return future

    async def run(self, call: Callable[[], T], let_go: Callable[[T], object] | None = None) -> T:
        """Do a piece of work. Raises what it raises, and DiskHung."""
        return await self.result(self.start(call, let_go))

    async def result(self, future: asyncio.Future[T]) -> T:
        """Wait for work that was begun. Raises as `run` does."""
        try:
            async with self._patience():
                return await future
        finally:
            del future  # it keeps what it raises, whose traceback holds this frame

    def post(self, call: Callable[[], object], size: int) -> None:
        """Have so many bytes written, and go on; `settle` tells how it went."""
        self._behind += size

        def work() -> None:
            try:
                call()
            except Exception as error:  # noqa: BLE001 - raised by `settle`
                self._tell(self._on_written, size, error)
            else:
                self._tell(self._on_written, size, None)

        self._work.put(work)

    async def settle(self, most: int = 0) -> None:
        """Wait until no more than so many bytes are behind. Raises what the first to fail raised, and DiskHung."""
        while self._behind > most and self._failed is None:
            self._written.clear()
            async with self._patience():
                await self._written.wait()
        if self._failed is not None:
            failed, self._failed = self._failed, None
            try:
                raise failed
            finally:
                del failed  # its traceback holds this frame

    @asynccontextmanager
    async def _patience(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(0 if self._hung else LONGEST):
                yield
        except TimeoutError as error:
            self._hung = True
            raise DiskHung from error

    def close(self) -> None:
        """Take no more work. What is under way is left alone."""
        self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()

    def _tell(self, call: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits
            self._loop.call_soon_threadsafe(call, *arguments)

    def _on_written(self, size: int, error: Exception | None) -> None:
        self._hung = False
        self._behind -= size
        self._failed = self._failed or error
        self._written.set()

    def _fulfil(self, future: asyncio.Future[T], result: T, let_go: Callable[[T], object] | None) -> None:
        self._hung = False
        if not future.done():
            future.set_result(result)
        elif let_go is not None:
            let_go(result)

    def _fail(self, future: asyncio.Future[T], error: Exception) -> None:
        self._hung = False
        if not future.done():
            future.set_exception(error)


def _look_at(future: asyncio.Future[T]) -> None:
    """Take note of what a piece of work raised: nobody may come for it."""
    if not future.cancelled():
        future.exception()


def reason(error: OSError) -> str:
    """Return what the system says of an error."""
    return error.strerror or str(error)
