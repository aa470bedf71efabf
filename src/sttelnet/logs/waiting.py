"""Events out of the event loop's way: queued there, written by a thread of their own."""

from __future__ import annotations

import contextlib
import copy
import logging
import queue
import sys
from logging.handlers import QueueHandler, QueueListener
from typing import Any, Final, TextIO

from sttelnet.logs.forms import traceback_of
from sttelnet.logs.recent import RECENT

STOP_TIMEOUT: Final = 2.0  # at the end, a disk that hangs is waited for this long


class Intake(QueueHandler):
    """Takes events in the event loop: never blocks, keeps the newest, counts what finds no room."""

    def __init__(self, waiting: queue.Queue[Any]) -> None:
        super().__init__(waiting)
        self._dropped = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Fix the words now, for arguments may change; a traceback is written out by the other thread."""
        record = copy.copy(record)
        record.msg, record.args = record.getMessage(), None
        record.kept_as = RECENT.add(record)
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Queue the event, or count it as dropped."""
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            self._dropped += 1  # `handle` holds the lock

    def take_dropped(self) -> int:
        """Return how many were dropped since the last call."""
        self.acquire()
        try:
            dropped, self._dropped = self._dropped, 0
        finally:
            self.release()
        return dropped


class Output(logging.StreamHandler[TextIO]):
    """Writes to a stream that may fail: a disk that is full now has room again later, a reader may have gone."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.failed = 0  # events in a row that could not be written

    def emit(self, record: logging.LogRecord) -> None:
        """Write one event, or count it as failed."""
        before = self.failed
        super().emit(record)
        if self.failed == before:
            self.failed = 0

    def format(self, record: logging.LogRecord) -> str:
        """Return its line; behind one that failed it begins a new one, for a disk that fills up takes a part."""
        line = super().format(record)
        return f"\n{line}" if self.failed else line

    def handleError(self, record: logging.LogRecord) -> None:
        """Where the stream fails, be silent: it is where the complaint would go."""
        self.failed += 1
        if not isinstance(sys.exc_info()[1], OSError | ValueError):  # ValueError: it is closed
            super().handleError(record)


class Writer(QueueListener):
    """Writes events from a thread of its own."""

    def __init__(self, waiting: queue.Queue[Any], intake: Intake, output: Output) -> None:
        super().__init__(waiting, output)
        self._waiting = waiting
        self._intake = intake
        self._output = output
        self._lost = 0

    def handle(self, record: logging.LogRecord) -> None:
        """Write one event, and behind it how many had to be dropped, or could not be written before it."""
        trace = traceback_of(record)
        if trace:
            record.exc_text = trace  # the form takes it from there
            RECENT.explain(record.kept_as, trace)  # type: ignore[attr-defined]  # the intake has set it
        super().handle(record)
        self._lost += self._intake.take_dropped() + bool(self._output.failed)
        if self._lost and not self._output.failed:
            note = {"levelno": logging.WARNING, "levelname": "WARNING", "name": __name__}
            super().handle(logging.makeLogRecord({**note, "msg": "events dropped", "fields": {"count": self._lost}}))
            if not self._output.failed:
                self._lost = 0

    def stop(self) -> None:
        """Write what waits, for a bounded time; the thread is a daemon and dies with the process."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        end = self._sentinel  # type: ignore[attr-defined]  # typeshed leaves it out
        with contextlib.suppress(queue.Full):
            self._waiting.put(end, timeout=STOP_TIMEOUT)
        thread.join(STOP_TIMEOUT)
