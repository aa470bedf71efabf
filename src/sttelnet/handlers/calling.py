"""Writing to everybody of a role, and calling the operator."""

from __future__ import annotations

import asyncio
from typing import Final

from sttelnet.client import Client
from sttelnet.hub import LONGEST, Delivery
from sttelnet.hub.mail import one_line
from sttelnet.outcome import BACK, REPEAT, Outcome
from sttelnet.role import Role

OPERATORS: Final = "@operators"
GROUPS: Final = {
    "@all": frozenset(Role),
    "@guests": frozenset({Role.GUEST}),
    "@members": frozenset({Role.MEMBER, Role.OPERATOR, Role.ADMIN}),
    OPERATORS: frozenset({Role.OPERATOR, Role.ADMIN}),
    "@admins": frozenset({Role.ADMIN}),
}
_ANYBODY_MAY: Final = frozenset({OPERATORS, "@admins"})
_REACHED: Final = frozenset({Delivery.DELIVERED, Delivery.WAITS, Delivery.KEPT})


async def STPage(client: Client, data: str) -> Outcome:
    """Take a line for the operators: it rings on the screens of those who are on; an empty line goes back."""
    text = one_line(data)
    if not text:
        return BACK
    if len(text) > LONGEST:
        client.notice(too_long(text))
        return REPEAT
    client.notice(await to_group(client, OPERATORS, text, urgent=True))
    return BACK


async def to_group(client: Client, name: str, text: str, *, urgent: bool = False) -> str:
    """Write to everybody on of a role, and return what to tell the sender.

    What is written to operators or admins is kept for each of them where none is on. Raises StoreError.
    """
    group = name.casefold()
    roles = GROUPS.get(group)
    if roles is None:
        return f"The groups are {' '.join(GROUPS)}."
    if group not in _ANYBODY_MAY and client.role < Role.OPERATOR:
        return f"Only operators write to {group}."
    if not client.services.hub.may_write(client.number, asyncio.get_running_loop().time()):
        return Delivery.TOO_MANY.value
    members, guests = _here(client, roles)
    if not (members or guests):
        return await _keep_for(client, roles, group, text)
    mail, sender = client.services.mail, client.sender()
    done = [mail.to_guest(sender, number, text, urgent=urgent) for number in guests]
    done += [await mail.to_member(sender, member, text, urgent=urgent) for member in members]
    reached = sum(delivery in _REACHED for delivery in done)
    return f"Delivered to {reached} {'person' if reached == 1 else 'people'}: {text}"


def _here(client: Client, roles: frozenset[Role]) -> tuple[list[int], list[int]]:
    """Return the members of some roles who are on, and the sessions of guests, without who asks."""
    here = [one for one in client.services.hub.presences() if one.role in roles and one.number != client.number]
    members = {one.user_id for one in here if one.user_id is not None and one.user_id != client.user_id}
    return sorted(members), [one.number for one in here if one.user_id is None]


async def _keep_for(client: Client, roles: frozenset[Role], group: str, text: str) -> str:
    """Keep a message for the operators or admins there are: none of them is on."""
    if group not in _ANYBODY_MAY:
        return f"Nobody of {group} is on."
    staff = [m.id for m in await client.services.members.all() if m.role in roles and not m.locked]
    mail, sender = client.services.mail, client.sender()
    kept = [await mail.to_member(sender, member, text) for member in staff if member != client.user_id]
    if any(delivery in _REACHED for delivery in kept):
        return f"Nobody of {group} is on: your message will be delivered at their next log-in."
    return f"Nobody of {group} is on, and their mailboxes are full." if kept else f"There is nobody else of {group}."


def too_long(text: str) -> str:
    """Say that a message has too many characters."""
    return f"A message has {LONGEST} characters at most; this has {len(text)}."
