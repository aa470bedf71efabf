"""The daemon's own log: one line for each event, text for people or JSON for programs.

    log = logs.session_logger(7, "10.0.0.5")
    log.info("logged in", member="ann")     # … INFO logged in session=7 peer=10.0.0.5 member=ann

An event is its words (with %-arguments where they help) and fields. Whatever a client wrote goes into a field.
Not here: files, rotation, shipping. Standard error is taken up by journald, a service wrapper or a terminal.
"""

from __future__ import annotations

import contextlib
import copy
import json
import logging
import os
import queue
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from typing import Any, Final, TextIO

from sttelnet.config import LogConfig

QUEUE_LENGTH: Final = 10_000  # events waiting for a slow disk; more are counted and dropped
STOP_TIMEOUT: Final = 2.0  # at the end, a disk that hangs is waited for this long
LONGEST_TEXT: Final = 1_000  # characters of one message or field
LONGEST_TRACEBACK: Final = 20_000

# What these say below WARNING holds bytes and rows as they are: key strokes, passwords being typed, hashes.
_TALKATIVE: Final = ("telnetlib3", "aiosqlite", "asyncio")
_PLAIN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "fields"}
_OWN_ARGUMENTS: Final = frozenset({"exc_info", "stack_info", "stacklevel", "extra"})


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


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """Return an event's fields, also those of a plain logger's `extra=`."""
    fields = dict(getattr(record, "fields", None) or {})
    fields.update((name, value) for name, value in vars(record).items() if name not in _PLAIN)
    return fields


# -- cleaning: a client must not be able to write a line of its own, or colour the reader's terminal


def escape(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return text on one line, with nothing in it that a terminal acts on."""
    if len(text) > longest:
        text = text[:longest] + "…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _field(value: object) -> str:
    text = escape(_shown(value))
    if text and not any(c in ' ="\\' for c in text):
        return text
    return '"' + text.replace('"', '\\"') + '"'


def _shown(value: object) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - a site's own object must not silence the line that reports it
        return f"<{type(value).__name__}: {type(error).__name__}>"


def _traceback_of(record: logging.LogRecord) -> str:
    if record.exc_text:
        return record.exc_text[-LONGEST_TRACEBACK:]
    if not record.exc_info or record.exc_info[0] is None:
        return ""
    return "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")[-LONGEST_TRACEBACK:]


# -- the two forms


class TextFormatter(logging.Formatter):
    """`04:31:02 INFO    logged in session=7 member=ann`; a traceback follows on lines of its own, set in."""

    def __init__(self, *, journal: bool = False, short: bool = False) -> None:
        super().__init__()
        self._journal = journal
        self._short = short

    def format(self, record: logging.LogRecord) -> str:
        """Return the event's line, and a traceback's lines below it."""
        words = [escape(record.getMessage())]
        words += [f"{escape(name)}={_field(value)}" for name, value in fields_of(record).items()]
        lines = [f"{self._lead(record)} {' '.join(words)}"]
        lines += [f"    | {escape(line)}" for line in _traceback_of(record).splitlines()]
        if self._journal:
            # sd-daemon(3): each line on its own carries its level; journald has the time already
            prefix = f"<{_syslog_level(record.levelno)}>"
            lines = [prefix + line for line in lines]
        return "\n".join(lines)

    def _lead(self, record: logging.LogRecord) -> str:
        if self._journal:
            return record.levelname
        time = _time(record)
        shown = time.strftime("%H:%M:%S") if self._short else time.isoformat(timespec="milliseconds")
        return f"{shown} {record.levelname:<7}"


class JsonFormatter(logging.Formatter):
    """One JSON object on one line for each event."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the event as JSON."""
        event: dict[str, object] = {
            "time": _time(record).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage()[:LONGEST_TEXT],
        }
        trace = _traceback_of(record)
        if trace:
            event["traceback"] = trace
        for name, value in fields_of(record).items():
            event[name if name not in event else f"{name}_"] = _json_value(value)
        return json.dumps(event)  # ASCII: what is no ASCII is escaped, a terminal's controls too


def _json_value(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return _shown(value)[:LONGEST_TEXT]


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC).astimezone()


def _syslog_level(level: int) -> int:
    """Return syslog's level, RFC 5424 6.2.1: 2 critical, 3 error, 4 warning, 6 information, 7 debug."""
    ladder = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
    return next((number for least, number in ladder if level >= least), 7)


def formatter(config: LogConfig, stream: TextIO, environ: Mapping[str, str]) -> logging.Formatter:
    """Return the form the config asks for, and `auto` the one that suits the stream."""
    if config.format == "json":
        return JsonFormatter()
    journal = config.format == "auto" and _is_journal(stream, environ.get("JOURNAL_STREAM", ""))
    return TextFormatter(journal=journal, short=stream.isatty())


def _is_journal(stream: TextIO, journal: str) -> bool:
    """Whether the stream is the journal's. systemd.exec(5): compare, for a child of a service inherits the word."""
    if not journal:
        return False
    try:
        facts = os.fstat(stream.fileno())
    except (OSError, ValueError):  # io.UnsupportedOperation is both
        return False
    return journal == f"{facts.st_dev}:{facts.st_ino}"


# -- out of the loop's way


class _Intake(QueueHandler):
    """Takes events in the event loop: never blocks, counts what finds no room."""

    def __init__(self, waiting: queue.Queue[Any]) -> None:
        super().__init__(waiting)
        self._dropped = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Fix the words now, for arguments may change; a traceback is written out by the other thread."""
        record = copy.copy(record)
        record.msg, record.args = record.getMessage(), None
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


class _Writer(QueueListener):
    """Writes events from a thread of its own."""

    def __init__(self, waiting: queue.Queue[Any], intake: _Intake, output: logging.Handler) -> None:
        super().__init__(waiting, output)
        self._waiting = waiting
        self._intake = intake

    def handle(self, record: logging.LogRecord) -> None:
        """Write one event, and behind it how many had to be dropped."""
        super().handle(record)
        dropped = self._intake.take_dropped()
        if dropped:
            note = {"levelno": logging.WARNING, "levelname": "WARNING", "name": __name__}
            super().handle(logging.makeLogRecord({**note, "msg": "events dropped", "fields": {"count": dropped}}))

    def stop(self) -> None:
        """Write what waits, for a bounded time; the thread is a daemon and dies with the process."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        end = self._sentinel  # type: ignore[attr-defined]  # typeshed leaves it out
        with contextlib.suppress(queue.Full):
            self._waiting.put(end, timeout=STOP_TIMEOUT)
        thread.join(STOP_TIMEOUT)


def set_level(level: str) -> None:
    """Log from this level on: "debug", "info", "warning", "error"."""
    logging.getLogger().setLevel(level.upper())


@contextlib.contextmanager
def running(config: LogConfig, stream: TextIO | None = None, environ: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Log to the stream (standard error) while the block runs; every logger of the process is heard."""
    out = stream or sys.stderr
    output = logging.StreamHandler(out)
    output.setFormatter(formatter(config, out, environ))
    waiting: queue.Queue[Any] = queue.Queue(QUEUE_LENGTH)
    intake = _Intake(waiting)
    writer = _Writer(waiting, intake, output)
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
        root.setLevel(before)
