"""What operators do to checks: say that they know about one, and have nobody told of one. Each leaves an audit row."""

from __future__ import annotations

import time
from typing import Final

from sttelnet.charset import one_line
from sttelnet.client import Client
from sttelnet.handlers.books import write_down
from sttelnet.health import Check, State
from sttelnet.health.states import WORST_FIRST
from sttelnet.words import DURATION_RULE, seconds_of, span_words

LONGEST_COMMENT: Final = 100
LONGEST: Final = 366 * 86_400.0  # seconds
OFF: Final = "off"

_TOO_LONG: Final = "A year at most."


def timed(text: str) -> tuple[float | None, str]:
    """Return the seconds a text begins with and the rest of it, None where it begins with none.

    They have a unit, for a comment may begin with a number: "2 disks are ordered".
    """
    first, _, rest = text.strip().partition(" ")
    seconds = seconds_of(first) if not first[-1:].isdigit() else None
    return (None, text.strip()) if seconds is None else (seconds, rest.strip())


async def acknowledge(client: Client, check: Check, text: str, seconds: float | None = None) -> str:
    """Note that a client knows about a check, for a time or until it is OK; return what to tell them.

    Raises StoreError.
    """
    title = check.definition.title
    if text.strip().casefold() == OFF:
        return await _take_back(client, check)
    if check.state is State.OK:
        return f"{title} is OK: there is nothing to know about it."
    if seconds is not None and not 0 < seconds <= LONGEST:
        return _TOO_LONG if seconds else DURATION_RULE
    comment, until = one_line(text)[:LONGEST_COMMENT], 0.0 if seconds is None else time.time() + seconds
    await client.services.checks.acknowledge(check, client.nick_name, comment, until)
    span = "until it is OK" if seconds is None else f"for {span_words(seconds)}, or until it is OK"
    await write_down(client, "acknowledged", f"{check.name} {span}: {comment}")
    if seconds is None:
        return f"{title} is known to you; nobody is told of it until it is OK."
    return f"{title} is known to you; nobody is told of it {span}."


async def _take_back(client: Client, check: Check) -> str:
    title, known_by, comment = check.definition.title, check.ack_by, check.ack_text
    if not known_by:
        return f"Nobody has said that they know about {title}."
    await client.services.checks.take_back(check)
    await write_down(client, "acknowledgement off", f"{check.name}, of {known_by}: {comment}")
    return f"{title} is known to nobody any more; its changes are told of again."


async def mute(client: Client, check: Check, text: str) -> str:
    """Tell nobody of a check for a time; return what to tell the client. Raises StoreError."""
    seconds = 0.0 if text.strip().casefold() == OFF else seconds_of(text)
    if seconds is None or seconds > LONGEST:
        return DURATION_RULE if seconds is None else _TOO_LONG
    await client.services.checks.mute(check, time.time() + seconds if seconds else 0.0)
    title = check.definition.title
    if not seconds:
        await write_down(client, "mute off", check.name)
        return f"{title} is told of again."
    await write_down(client, "muted", f"{check.name} for {span_words(seconds)}")
    return f"{title} is muted for {span_words(seconds)}."


def known_words(check: Check) -> str:
    """Return who knows about a check, for how long and what they say; "" for nobody."""
    if not check.ack_by:
        return ""
    still = f" for {span_words(check.ack_until - time.time())}" if check.ack_until else ""
    return f"to {check.ack_by}{still}: {check.ack_text}"


def not_well(client: Client) -> list[str]:
    """Return a line for each check that is not OK, the worst first, with who knows about it."""
    checks = sorted(client.services.checks.all(), key=lambda check: WORST_FIRST.index(check.state))
    return [_line(check) for check in checks if check.state is not State.OK]


def _line(check: Check) -> str:
    known = known_words(check)
    return f"{check.state.word:<9} {check.definition.title}  {f'known {known}' if known else 'known to nobody'}"


def muted(client: Client) -> list[str]:
    """Return a line for each check that is muted."""
    now = time.time()
    checks = [check for check in client.services.checks.all() if check.muted_until > now]
    return [f"{check.definition.title} is muted for {span_words(check.muted_until - now)}." for check in checks]
