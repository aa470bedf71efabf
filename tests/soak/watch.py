"""What goes wrong in a process while it is tried: an event loop that is held, exceptions nobody expected."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import selectors
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

HELD: Final = 0.1  # seconds of one turn of the loop that are too long


class Turns(selectors.DefaultSelector):
    """The selector of an event loop. What the loop does between two looks at it is one turn, and is timed."""

    def __init__(self) -> None:
        super().__init__()
        self.held = 0  # turns that took too long
        self.longest = 0.0  # seconds of a turn
        self.longest_cpu = 0.0  # seconds of the loop's own thread, which nobody else's load makes longer
        self._began = time.perf_counter()
        self._began_cpu = time.thread_time()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """End a turn, wait, and begin the next."""
        took = time.perf_counter() - self._began
        self.longest = max(self.longest, took)
        self.longest_cpu = max(self.longest_cpu, time.thread_time() - self._began_cpu)
        self.held += took > HELD
        ready = super().select(timeout)
        self._began = time.perf_counter()
        self._began_cpu = time.thread_time()
        return ready

    def forget(self) -> None:
        """Begin anew: what came before, the start of a daemon, is not meant."""
        self.longest = self.longest_cpu = 0.0
        self.held = 0
        self._began, self._began_cpu = time.perf_counter(), time.thread_time()

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return a loop that is timed."""
        return asyncio.SelectorEventLoop(self)


class Faults(logging.Handler):
    """Counts what must not happen, by what it was: events logged as errors, exceptions that nobody caught."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Take an event that is an error, or has an exception."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self.raised(error, record.getMessage())
        elif record.levelno >= logging.ERROR:
            self.found[record.getMessage()] += 1

    def raised(self, error: BaseException, where: str) -> None:
        """Take an exception."""
        last = traceback.extract_tb(error.__traceback__)[-1:]
        self.found[f"{where}: {error!r}"[:200] + "".join(f" ({at.filename}:{at.lineno})" for at in last)] += 1

    @contextlib.contextmanager
    def watching(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Listen to the log, to the loop, to threads, and to what is raised where nothing can be."""
        root = logging.getLogger()
        before = sys.unraisablehook, threading.excepthook
        root.addHandler(self)
        loop.set_exception_handler(self._in_loop)
        sys.unraisablehook = lambda found: self.raised(found.exc_value or RuntimeError(found.err_msg), "unraisable")
        threading.excepthook = lambda found: self.raised(found.exc_value or RuntimeError("unknown"), "in a thread")
        try:
            yield
        finally:
            sys.unraisablehook, threading.excepthook = before
            loop.set_exception_handler(None)
            root.removeHandler(self)

    def _in_loop(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        error = context.get("exception")
        if error is None:
            self.found[str(context.get("message"))] += 1
        else:
            self.raised(error, str(context.get("message")))
