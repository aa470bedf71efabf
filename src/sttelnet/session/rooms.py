"""/chat, /me, /topic, /names, /rooms: what is said in rooms, from any prompt of the one who is inside."""

from __future__ import annotations

import asyncio
from typing import Final

from sttelnet.charset import one_line
from sttelnet.client import Client
from sttelnet.handlers.chat import CHOSEN, LONGEST_LINE, PAGE, TOO_FAST, may_chat
from sttelnet.hub import LOBBY, Room, Saying, is_room_name
from sttelnet.hub.rooms import RoomFull
from sttelnet.outcome import BACK, Goto
from sttelnet.role import Role
from sttelnet.session.answer import Answer, Reply

LONGEST_TOPIC: Final = 60
OUTSIDE: Final = "You are in no room: /chat leads to one."
NO_PAGE: Final = "This site has no chat."


async def chat(client: Client, argument: str) -> Answer:
    """Go to a room, the lobby where none is named."""
    name = argument.casefold() or LOBBY
    if client.services.tree.get(PAGE) is None:
        return Reply((NO_PAGE,))
    if (refusal := may_chat(client)) is not None:
        return Reply((refusal,))
    if not is_room_name(name):
        return Reply((RoomFull.BAD_NAME.value,))
    client.client_data[CHOSEN] = name
    return Goto(PAGE)


async def leave(client: Client, argument: str) -> Answer:
    """Leave the room: back to the page before."""
    return BACK if client.services.hub.room_of(client.number) is not None else Reply((OUTSIDE,))


async def me(client: Client, argument: str) -> Answer:
    """Tell the room what one does: `/me waves`."""
    return _say(client, Saying.DID, one_line(argument), "Write /me TEXT: /me waves.")


async def topic(client: Client, argument: str) -> Answer:
    """Tell what the room is about, or set it."""
    room = client.services.hub.room_of(client.number)
    if room is None:
        return Reply((OUTSIDE,))
    text = one_line(argument)
    if not text:
        return Reply((f"{room.name}: {room.topic or 'no topic; /topic TEXT sets one.'}",))
    if client.role is Role.GUEST:
        return Reply(("Guests set no topic.",))
    if len(text) > LONGEST_TOPIC:
        return Reply((f"A topic has {LONGEST_TOPIC} characters at most.",))
    return _say(client, Saying.TOPIC, text, "")


async def names(client: Client, argument: str) -> Answer:
    """List who is in the room."""
    room = client.services.hub.room_of(client.number)
    return Reply((f"In {room.name}: {_names(room)}." if room is not None else OUTSIDE,))


async def rooms(client: Client, argument: str) -> Answer:
    """List the rooms, and who is inside."""
    found = client.services.hub.rooms()
    rows = (f"{room.name:<20}  {len(room.inside):>4}  {room.topic}".rstrip() for room in found)
    return Reply((f"{'ROOM':<20}  {'IN':>4}  TOPIC", *rows))


_SHOWN: Final = 40  # names


def _names(room: Room) -> str:
    names = list(room.names.values())
    more = f" and {len(names) - _SHOWN} others" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _say(client: Client, kind: Saying, text: str, usage: str) -> Reply:
    room = client.services.hub.room_of(client.number)
    if room is None:
        return Reply((OUTSIDE,))
    if not text:
        return Reply((usage,))
    if len(text) > LONGEST_LINE:
        return Reply((f"A line has {LONGEST_LINE} characters at most.",))
    if not client.services.hub.say(client.number, kind, text, asyncio.get_running_loop().time()):
        return Reply((TOO_FAST,))
    return Reply((kind.value.format(name=room.names[client.number], text=text),))
