"""/msg, /reply and /messages: a line from one client to another, wherever they are, or kept until they come."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime
from typing import Final

from sttelnet.charset import clean
from sttelnet.client import Client
from sttelnet.hub import Delivery, Message, Presence
from sttelnet.role import Role
from sttelnet.script.suggest import did_you_mean
from sttelnet.session.answer import Answer, Reply
from sttelnet.store import StoredMessage

LONGEST: Final = 400  # characters of a message
USAGE: Final = 'Write /msg NAME TEXT, or /msg "TWO WORDS" TEXT; /who tells who is on.'
NOBODY: Final = "Nobody has written to you yet."
YOURSELF: Final = "That is you."
KEPT: Final = "{name} is not on: it is kept for the next log-in."
FOR_MEMBERS: Final = "Messages are kept for members: log in to see yours."
NONE_KEPT: Final = "No messages are kept for you."
MOST_KEPT: Final = 40  # unread, for one member
_TARGET: Final = re.compile(r'"([^"]+)"\s*(.*)|(\S+)\s*(.*)', re.DOTALL)
_SAID: Final = {
    Delivery.DELIVERED: "To {name}: {text}",
    Delivery.FULL: "Too many messages wait for {name} already.",
    Delivery.GONE: "{name} has left.",
    Delivery.TOO_MANY: "You write very fast: wait a moment.",
}


async def msg(client: Client, argument: str) -> Answer:
    """Write to somebody by name, or by the number /who shows: `#3`."""
    found = _TARGET.fullmatch(argument)
    name = (found[1] or found[3]) if found else ""
    text = (found[2] or found[4] or "") if found else ""
    if not (name and text.strip()):
        return Reply((USAGE,))
    presences = client.services.hub.presences()
    here = [one for one in presences if _is_meant(one, name)]
    if not here and (kept := await _keep(client, name, text)) is not None:
        return kept
    if not here:
        cure = did_you_mean(name, {one.name for one in presences if one.number != client.number})
        return Reply((f'"{_shown(name)}" is not on{f" ({cure})" if cure else ""}.',))
    others = [one for one in here if one.number != client.number]
    if not others:
        return Reply((YOURSELF,))
    if len(others) > 1 and others[0].role is Role.GUEST:
        numbers = ", ".join(f"#{one.number}" for one in others)
        return Reply((f"There are several guests: write to one of {numbers}.",))
    likeliest = min(others, key=lambda one: one.idle)  # a member may be on twice
    return _send(client, likeliest.number, likeliest.name, text)


async def reply(client: Client, argument: str) -> Answer:
    """Write to who wrote last."""
    last = client.services.hub.wrote_last(client.number)
    if last is None:
        return Reply((NOBODY,))
    if not argument:
        return Reply((f"Write /reply TEXT: it goes to {last.name}.",))
    return _send(client, last.sender, last.name, argument)


async def messages(client: Client, argument: str) -> Answer:
    """List what was written to a member who was not on; `clear` deletes it."""
    if client.user_id is None:
        return Reply((FOR_MEMBERS,))
    table = client.services.store.messages
    if argument.casefold() == "clear":
        return Reply((f"{await table.clear(client.user_id)} deleted.",))
    kept = await table.of(client.user_id)
    if not kept:
        return Reply((NONE_KEPT,))
    return Reply(("Messages from while you were away; /messages clear deletes them:", *map(_line, kept)))


async def greet(client: Client) -> None:
    """Show a member who has just logged in what was written to them meanwhile."""
    if client.user_id is None:
        return
    table = client.services.store.messages
    fresh = [message for message in await table.of(client.user_id) if not message.shown]
    for message in fresh:
        client.notice(_line(message))
    await table.mark_shown(fresh)  # lost on the way to the screen they are not: /messages has them


def _line(message: StoredMessage) -> str:
    when = datetime.fromtimestamp(message.at, UTC).strftime("%d %b %H:%M UTC")
    return f"{when}  {message.sender}: {message.text}"


async def _keep(client: Client, name: str, text: str) -> Reply | None:
    """Keep a member's message for one who is not on. Guests are not told who is a member, so theirs are not kept."""
    member = await client.services.members.get(name) if client.user_id is not None else None
    if member is None or member.id == client.user_id:
        return None
    line = " ".join(clean(text).split())
    if len(line) > LONGEST:
        return _too_long(line)
    if not client.services.hub.may_write(client.number, asyncio.get_running_loop().time()):
        return Reply((_SAID[Delivery.TOO_MANY],))
    if await client.services.store.messages.add(member.id, client.nick_name, line, time.time(), MOST_KEPT):
        return Reply((KEPT.format(name=member.name),))
    return Reply((_SAID[Delivery.FULL].format(name=member.name),))


def _too_long(line: str) -> Reply:
    return Reply((f"A message has {LONGEST} characters at most; this has {len(line)}.",))


def _is_meant(presence: Presence, name: str) -> bool:
    return name == f"#{presence.number}" or name.casefold() == presence.name.casefold()


def _send(client: Client, to: int, name: str, text: str) -> Reply:
    text = " ".join(clean(text).split())
    if len(text) > LONGEST:
        return _too_long(text)
    now = asyncio.get_running_loop().time()
    became = client.services.hub.send(to, Message(client.number, client.nick_name, text), now)
    return Reply((_SAID[became].format(name=name, text=text),))


def _shown(name: str) -> str:
    return clean(name)[:40]
