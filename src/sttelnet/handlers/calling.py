"""Writing to everybody of a role, and calling the operator."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from sttelnet.charset import one_line
from sttelnet.client import Client
from sttelnet.hub import LONGEST, Delivery, Presence
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
    here = _here(client, roles)
    if not any(one.seen_by(client.number, client.role) for one in here):
        return await _keep_for(client, roles, group, text, urgent=urgent)
    mail, sender = client.services.mail, client.sender()
    done = [mail.to_guest(sender, one.number, text, urgent=urgent) for one in here if one.user_id is None]
    seen = {one.user_id: False for one in here if one.user_id is not None}
    seen |= {one.user_id: True for one in here if one.user_id in seen and one.seen_by(client.number, client.role)}
    reached = sum(delivery.reached for delivery in done)
    became = await mail.to_members(sender, seen, text, urgent=urgent)
    reached += sum(seen[member] and delivery.reached for member, delivery in became.items())
    if not reached:
        return await _keep_for(client, roles, group, text, urgent=urgent, but=became.keys())
    return f"Delivered to {reached} {'person' if reached == 1 else 'people'}: {text}"


def _here(client: Client, roles: frozenset[Role]) -> list[Presence]:
    """Return those of some roles who are on, without who asks, and without programs: nobody reads there."""
    own = client.user_id
    return [
        one
        for one in client.services.hub.presences()
        if not one.program and one.role in roles and one.number != client.number and (own is None or one.user_id != own)
    ]


async def _keep_for(
    client: Client, roles: frozenset[Role], group: str, text: str, *, urgent: bool, but: Collection[int] = ()
) -> str:
    """Keep a message for the operators or admins there are: none of them is on, as far as the sender is told."""
    if group not in _ANYBODY_MAY:
        return f"Nobody of {group} is on."
    staff = [m.id for m in await client.services.members.all() if m.role in roles and not m.locked]
    others = [member for member in staff if member != client.user_id and member not in but]
    kept = await client.services.mail.to_members(client.sender(), others, text, urgent=urgent)
    if any(delivery.reached for delivery in kept.values()):
        return f"Nobody of {group} is on: your message will be delivered at their next log-in."
    if kept:
        return f"Nobody of {group} is on, and their mailboxes are full."
    return f"Nobody of {group} takes it." if but else f"There is nobody else of {group}."


def too_long(text: str) -> str:
    """Say that a message has too many characters."""
    return f"A message has {LONGEST} characters at most; this has {len(text)}."
