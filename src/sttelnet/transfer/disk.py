"""The disk's own thread, one for each transfer: a disk that is slow or hangs holds up nothing else.

The thread is a daemon, as those of health.lane are: one that a dead network disk holds must not keep the process
from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

from sttelnet.errors import DiskHung

T = TypeVar("T")

LONGEST: Final = 60.0  # seconds one piece of work may take before the disk counts as hung


class Disk:
    """Does blocking work on files, one piece after the other. An OSError of that work is raised where it is awaited."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._behind = 0  # bytes posted and not yet written
        self._failed: OSError | None = None
        self._written = asyncio.Event()
        threading.Thread(target=self._run, name="transfer", daemon=True).start()

    def start(self, call: Callable[[], T]) -> asyncio.Future[T]:
        """Begin a piece of work, and go on."""
        future: asyncio.Future[T] = self._loop.create_future()

        def work() -> None:
            try:
                result = call()
            except OSError as error:
                self._tell(_fail, future, error)
            else:
                self._tell(_fulfil, future, result)

        self._work.put(work)
        return future

    async def run(self, call: Callable[[], T]) -> T:
        """Do a piece of work. Raises what it raises of OSError, and DiskHung."""
        return await self.result(self.start(call))

    async def result(self, future: asyncio.Future[T]) -> T:
        """Wait for work that was begun. Raises as `run` does."""
        try:
            async with asyncio.timeout(LONGEST):
                return await future
        except TimeoutError as error:
            raise DiskHung from error

    def post(self, call: Callable[[], object], size: int) -> None:
        """Have so many bytes written, and go on; `settle` tells how it went."""
        self._behind += size

        def work() -> None:
            try:
                call()
            except OSError as error:
                self._tell(self._on_written, size, error)
            else:
                self._tell(self._on_written, size, None)

        self._work.put(work)

    async def settle(self, most: int = 0) -> None:
        """Wait until no more than so many bytes are behind. Raises the first OSError of what was posted, DiskHung."""
        try:
            async with asyncio.timeout(LONGEST):
                while self._behind > most and self._failed is None:
                    self._written.clear()
                    await self._written.wait()
        except TimeoutError as error:
            raise DiskHung from error
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed

    def close(self) -> None:
        """Take no more work. What is under way is left alone."""
        self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()

    def _tell(self, call: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits
            self._loop.call_soon_threadsafe(call, *arguments)

    def _on_written(self, size: int, error: OSError | None) -> None:
        self._behind -= size
        self._failed = self._failed or error
        self._written.set()


def _fulfil(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[T], error: OSError) -> None:
    if not future.done():
        future.set_exception(error)
