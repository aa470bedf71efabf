"""The event logs of Windows: how many errors have come since the last look, through its program wevtutil."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sttelnet.health.lane import Lane
from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.blocking import WORK_SHARE
from sttelnet.health.probes.judging import judged, unknown
from sttelnet.health.probes.matching import TOO_SLOW, matches
from sttelnet.health.probes.model import Asked
from sttelnet.health.runner import run_program
from sttelnet.words import count_words

LOGS: Final = "System,Application"
FIRST_SECONDS: Final = 60.0  # the first look goes back so far
MOST_EVENTS: Final = 100  # of each log: what the kept output has room for
MOST_LOGS: Final = 8
LONGEST_SYSTEM: Final = 2000  # characters
MOST_SHOWN: Final = 10

_LOG = re.compile(r"[\w .()/-]{1,200}")
# wevtutil writes an Event element for each, one behind the other, with quotes of either kind. What is looked for here
# stands in its System element, which comes first.
_SOURCE = re.compile(r"<Provider\b[^>]*?\bName=(['\"])(.*?)\1")
_NUMBER = re.compile(r"<EventID\b[^>]*>(\d{1,10})<")
_TIME = re.compile(r"<TimeCreated\b[^>]*?\bSystemTime=(['\"])([^'\"]{10,19})")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


@dataclass(frozen=True, slots=True)
class Event:
    """One event, uncleaned."""

    at: str  # "2026-03-01T12:00:00", UTC
    source: str
    number: int

    def __str__(self) -> str:
        return f"{self.at.replace('T', ' ')} {self.source} {self.number}"


class EventsProbe:
    """Counts errors. A time is asked for once: from the end of the last look that had an answer."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._since = time.time() - FIRST_SECONDS
        self._events: list[Event] = []
        self._matching = Lane("probe events", self._matched)

    async def run(self) -> Result:
        """Look once."""
        if sys.platform != "win32":
            return unknown("only Windows has event logs")
        return await self._run()

    async def _run(self) -> Result:
        logs, now = logs_of(self._asked), time.time()
        seconds = self._asked.timeout * WORK_SHARE / (len(logs) + 1)  # for each, and for matching
        events: list[Event] = []
        for log in logs:
            run = await run_program(query(log, self._since, now), seconds)
            if run.status != 0:
                return unknown(f"{log}: {(run.errors or run.result.text).strip()}")
            events += read_events(run.output.decode("utf-8", "replace"))
        self._since = now
        if self._asked.match:
            self._events = events
            matched = await self._matching.answer(2 * seconds)
            if matched is None:
                return unknown(TOO_SLOW)
            events = matched
        return judged_events(self._asked, events)

    def _matched(self) -> list[Event] | None:
        """Return the events whose source matches. Blocks; ends itself before it is given up."""
        events, seconds = self._events, self._asked.timeout * WORK_SHARE / (len(logs_of(self._asked)) + 1)
        try:
            found = matches(self._asked.match, [event.source for event in events], time.monotonic() + seconds)
        except OSError:
            return None
        return None if found is None else [one for one, is_found in zip(events, found, strict=True) if is_found]


def judged_events(asked: Asked, events: Sequence[Event]) -> Result:
    """Return how many errors there are."""
    newest = sorted(events, key=lambda event: event.at, reverse=True)
    text = count_words(len(events), "error") if events else "no error"
    if len(events) >= MOST_EVENTS:
        text += " or more"
    if newest:
        text += f", the last: {newest[0].source} {newest[0].number}"
    count = Figure("errors", len(events), "", asked.warning, asked.critical, 0)
    return judged(text, count, further="\n".join(str(event) for event in newest[:MOST_SHOWN]))


def query(log: str, since: float, until: float) -> tuple[str, ...]:
    """Return the command for the critical events and errors (levels 1 and 2) of a log, the newest first."""
    span = f"@SystemTime>='{_stamp(since)}' and @SystemTime<'{_stamp(until)}'"
    wanted = f"*[System[(Level=1 or Level=2) and TimeCreated[{span}]]]"
    return ("wevtutil", "qe", log, f"/q:{wanted}", "/f:xml", "/rd:true", f"/c:{MOST_EVENTS}")


def read_events(output: str) -> list[Event]:
    """Return the events that wevtutil writes; what is none is passed over."""
    found: list[Event] = []
    for piece in output.split("</Event>")[:-1]:
        element = piece.lstrip()[:LONGEST_SYSTEM]
        source, number, at = (pattern.search(element) for pattern in (_SOURCE, _NUMBER, _TIME))
        if source and number:
            found.append(Event(at[2] if at else "", _plain(source[2]), int(number[1])))
    return found


def logs_of(asked: Asked) -> list[str]:
    """Return the names of the logs."""
    return [name for part in (asked.target or LOGS).split(",") if (name := part.strip())]


def events_fault(asked: Asked) -> str:
    """Return what is wrong with the names."""
    logs = logs_of(asked)
    if not 0 < len(logs) <= MOST_LOGS or not all(_LOG.fullmatch(log) and log[0] not in "/-" for log in logs):
        return f"events needs a target of 1 to {MOST_LOGS} names of event logs, commas between them"
    return ""


def _stamp(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def _plain(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text
