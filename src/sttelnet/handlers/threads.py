"""Threads for a site's plain handlers: own ones, so that a stuck handler holds up nothing but its like.

The threads are daemons: a handler that never returns must not keep the process from ending, which the
standard executors' threads would.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable

from sttelnet.handlers.blame import place_of_thread


class HandlerTimeout(Exception):  # noqa: N818 - says what happened
    """A plain handler took longer than it may, as its words say; its thread goes on, its result is dropped."""


class HandlerThreads:
    """At most `limit` plain handlers at a time, those that are stuck included."""

    def __init__(self, limit: int) -> None:
        self._slots = asyncio.Semaphore(limit)
        self._running: set[threading.Thread] = set()

    async def run(self, call: Callable[[], object], seconds: float) -> object:
        """Return what the call returns, or raise what it raises. Raises HandlerTimeout."""
        thread: threading.Thread | None = None
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                await self._slots.acquire()
                thread, result = self._start(call)
                try:
                    return await result
                finally:
                    del result  # it keeps what it raises, whose traceback holds this frame
        except TimeoutError as error:
            if not limit.expired():
                raise  # the handler's own
            raise HandlerTimeout(self._why(thread)) from error

    def _why(self, thread: threading.Thread | None) -> str:
        """Say what keeps a call: the line its thread is in, or the lines of those that hold every thread."""
        if thread is not None:
            return f"it is at {place_of_thread(thread.ident) or 'its end'}"
        places = sorted(filter(None, (place_of_thread(one.ident) for one in self._running)))
        return f"no thread was free: others are at {', '.join(dict.fromkeys(places))}"

    def _start(self, call: Callable[[], object]) -> tuple[threading.Thread, asyncio.Future[object]]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        promised = [future]  # until it is kept: an error in it has a traceback, and that holds the frame of `body`

        def finish(result: object, error: BaseException | None) -> None:
            self._slots.release()
            self._running.discard(thread)
            kept = promised.pop()
            if kept.done():
                return  # timed out meanwhile, or the client has gone
            if error is None:
                kept.set_result(result)
            else:
                kept.set_exception(error)

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
            del error  # its traceback holds this frame

        thread = threading.Thread(target=body, name="handler", daemon=True)
        self._running.add(thread)
        try:
            thread.start()
        except RuntimeError:  # the system has no thread to give: the slot is not lost with it
            self._slots.release()
            self._running.discard(thread)
            raise
        return thread, future
