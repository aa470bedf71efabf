"""Who is on."""

from __future__ import annotations

from collections.abc import Sequence

from sttelnet.client import Client
from sttelnet.handlers.table import Column, listed
from sttelnet.hub import Presence
from sttelnet.role import Role
from sttelnet.words import duration_words

_WHO = (
    Column("NO", 4, "right"),
    Column("NAME", 20),
    Column("VIA", 6, window=70),
    Column("TERMINAL", 16, window=70),
    Column("IDLE", 5, "right", window=40),
    Column("DOING", 10),
)
_WHO_FROM = (
    Column("NO", 4, "right"),
    Column("NAME", 20),
    Column("FROM", 15, window=60),
    Column("VIA", 6, window=70),
    Column("TERMINAL", 9, window=70),
    Column("IDLE", 5, "right", window=40),
    Column("DOING", 10),
)


def STWho(client: Client, keep: int = 8) -> str:
    """Print who is on, in pages; operators and admins see from where, and those who are invisible."""
    columns, rows = who(client)
    return listed(client, columns, rows, keep)


def who(client: Client) -> tuple[Sequence[Column], list[list[str]]]:
    """Return the columns and the rows of who is on, as far as the client is told."""
    presences = [one for one in client.services.hub.presences() if one.seen_by(client.number, client.role)]
    if client.role >= Role.OPERATOR:
        return _WHO_FROM, [_who_from_row(presence) for presence in presences]
    return _WHO, [_who_row(presence) for presence in presences]


def _who_row(presence: Presence) -> list[str]:
    terminal = f"{_size(presence)} {presence.terminal}"
    doing = f"(invisible) {presence.doing}" if presence.invisible else presence.doing
    return [str(presence.number), presence.name, presence.via, terminal, idle_words(presence.idle), doing]


def _who_from_row(presence: Presence) -> list[str]:
    number, name, via, _, idle, doing = _who_row(presence)
    return [number, name, presence.peer, via, _size(presence), idle, doing]


def _size(presence: Presence) -> str:
    return f"{presence.size.columns}x{presence.size.rows}"


def idle_words(seconds: float) -> str:
    """Return "0:12", "59:59", then "1h"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}" if seconds < 3600 else duration_words(seconds)
