"""The newest events, kept in memory for whoever looks at them from inside."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sttelnet.logs.forms import LONGEST_TEXT, error_of, escape, event_text

KEPT: Final = 1_000  # events
_LONGEST_TRACE: Final = 4_000  # characters


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event, with nothing in it that a terminal acts on."""

    number: int  # counts from 1
    at: float  # seconds since 1970
    level: int  # logging.INFO, …
    text: str  # the message and its fields, on one line
    trace: tuple[str, ...] = ()  # the lines of a traceback; only its last until the rest has been written out


class Recent:
    """Keeps the newest events. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: dict[int, Recorded] = {}  # by number, the oldest first
        self._count = self.warnings = self.errors = 0  # since the start

    def add(self, record: logging.LogRecord) -> int:
        """Keep an event, whose words must be fixed already, and return its number."""
        text = escape(event_text(record), 2 * LONGEST_TEXT)
        error = error_of(record)
        trace = (escape(error),) if error else ()
        with self._lock:
            self._count += 1
            self.warnings += record.levelno == logging.WARNING
            self.errors += record.levelno > logging.WARNING
            self._events[self._count] = Recorded(self._count, record.created, record.levelno, text, trace)
            self._events.pop(self._count - KEPT, None)
            return self._count

    def explain(self, number: int, trace: str) -> None:
        """Add the whole traceback to an event, if it is still kept."""
        lines = tuple(escape(line) for line in trace[-_LONGEST_TRACE:].splitlines())
        with self._lock:
            event = self._events.get(number)
            if event is not None:
                self._events[number] = replace(event, trace=lines)

    def events(self, level: int = logging.DEBUG, words: Sequence[str] = ()) -> list[Recorded]:
        """Return the events of a level and above that hold all the words, without case; the newest last."""
        with self._lock:
            kept = list(self._events.values())
        folded = [word.casefold() for word in words]
        return [event for event in kept if event.level >= level and (not folded or _holds(event, folded))]

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._events.clear()
            self._count = self.warnings = self.errors = 0


def _holds(event: Recorded, folded: list[str]) -> bool:
    text = " ".join((event.text, *event.trace)).casefold()
    return all(word in text for word in folded)


RECENT: Final = Recent()
