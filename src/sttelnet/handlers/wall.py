"""What those who were here before have left: the last callers, and a line each on the wall."""

from __future__ import annotations

import time
from typing import Final

from sttelnet.ansi import Ansi, Color, Reset
from sttelnet.charset import one_line
from sttelnet.client import Client
from sttelnet.handlers.account import GUEST, when
from sttelnet.handlers.table import Column, listed, width_of
from sttelnet.outcome import BACK, REPEAT, Outcome
from sttelnet.role import Role
from sttelnet.store import Oneliner

LONGEST: Final = 70  # characters of a line on the wall
MOST_LINES: Final = 200  # that stay on it
PAUSE: Final = 60.0  # seconds between two lines of one member; operators need not wait
CALLERS: Final = 200
EMPTY: Final = "Nobody has written anything yet."
NO_CALLERS: Final = "Nobody has logged in yet."
TOO_SOON: Final = "One line a minute: wait a moment."

_CALLERS: Final = (Column("WHEN", 16), Column("NAME", 20))
_CALLERS_FROM: Final = (*_CALLERS, Column("FROM", 15))


async def STCallers(client: Client, keep: int = 8) -> str:
    """Print who has logged in, in pages, the newest first; operators and admins see from where."""
    entries = await client.services.store.audit.callers(CALLERS)
    if not entries:
        return NO_CALLERS
    if client.role >= Role.OPERATOR:
        return listed(client, _CALLERS_FROM, ((when(entry.at), entry.who, entry.peer) for entry in entries), keep)
    return listed(client, _CALLERS, ((when(entry.at), entry.who) for entry in entries), keep)


async def STOneliners(client: Client, count: int = 15) -> str:
    """Print the newest lines of the wall, the newest last, each on one row."""
    lines = await client.services.store.oneliners.latest(max(0, min(count, MOST_LINES)))
    if not lines:
        return EMPTY
    width = width_of(client)
    return Ansi("\n").join((Color("bright cyan") + line.name + Reset() + f"  {line.text}").cut(width) for line in lines)


async def STOnelinerAdd(client: Client, data: str) -> Outcome:
    """Take a member's line for the wall, one a minute; an empty line goes back."""
    text = one_line(data)
    if not text:
        return BACK
    if client.member is None:
        client.notice(GUEST)
        return BACK
    if len(text) > LONGEST:
        client.notice(f"A line has {LONGEST} characters at most; this has {len(text)}.")
        return REPEAT
    pause = PAUSE if client.role < Role.OPERATOR else 0.0
    line = Oneliner(time.time(), client.nick_name, text)
    if not await client.services.store.oneliners.add(line, MOST_LINES, pause):
        client.notice(TOO_SOON)
    return BACK
