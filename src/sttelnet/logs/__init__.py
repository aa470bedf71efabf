"""The daemon's own log: one line for each event, text for people or JSON for programs.

    log = logs.session_logger(7, "10.0.0.5")
    log.info("logged in", member="ann")     # … INFO logged in session=7 peer=10.0.0.5 member=ann

An event is its words (with %-arguments where they help) and fields. Whatever a client wrote goes into a field.
Not here: files, rotation, shipping. Standard error is taken up by journald, a service wrapper or a terminal.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Final, TextIO

from sttelnet.config import LogConfig
from sttelnet.logs.forms import JsonFormatter, TextFormatter, escape, fields_of, formatter
from sttelnet.logs.recent import RECENT, Recorded
from sttelnet.logs.waiting import Intake, Output, Writer

QUEUE_LENGTH: Final = 10_000  # events waiting for a slow disk; more are counted and dropped

# What these say below WARNING holds bytes and rows as they are: key strokes, passwords being typed, hashes.
_TALKATIVE: Final = ("telnetlib3", "aiosqlite", "asyncio")
_OWN_ARGUMENTS: Final = frozenset({"exc_info", "stack_info", "stacklevel", "extra"})

__all__ = [
    "RECENT",
    "EventLog",
    "JsonFormatter",
    "Recorded",
    "TextFormatter",
    "escape",
    "event_logger",
    "fields_of",
    "formatter",
    "running",
    "session_logger",
    "set_level",
]


class EventLog(logging.LoggerAdapter[logging.Logger]):
    """A logger whose keyword arguments are the event's fields, behind those bound to it."""

    def __init__(self, logger: logging.Logger, bound: Mapping[str, object] | None = None) -> None:
        super().__init__(logger)
        self.bound = dict(bound or {})

    def process(self, msg: object, kwargs: MutableMapping[str, Any]) -> tuple[object, MutableMapping[str, Any]]:
        """Gather the fields into the record's one attribute of ours."""
        own = {name: kwargs[name] for name in _OWN_ARGUMENTS & kwargs.keys()}
        fields = {name: value for name, value in kwargs.items() if name not in _OWN_ARGUMENTS}
        extra = own.get("extra") or {}
        own["extra"] = {"fields": {**self.bound, **extra, **fields}}
        return msg, own


def event_logger(name: str) -> EventLog:
    """Return the log of a module: `event_logger(__name__)`."""
    return EventLog(logging.getLogger(name))


def session_logger(number: int, peer: str) -> EventLog:
    """Return the log of one session; its number and the client's address stand in every line."""
    return EventLog(logging.getLogger("sttelnet.session"), {"session": number, "peer": peer})


def set_level(level: str) -> None:
    """Log from this level on: "debug", "info", "warning", "error"."""
    logging.getLogger().setLevel(level.upper())


@contextlib.contextmanager
def running(config: LogConfig, stream: TextIO | None = None, environ: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Log to the stream (standard error) while the block runs; every logger of the process is heard."""
    out = stream or sys.stderr
    output = Output(out)
    output.setFormatter(formatter(config, out, environ))
    waiting: queue.Queue[Any] = queue.Queue(QUEUE_LENGTH)
    intake = Intake(waiting)
    writer = Writer(waiting, intake, output)
    root = logging.getLogger()
    before = root.level
    root.addHandler(intake)
    set_level(config.level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    writer.start()
    try:
        yield
    finally:
        root.removeHandler(intake)
        writer.stop()
        RECENT.clear()
        root.setLevel(before)
