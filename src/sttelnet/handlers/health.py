"""Handlers that print how the host is: the state, the list of what is watched, what has happened."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from sttelnet.ansi import Ansi
from sttelnet.charset import spark
from sttelnet.client import Client
from sttelnet.handlers.host import hour
from sttelnet.handlers.states import counts, in_color
from sttelnet.handlers.table import Column, may_see_figures, on_page, shortened, table, width_of
from sttelnet.health import Check, Reading, State
from sttelnet.store import StoredChange
from sttelnet.words import duration_words

# Scripts that name anything else are refused when they load.
HealthForm: TypeAlias = Literal["", "word", "list"]

NUMBERED: Final = 9  # rows of a list that a single key opens
MOST_EVENTS: Final = 50
_LISTED: Final = "sttelnet.listed"  # client_data: the names of the checks in the rows of the list
_COLUMNS: Final = (
    Column("", 1),
    Column("STATE", 8),
    Column("CHECK", 21),
    Column("NOW", 17),
    Column("LIMIT", 8, window=48),
    Column("FOR", 4, window=60),
    Column("LAST HOUR", 10, window=70),
)
_STRIP_FROM: Final = sum(column.width + 1 for column in _COLUMNS[:-1])
_HEIGHTS: Final = {State.OK: 5.0, State.UNKNOWN: 40.0, State.WARNING: 65.0, State.CRITICAL: 100.0}


def STHealth(client: Client, what: HealthForm = "", keep: int = 16) -> str:
    """Print whether the host is all right, in words and colour.

    "" says "OK", or how many things are CRITICAL, WARNING, UNKNOWN; "word" says the state alone; "list" prints
    a row for each thing that is watched, the worst first, in pages, with the numbers STCheckCard takes.
    """
    if what not in {"", "word", "list"}:
        message = f'unknown form "{what}" (one of "" word list)'
        raise ValueError(message)
    checks = client.services.checks
    if what == "word" or not may_see_figures(client):
        state = checks.state()
        return in_color(state, state.word)
    if what == "list":
        return _list(client, checks.listed(), keep)
    return counts([check.state for check in checks.seen()])


def STHealthEvents(client: Client, rows: int = 3) -> str:
    """Print the last changes of confirmed states, newest first, in so many rows whether there are as many or not."""
    rows = max(1, min(rows, MOST_EVENTS))
    changes = client.services.checks.recent(rows) if may_see_figures(client) else []
    width = width_of(client)
    lines: list[str] = [_event(client, change).cut(width) for change in changes]
    if not lines:
        lines = ["Nothing has happened." if may_see_figures(client) else ""]
    return Ansi("\n").join([*lines, *([""] * (rows - len(lines)))])


def listed_check(client: Client, number: int) -> str | None:
    """Return the name of the check in a row of the list the client has seen last, counted from 1."""
    names = client.client_data.get(_LISTED)
    return names[number - 1] if isinstance(names, list) and 0 < number <= len(names) else None


def _list(client: Client, checks: Sequence[Check], keep: int) -> Ansi:
    now = time.time()
    shown = [checks[place].reading(now) for place in on_page(client, len(checks), keep)]
    client.client_data[_LISTED] = [reading.name for reading in shown]
    if client.terminal.plain:
        lines = [_line(client, reading) for reading in shown]
        more = [f"{len(shown)} of {len(checks)}; N turns the page"] if len(shown) < len(checks) else []
        return Ansi("\n").join([*lines, *more])
    width = width_of(client)
    return Ansi("\n").join(table(_COLUMNS, [_row(client, *numbered) for numbered in enumerate(shown, 1)], width))


def _row(client: Client, number: int, reading: Reading) -> list[str]:
    return [
        str(number) if number <= NUMBERED else "",
        in_color(reading.state, reading.state.word),
        reading.title,
        shortened(reading.value, 17),
        shortened(reading.limit, 8),
        duration_words(client.services.checks.lasting(reading.since)),
        # As Ansi, because its leading blanks count: they are the time before the first sample.
        Ansi(_strip(client, reading.name, width_of(client) - _STRIP_FROM)),
    ]


def _line(client: Client, reading: Reading) -> str:
    """Return a row for a program, or for somebody without columns: whole, with words for what the others see."""
    limit = f", limit {reading.limit}" if reading.limit else ""
    lasting = duration_words(client.services.checks.lasting(reading.since))
    return f"{reading.state.word:<8} {reading.title}: {reading.value}{limit}, for {lasting}"


def _strip(client: Client, name: str, width: int) -> str:
    """Return the last hour of a reading in one row: of a figure its course, of a check its states."""
    check = client.services.checks.find(name)
    if check is None or client.services.health.history(name):
        return hour(client, name, width)
    states = check.strip(max(0, width), time.time())
    return spark([math.nan if one is None else _HEIGHTS[one] for one in states], width, client.terminal.charset)


def _event(client: Client, change: StoredChange) -> Ansi:
    check = client.services.checks.find(change.name)
    title = check.definition.title if check is not None else change.name
    states = (State(change.before), State(change.after))
    before, after = (in_color(state, state.word) for state in states)
    return Ansi("") + f"{_moment(change.at)}  {title} " + before + " -> " + after + f"  {change.text}"


def _moment(at: float) -> str:
    """Return the time of a change, with the day where that is not today."""
    then, now = (datetime.fromtimestamp(seconds, UTC).astimezone() for seconds in (at, time.time()))
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%d %b %H:%M}"
