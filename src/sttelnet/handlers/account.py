"""Handlers about members: oneself, the others, and what they say of themselves."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from sttelnet.charset import cut, pad
from sttelnet.client import Client
from sttelnet.handlers.table import width_of
from sttelnet.members import Member, Refusal
from sttelnet.outcome import BACK, REPEAT, ROOT, Outcome

# Scripts that name anything else are refused when they load.
OfClient: TypeAlias = Literal["name", "role", "number", "peer"]
OfMember: TypeAlias = Literal["joined", "last_login", "last_peer", "profile"]
Fact: TypeAlias = Literal[OfClient, OfMember]

LAST_LOG_IN = "sttelnet.last_log_in"  # client_data: the member's row as it was before this log-in
NEVER = "never"
GUEST = "You are not logged in."


def when(seconds: float | None) -> str:
    """Return a time as people read it, in the host's own time zone."""
    if seconds is None:
        return NEVER
    return datetime.fromtimestamp(seconds, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def STMe(client: Client, field: Fact = "name") -> str:
    """Print a fact about the client: name, role, number, peer, joined, last_login, last_peer, profile."""
    match field:
        case "name" | "role" | "number" | "peer":
            return _OF_CLIENT[field](client)
        case "joined" | "profile":
            return _OF_MEMBER[field](client.member) if client.member else ""
        case "last_login" | "last_peer":
            before = client.client_data.get(LAST_LOG_IN)
            return _OF_MEMBER[field](before) if isinstance(before, Member) else ""
    message = f'unknown fact "{field}" (one of {" ".join((*_OF_CLIENT, *_OF_MEMBER))})'
    raise ValueError(message)


_OF_CLIENT: dict[OfClient, Callable[[Client], str]] = {
    "name": lambda client: client.nick_name,
    "role": lambda client: str(client.role),
    "number": lambda client: str(client.number),
    "peer": lambda client: client.peer,
}
_OF_MEMBER: dict[OfMember, Callable[[Member], str]] = {
    "joined": lambda member: when(member.created),
    "last_login": lambda member: when(member.last_login),
    "last_peer": lambda member: member.last_peer or "",
    "profile": lambda member: member.profile,
}


async def STMembers(client: Client, keep: int = 8) -> str:
    """Print the members as a list in pages: name, role, last log-in, profile."""
    rows = [_row(m.name, str(m.role), when(m.last_login), m.profile) for m in await client.services.members.all()]
    return "\n".join([_row("NAME", "ROLE", "LAST LOG-IN", "PROFILE"), *client.page(rows, keep)])


async def STAccounts(client: Client, keep: int = 8) -> str:
    """Print the members as a list in pages, for admins: name, role, last log-in, its address, lock."""
    rows = [
        _row(m.name, str(m.role), when(m.last_login), f"{m.last_peer or '-':<16}{_state(m)}")
        for m in await client.services.members.all()
    ]
    head = _row("NAME", "ROLE", "LAST LOG-IN", f"{'ADDRESS':<16}STATE")
    return "\n".join([head, *client.page(rows, keep)])


def _row(name: str, role: str, last: str, rest: str) -> str:
    """Return one row of 79 cells at most."""
    return f"{pad(name, 20, 'left')} {role:<8}  {last:<16}  {cut(rest, 30)}".rstrip()


def _state(member: Member) -> str:
    if member.locked:
        return "locked"
    return "one-time" if member.must_change else ""


async def STMemberLook(client: Client, data: str) -> Outcome:
    """Take a member's name and show who that is; an empty line goes back."""
    name = data.strip()
    if not name:
        return BACK
    member = await client.services.members.get(name)
    if member is None:
        client.notice(Refusal.NO_SUCH_MEMBER.value)
        return REPEAT
    client.notice(f"{member.name}: {member.role} since {when(member.created)}, last log-in {when(member.last_login)}.")
    if member.profile:
        client.notice(f"{member.name}: {member.profile}")
    return REPEAT


def STProfile(client: Client) -> str:
    """Print what the member says of themselves."""
    return "\n".join(textwrap.wrap(client.member.profile, width_of(client))) if client.member else ""


async def STProfileSet(client: Client, data: str) -> Outcome:
    """Take a new profile, one line; an empty line leaves it, a single "-" empties it."""
    if client.member is None:
        client.notice(GUEST)
        return ROOT
    text = data.strip()
    if not text:
        return BACK
    changed = await client.services.members.set_profile(client.member.id, "" if text == "-" else text)
    if isinstance(changed, Refusal):
        client.notice(changed.value)
        return REPEAT
    client.take_up(changed)
    client.notice("Your profile is stored.")
    return BACK
