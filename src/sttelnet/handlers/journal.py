"""What the daemon has written: its log, and its audit."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from sttelnet.ansi import Ansi, Color, Reset
from sttelnet.charset import one_line
from sttelnet.client import Client
from sttelnet.handlers.account import when
from sttelnet.handlers.ranks import ADMINS_ONLY, OPERATORS_ONLY
from sttelnet.handlers.table import Column, on_page, table, width_of, wrapped
from sttelnet.handlers.turning import turned, turning
from sttelnet.logs import RECENT, Recorded
from sttelnet.outcome import BACK, REPEAT, Goto, Outcome
from sttelnet.role import Role
from sttelnet.store import Entry

# Scripts that name anything else are refused when they load.
Level: TypeAlias = Literal["debug", "info", "warning", "error"]

_BY = re.compile(r"(?:^|, )by \S")
NOTHING: Final = "Nothing."
_LEVELS: Final[dict[str, int]] = {name.lower(): number for name, number in logging.getLevelNamesMapping().items()}
_COLOURS: Final = ((logging.ERROR, "bright red"), (logging.WARNING, "bright yellow"))
_LOG_WORDS: Final = "sttelnet.log_words"  # client_data: what the lists are narrowed to
_LOG_EVENT: Final = "sttelnet.log_event"  # … the event looked at
_LOG_NEWEST: Final = "sttelnet.log_newest"  # … and the newest on the first page
_AUDIT_WORDS: Final = "sttelnet.audit_words"
_NUMBERS: Final = 100_000  # events are shown by the last five digits of their number: far fewer are kept

_LOG: Final = (Column("NO", 5, "right"), Column("TIME", 8), Column("LEVEL", 7, window=60), Column("EVENT", 10))


def STLog(client: Client, level: Level = "debug", keep: int = 8) -> str:
    """Print the newest events of the daemon's log, the newest last, in pages that go back in time; for operators."""
    if client.role < Role.OPERATOR:
        return OPERATORS_ONLY
    events = _held(client, RECENT.events(_LEVELS[level], _words(client, _LOG_WORDS)))
    if not events:
        return NOTHING
    shown = [events[-1 - place] for place in on_page(client, len(events), keep)]
    return Ansi("\n").join(table(_LOG, map(_event_row, reversed(shown)), width_of(client)))


def _held(client: Client, events: list[Recorded]) -> list[Recorded]:
    """Return the events without those that came since the client turned back in time: the page stands still."""
    if client.page_index == 0:
        client.client_data[_LOG_NEWEST] = events[-1].number if events else 0
    newest = client.client_data.get(_LOG_NEWEST, 0)
    return [event for event in events if event.number <= newest]


def _event_row(event: Recorded) -> list[str]:
    level = logging.getLevelName(event.level)
    colour = next((name for least, name in _COLOURS if event.level >= least), None)
    return [_number(event), _time(event), Color(colour) + level + Reset() if colour else level, event.text]


def _number(event: Recorded) -> str:
    return str(event.number % _NUMBERS)


def _time(event: Recorded) -> str:
    return datetime.fromtimestamp(event.at, UTC).astimezone().strftime("%H:%M:%S")


def STLogSearch(client: Client, data: str) -> Outcome:
    """Take words that the events of STLog must hold; an empty line shows all again."""
    client.client_data[_LOG_WORDS] = data.split()
    return BACK


def STLogShow(client: Client, data: str, page: str) -> Outcome:
    """Take the number of an event and go to `page`; an empty line goes back."""
    text = data.strip().removeprefix("#")
    if not text:
        return BACK
    event = next((event for event in RECENT.events() if _number(event) == text), None)
    if client.role < Role.OPERATOR or event is None:
        client.notice("There is no such event, or it is gone already.")
        return REPEAT
    client.client_data[_LOG_EVENT] = event.number
    return Goto(page)


def STLogEvent(client: Client, keep: int = 8) -> str:
    """Print the whole of the event that STLogShow has found, its traceback too; for operators."""
    if client.role < Role.OPERATOR:
        return OPERATORS_ONLY
    number = client.client_data.get(_LOG_EVENT)
    event = next((event for event in RECENT.events() if event.number == number), None)
    if event is None:
        return NOTHING
    head = f"{when(event.at)[:10]} {_time(event)}  {logging.getLevelName(event.level)}"
    rows = [row for line in (event.text, *event.trace) for row in wrapped(line, width_of(client), "  ")]
    return "\n".join([head, *client.page(rows, keep)])


async def STAudit(client: Client, keep: int = 8) -> str:
    """Print who did what, when and from where, in pages, the newest first; for admins."""
    if client.role < Role.ADMIN:
        return ADMINS_ONLY
    words, width = _words(client, _AUDIT_WORDS), width_of(client)
    pages = turning(client, (tuple(words), width), keep)
    entries = await client.services.store.audit.search(words, pages.limit, pages.before)
    rows = pages.fill([(entry.id, _entry_rows(entry, width)) for entry in entries])
    return "\n".join(turned(client, pages, rows, keep)).rstrip() or NOTHING


def _entry_rows(entry: Entry, width: int) -> list[str]:
    """Return an audit row's text, wrapped."""
    by_another = _BY.search(entry.detail) is not None  # then the address is theirs
    peer = f"from {entry.peer}" if entry.peer else ""
    who = entry.who if by_another else f"{entry.who} {peer}".strip()
    words = ": ".join(part for part in (who, entry.detail) if part) + (f" ({peer})" if by_another and peer else "")
    text = one_line(f"{entry.event} {words}")
    lead = f"{when(entry.at)}  "
    return wrapped(lead + text, width, " " * len(lead))


def STAuditSearch(client: Client, data: str) -> Outcome:
    """Take words that the rows of STAudit must hold; an empty line shows all again."""
    client.client_data[_AUDIT_WORDS] = data.split()
    return BACK


def STWords(client: Client, of: Literal["log", "audit"]) -> str:
    """Print what the log or the audit is narrowed to, "" where it is not."""
    words = _words(client, _LOG_WORDS if of == "log" else _AUDIT_WORDS)
    return f"only: {' '.join(words)}" if words else ""


def _words(client: Client, key: str) -> list[str]:
    words = client.client_data.get(key)
    return [word for word in words if isinstance(word, str)][:8] if isinstance(words, list) else []
