"""Threads for a site's plain handlers: own ones, so that a stuck handler holds up nothing but its like.

The threads are daemons: a handler that never returns must not keep the process from ending, which the
standard executors' threads would.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable


class HandlerTimeout(Exception):  # noqa: N818 - says what happened
    """A plain handler took longer than it may; its thread goes on, its result is dropped."""


class HandlerThreads:
    """At most `limit` plain handlers at a time, those that are stuck included."""

    def __init__(self, limit: int) -> None:
        self._slots = asyncio.Semaphore(limit)

    async def run(self, call: Callable[[], object], seconds: float) -> object:
        """Return what the call returns, or raise what it raises. Raises HandlerTimeout."""
        try:
            async with asyncio.timeout(seconds):
                await self._slots.acquire()
                return await self._start(call)
        except TimeoutError as error:
            raise HandlerTimeout from error

    def _start(self, call: Callable[[], object]) -> asyncio.Future[object]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()

        def finish(result: object, error: BaseException | None) -> None:
            self._slots.release()
            if future.done():
                return  # timed out meanwhile, or the client has gone
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        def body() -> None:
            result: object = None
            error: BaseException | None = None
            try:
                result = call()
            except StopIteration as stop:  # a future cannot carry it
                error = RuntimeError(f"handler raised StopIteration: {stop}")
            except BaseException as raised:  # noqa: BLE001 - carried to where the handler is called
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits for the result
                loop.call_soon_threadsafe(finish, result, error)

        threading.Thread(target=body, name="handler", daemon=True).start()
        return future
