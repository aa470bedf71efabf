"""/msg and /reply: a line from one client to another, wherever they are."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from sttelnet.charset import clean
from sttelnet.client import Client
from sttelnet.hub import Delivery, Message, Presence
from sttelnet.role import Role
from sttelnet.script.suggest import did_you_mean
from sttelnet.session.answer import Answer, Reply

LONGEST: Final = 400  # characters of a message
USAGE: Final = 'Write /msg NAME TEXT, or /msg "TWO WORDS" TEXT; /who tells who is on.'
NOBODY: Final = "Nobody has written to you yet."
YOURSELF: Final = "That is you."
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


def _is_meant(presence: Presence, name: str) -> bool:
    return name == f"#{presence.number}" or name.casefold() == presence.name.casefold()


def _send(client: Client, to: int, name: str, text: str) -> Reply:
    text = " ".join(clean(text).split())
    if len(text) > LONGEST:
        return Reply((f"A message has {LONGEST} characters at most; this has {len(text)}.",))
    now = asyncio.get_running_loop().time()
    became = client.services.hub.send(to, Message(client.number, client.nick_name, text), now)
    return Reply((_SAID[became].format(name=name, text=text),))


def _shown(name: str) -> str:
    return clean(name)[:40]
