"""Calls handlers: in the loop or in a thread, with a time limit, and with a wall around what they raise."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any

from sttelnet.client import Client
from sttelnet.errors import AskInterrupted, ChannelClosed, StoreBusy, StoreError
from sttelnet.handlers.registry import Handler
from sttelnet.handlers.site import Site
from sttelnet.handlers.threads import HandlerThreads, HandlerTimeout
from sttelnet.logs import EventLog
from sttelnet.members import Refusal
from sttelnet.outcome import ACCEPTED, BACK, REFRESH, Outcome, read
from sttelnet.script.model import Call, Get

FAILED_GET = "?"  # what a page shows where a `get` could not be worked out


class Failure(enum.Enum):
    """A handler that gave no outcome; the traceback or the reason is in the log."""

    FAILED = "failed"


class Caller:
    """Calls the handlers a script names, for one client."""

    __slots__ = ("_client", "_log", "_site", "_threads", "before_waiting", "running")

    def __init__(self, client: Client, site: Site, threads: HandlerThreads, log: EventLog) -> None:
        self._client = client
        self._site = site
        self._threads = threads
        self._log = log
        self.running = False  # a handler has the loop: what it sends leaves when it waits or returns
        self.before_waiting: Callable[[], None] = _nothing

    def is_masked(self, call: Call) -> bool:
        """Whether the line for this handler is not echoed."""
        handler = self._site.handlers.get(call.name)
        return handler is not None and handler.masked

    async def get(self, get: Get) -> str:
        """Return what a `get` handler gives to print, `?` where it fails."""
        value = await self.value(get)
        return FAILED_GET if isinstance(value, Failure) else value

    async def value(self, get: Get) -> str | Failure:
        """Return what a `get` handler gives to print, if it gives anything."""
        limit = self._client.services.config.scripts.get_timeout
        value = await self._call(get.call, (), limit)
        if isinstance(value, str | Failure):
            return value
        return "" if value is None else str(value)

    async def set(self, call: Call, line: str) -> Outcome | Failure:
        """Give a line to a `set` handler."""
        return self._outcome(call, await self._call(call, (line,)))

    async def post(self, call: Call) -> Outcome | Failure:
        """Run a `post` handler."""
        return self._outcome(call, await self._call(call, ()))

    @property
    def _patience(self) -> float:
        return self._client.services.config.scripts.handler_timeout

    def _outcome(self, call: Call, value: object) -> Outcome | Failure:
        if isinstance(value, Failure):
            return value
        outcome = read(value)
        if outcome is None:
            self._log.error("%s: handler %s returned %r, which is no outcome", call.place, call.name, value)
            return Failure.FAILED
        return outcome

    async def _call(self, call: Call, first: tuple[str, ...], seconds: float | None = None) -> object:
        """Run the handler. Without `seconds` a plain one has the config's in its thread, an async one its own."""
        handler = self._find(call, printing=seconds is not None)
        if handler is None:
            self._log.error("%s: handler %s is gone", call.place, call.name)
            return Failure.FAILED
        try:
            if not handler.is_async and not handler.shipped:
                start = partial(handler.function, self._client, *first, *call.positional, **call.keywords)
                return await self._threads.run(start, seconds or self._patience)
            if seconds is None or not handler.is_async:
                return await self._in_loop(handler, call, first)
            async with asyncio.timeout(seconds):
                return await self._in_loop(handler, call, first)
        except (HandlerTimeout, TimeoutError) as error:
            why = str(error) or "it was ended"
            self._log.error("%s: handler %s (%s) took too long: %s", call.place, call.name, handler.where, why)
        except AskInterrupted:
            return BACK
        except ChannelClosed:
            raise
        except StoreError as error:
            self._log.error("%s: handler %s: %s", call.place, call.name, error)
            if seconds is None:  # a `set` or `post`: nothing was half done, so the client may try again
                refusal = Refusal.STORE_BUSY if isinstance(error, StoreBusy) else Refusal.STORE_FAILED
                self._client.notice(refusal.value)
                return REFRESH if first else ACCEPTED
        except Exception:  # noqa: BLE001 - the wall where a handler is called: its fault is not the session's
            self._log.exception("%s: handler %s (%s) failed", call.place, call.name, handler.where)
        return Failure.FAILED

    def _find(self, call: Call, *, printing: bool) -> Handler | None:
        handler = self._site.handlers.get(call.name)
        return handler.getter or handler if handler is not None and printing else handler

    async def _in_loop(self, handler: Handler, call: Call, first: tuple[str, ...]) -> object:
        self.running = True
        try:
            result: Any = handler.function(self._client, *first, *call.positional, **call.keywords)
            if not handler.is_async:
                return result
            try:
                waits_for = result.send(None)
            except StopIteration as end:  # most wait for nothing: what they sent leaves with the prompt
                return end.value
        finally:
            self.running = False
        return await _Watched(result, waits_for, self)


class _Watched:
    """The rest of an async handler that waits: what it has sent leaves before each wait."""

    __slots__ = ("_caller", "_handler", "_waits_for")

    def __init__(self, handler: Coroutine[Any, Any, object], waits_for: object, caller: Caller) -> None:
        self._handler = handler
        self._waits_for = waits_for
        self._caller = caller

    def __await__(self) -> Generator[Any, Any, object]:
        waits_for = self._waits_for
        while True:
            self._caller.before_waiting()
            try:
                step = partial(self._handler.send, (yield waits_for))
            except BaseException as raised:  # noqa: BLE001 - a cancellation is thrown into the handler, as `await` would
                step = partial(self._handler.throw, raised)
            self._caller.running = True
            try:
                waits_for = step()
            except StopIteration as end:
                return end.value
            finally:
                self._caller.running = False
                del step  # of what is thrown: its traceback holds this frame


def _nothing() -> None:
    """Before a desk says what to do: nothing."""
