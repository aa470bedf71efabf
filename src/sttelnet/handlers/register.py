"""Handlers for registration."""

from __future__ import annotations

from sttelnet.client import Client, masked
from sttelnet.handlers.login import NAME_FIRST, enter, welcome
from sttelnet.handlers.password import choose, repeated, sentence
from sttelnet.members import Refusal
from sttelnet.outcome import ACCEPTED, BACK, REFRESH, ROOT, Outcome

_NAME = "sttelnet.register_name"  # client_data: the name, until the password comes


def STRegistration(client: Client) -> str:
    """Print whether one can register here."""
    match client.services.members.registration():
        case "open":
            return "Registration is open."
        case "approve":
            return "Registration is open; an admin lets new members in."
        case _:
            return Refusal.CLOSED.value


async def STRegisterID(client: Client, data: str) -> Outcome:
    """Take the name of a new member; an empty line goes back."""
    members = client.services.members
    name = data.strip()
    if members.registration() == "closed":
        client.notice(Refusal.CLOSED.value)
        return BACK
    if not name:
        return BACK
    refusal = members.check_name(name)
    if refusal is None and await members.get(name) is not None:
        refusal = Refusal.NAME_TAKEN
    if refusal is not None:
        client.notice(refusal.value)
        return REFRESH
    client.client_data[_NAME] = name
    return ACCEPTED


@masked
def STRegisterPassword(client: Client, data: str) -> Outcome:
    """Take the password of a new member; one that will not do is asked for again."""
    name = client.client_data.get(_NAME)
    if name is None:
        client.notice(NAME_FIRST)
        return REFRESH
    return choose(client, name, data)


@masked
async def STRegisterRepeat(client: Client, data: str) -> Outcome:
    """Take the password again, register the member and log in."""
    client.client_data.pop(_NAME, None)
    name = repeated(client, data)
    if name is None:
        return REFRESH
    client.has_tried = True
    result = await client.services.members.register(name, data, client.peer)
    if result is Refusal.PENDING:
        client.log.info("registered", member=name, pending=True)
        client.notice(result.value)
        return ROOT
    if isinstance(result, Refusal):
        client.notice(sentence(client, result))
        return REFRESH
    client.log.info("registered", member=result.name)
    member = await enter(client, result.name, data)
    if isinstance(member, Refusal):
        client.notice(f"You are registered as {result.name}.")
        client.notice(member.value)
        return ROOT
    return welcome(client, member)
