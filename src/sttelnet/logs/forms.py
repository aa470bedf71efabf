"""A log event as text for people, or JSON for programs."""

from __future__ import annotations

import json
import logging
import os
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TextIO

from sttelnet.config import LogConfig

LONGEST_TEXT: Final = 1_000  # characters of one message or field
LONGEST_TRACEBACK: Final = 20_000
_PLAIN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "fields",
    "kept_as",  # the event's number among the newest
}


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


def event_text(record: logging.LogRecord) -> str:
    """Return an event's message and its fields, on one line."""
    words = [escape(record.getMessage())]
    words += [f"{escape(name)}={_field(value)}" for name, value in fields_of(record).items()]
    return " ".join(words)


def traceback_of(record: logging.LogRecord) -> str:
    """Return an event's traceback, its end where it is long; "" where it has none."""
    if record.exc_text:
        return record.exc_text[-LONGEST_TRACEBACK:]
    if not record.exc_info or record.exc_info[0] is None:
        return ""
    return "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")[-LONGEST_TRACEBACK:]


def error_of(record: logging.LogRecord) -> str:
    """Return the last line of an event's traceback, "" where it has none: no file is read for it."""
    if not record.exc_info or record.exc_info[0] is None:
        return record.exc_text.rpartition("\n")[2] if record.exc_text else ""
    return traceback.format_exception_only(*record.exc_info[:2])[-1].rstrip("\n")


# -- the two forms


class TextFormatter(logging.Formatter):
    """`04:31:02 INFO    logged in session=7 member=ann`; a traceback follows on lines of its own, set in."""

    def __init__(self, *, journal: bool = False, short: bool = False) -> None:
        super().__init__()
        self._journal = journal
        self._short = short

    def format(self, record: logging.LogRecord) -> str:
        """Return the event's line, and a traceback's lines below it."""
        lines = [f"{self._lead(record)} {event_text(record)}"]
        lines += [f"    | {escape(line)}" for line in traceback_of(record).splitlines()]
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
        trace = traceback_of(record)
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
