"""/msg, /reply and /page: a line to somebody, wherever they are, or kept until they come."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Final

from sttelnet.charset import clean, one_line
from sttelnet.client import Client
from sttelnet.handlers.calling import OPERATORS, to_group, too_long
from sttelnet.hub import LONGEST, Delivery, Presence, number_of
from sttelnet.script.suggest import did_you_mean
from sttelnet.session.answer import Answer, Reply

USAGE: Final = 'Write /msg NAME TEXT, or /msg "TWO WORDS" TEXT; /who tells who is on.'
NOBODY: Final = "Nobody has written to you yet."
YOURSELF: Final = "That is you."
_TARGET: Final = re.compile(r'"([^"]+)"\s*(.*)|(\S+)\s*(.*)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody wants sent."""

    name: str  # as written: a name, "#3", "@operators"
    text: str


async def msg(client: Client, argument: str) -> Answer:
    """Write to somebody by name, to a session by the number /who shows (`#3`), to a role (`@operators`)."""
    found = _TARGET.fullmatch(argument)
    letter = Letter(found[1] or found[3], one_line(found[2] or found[4] or "")) if found else Letter("", "")
    if not (letter.name and letter.text):
        return Reply((USAGE,))
    if len(letter.text) > LONGEST:
        return Reply((too_long(letter.text),))
    match letter.name[0]:
        case "#":
            return await _to_number(client, letter)
        case "@":
            return Reply((await to_group(client, letter.name, letter.text),))
        case _:
            return await _to_name(client, letter)


async def reply(client: Client, argument: str) -> Answer:
    """Write to who wrote last."""
    last = client.services.hub.wrote_last(client.number)
    if last is None:
        return Reply((NOBODY,))
    text = one_line(argument)
    if not text:
        return Reply((f"Write /reply TEXT: it goes to {last.sender.name}.",))
    if len(text) > LONGEST:
        return Reply((too_long(text),))
    if last.sender.number == 0 and last.sender.user_id is None:
        return Reply((f"{last.sender.name} cannot be answered.",))
    if last.sender.user_id is not None:
        return await _to_member(client, last.sender.user_id, last.sender.name, text)
    return _to_guest(client, last.sender.number, last.sender.name, text)


async def page(client: Client, argument: str) -> Answer:
    """Call the operator: a message with a bell to those who are on, kept for them where none is."""
    text = one_line(argument)
    if not text:
        return Reply(("Write /page TEXT: it goes to the operators.",))
    if len(text) > LONGEST:
        return Reply((too_long(text),))
    return Reply((await to_group(client, OPERATORS, text, urgent=True),))


# -- to one


async def _to_number(client: Client, letter: Letter) -> Reply:
    number = number_of(letter.name)
    here = client.services.hub.presence(number) if number is not None else None
    if here is None or not here.seen_by(client.number, client.role):
        return await _nobody(client, letter.name)
    return await _to_presence(client, here, letter.text)


async def _to_presence(client: Client, here: Presence, text: str) -> Reply:
    if here.number == client.number:
        return Reply((YOURSELF,))
    if here.user_id is not None:
        return await _to_member(client, here.user_id, here.name, text)
    return _to_guest(client, here.number, here.name, text)


async def _to_name(client: Client, letter: Letter) -> Reply:
    """Write to who is on by that name; members also to members who are not. Guests are not told who is a member."""
    if client.user_id is not None:
        member = await client.services.members.get(letter.name)
        if member is not None:
            return await _to_member(client, member.id, member.name, letter.text)
    here = [one for one in _visible(client) if one.name.casefold() == letter.name.casefold()]
    others = [one for one in here if one.number != client.number]
    if not here:
        return await _nobody(client, letter.name)
    if not others:
        return Reply((YOURSELF,))
    if len(others) > 1 and others[0].user_id is None:
        numbers = ", ".join(f"#{one.number}" for one in others)
        return Reply((f"There are several guests: write to one of {numbers}.",))
    return await _to_presence(client, others[0], letter.text)


async def _to_member(client: Client, member: int, name: str, text: str) -> Reply:
    if member == client.user_id:
        return Reply((YOURSELF,))
    if not _may_write(client):
        return _said(Delivery.TOO_MANY)
    return _said(await client.services.mail.to_member(client.sender(), member, text), name, text)


def _to_guest(client: Client, number: int, name: str, text: str) -> Reply:
    if not _may_write(client):
        return _said(Delivery.TOO_MANY)
    return _said(client.services.mail.to_guest(client.sender(), number, text), name, text)


async def _nobody(client: Client, name: str) -> Reply:
    """Say that nobody is called that, and who is nearly."""
    known = {one.name for one in _visible(client) if one.number != client.number}
    if client.user_id is not None:
        known |= set(await client.services.members.alike(name)) - {client.nick_name}
    cure = did_you_mean(name, known)
    return Reply((f'"{clean(name)[:40]}" is not on{f" ({cure})" if cure else ""}.',))


def _visible(client: Client) -> list[Presence]:
    return [one for one in client.services.hub.presences() if one.seen_by(client.number, client.role)]


def _may_write(client: Client) -> bool:
    return client.services.hub.may_write(client.number, asyncio.get_running_loop().time())


def _said(delivery: Delivery, name: str = "", text: str = "") -> Reply:
    return Reply((delivery.sentence(name, text),))
