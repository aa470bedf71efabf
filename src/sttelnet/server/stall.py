"""Watches from a thread of its own whether the event loop goes on: one that stands still hears no signal either."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sttelnet.handlers.blame import place_of_thread
from sttelnet.logs import event_logger
from sttelnet.server.starvation import ended_when_starved

log = event_logger(__name__)

WARN_AFTER: Final = 1.0  # seconds without an answer
STATUS: Final = 70  # sysexits.h EX_SOFTWARE
_SLICE: Final = 0.25  # seconds
_PAUSE: Final = 0.5  # seconds between an answer and the next question
_LAST_WORDS: Final = 0.5  # seconds for the log to be written, which a thread does


class StallWatch:
    """Asks the loop for a sign of life, names the line that holds it, and after `timeout()` seconds ends the process.

    Time is counted in slices of this thread's own: a process that was held as a whole (SIGSTOP, a suspended machine)
    has not stood still.
    """

    def __init__(self, timeout: Callable[[], float]) -> None:
        """`timeout` is asked anew each time; 0 never ends the process."""
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._owner = threading.get_ident()
        self._over = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the running loop until the block ends."""
        thread = threading.Thread(target=self._run, name="stall watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join(_SLICE)

    def _run(self) -> None:
        with ended_when_starved() as put_off:
            self._go_on(put_off)
            while not self._over.wait(_PAUSE):
                answered = threading.Event()
                with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                    self._loop.call_soon_threadsafe(answered.set)
                    self._wait_for(answered, put_off)

    def _wait_for(self, answered: threading.Event, put_off: Callable[[float], None]) -> None:
        waited, place = 0.0, ""
        self._go_on(put_off)
        while not answered.wait(_SLICE) and not self._over.is_set():
            self._go_on(put_off)
            waited += _SLICE
            if not place and waited >= WARN_AFTER:
                place = place_of_thread(self._owner)
                log.warning("the event loop has stood still for %.0f s, at %s", waited, place)
            limit = self._timeout()
            if limit and waited >= max(limit, WARN_AFTER):
                end_process(waited, place_of_thread(self._owner))
        if place and answered.is_set():
            log.warning("the event loop goes on, after %.1f s", waited)

    def _go_on(self, put_off: Callable[[float], None]) -> None:
        """Note that this thread has its turns; without any for longer than the limit, the system ends the process."""
        limit = self._timeout()
        put_off(max(limit, WARN_AFTER) + _PAUSE + _SLICE if limit else 0)


def end_process(waited: float, place: str) -> None:
    """Say where the loop stands, write every thread's stack to standard error, and end the process at once."""
    log.critical("the event loop has stood still for %.0f s, at %s: the daemon ends", waited, place)
    if sys.platform != "win32":
        signal.alarm(3)  # who reads standard error may stand still too, and then what follows never returns
    time.sleep(_LAST_WORDS)
    with contextlib.suppress(AttributeError, OSError, ValueError, RuntimeError):  # there is no standard error
        faulthandler.dump_traceback(sys.stderr, all_threads=True)
    os._exit(STATUS)
