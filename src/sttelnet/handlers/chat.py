"""Talking in a room."""

from __future__ import annotations

import asyncio
from typing import Final

from sttelnet.ansi import Ansi, Bold, Color, Move, Reset
from sttelnet.charset import cells, one_line
from sttelnet.client import Client
from sttelnet.handlers.table import width_of
from sttelnet.hub import HISTORY, LOBBY, Room, RoomFull, Saying
from sttelnet.outcome import BACK, Outcome
from sttelnet.role import Role

PAGE: Final = "chat"  # the page /chat leads to
CHOSEN: Final = "sttelnet.room"  # client_data: the room /chat was given
LONGEST_LINE: Final = 400  # characters
TOO_FAST: Final = "You say a lot: that line was not heard. Wait a moment."
TOO_LONG: Final = f"A line has {LONGEST_LINE} characters at most: nobody has heard it."


async def STChat(client: Client, room: str = LOBBY, above: int = 4) -> Outcome:
    """Talk in a room until Ctrl-C or a command leads elsewhere; `/chat NAME` goes to another room.

    `above` is how many rows the page has: what is said begins below them, so that the line typed is the last.
    """
    chosen = client.client_data.pop(CHOSEN, room)
    refusal = may_chat(client)
    if refusal is not None:
        client.notice(refusal)
        return BACK
    hub = client.services.hub
    name = str(chosen if client.keyword == PAGE else room)
    entered = hub.enter(client.number, name, name_of(client), asyncio.get_running_loop().time())
    if isinstance(entered, RoomFull):
        client.notice(entered.value)
        return BACK
    _open(client, entered, above)
    try:
        while hub.room_of(client.number) is entered:
            line = await client.ask(_prompt(client, entered))
            _say(client, entered, line)
    finally:
        hub.go_out(client.number)
    return BACK


def may_chat(client: Client) -> str | None:
    """Return why a client may not talk in rooms, None where they may."""
    least = Role.parse(client.services.config.people.chat)
    if least is not None and client.role >= least:
        return None
    return "The rooms are closed." if least is None else f"The rooms are for {least}s: log in first."


def name_of(client: Client) -> str:
    """Return what a client is called in a room: guests all have one name, so theirs has their number."""
    return client.nick_name if client.member is not None else f"{client.nick_name}#{client.number}"


def _open(client: Client, room: Room, above: int) -> None:
    """Show what was said last so that it ends on the last row but one: from there it scrolls."""
    topic = f": {room.topic}" if room.topic else ""
    client.status = f"in {room.name}"
    rows = [Bold() + f"{room.name}{topic}" + Reset(), *(said.line for said in list(room.history)[-HISTORY:])]
    others = [name for number, name in room.names.items() if number != client.number]
    rows.append(Color("gray") + _who(others) + Reset())
    terminal = client.terminal
    begin = Ansi("\n") if terminal.plain else Move(1, max(above + 1, terminal.size.rows - len(rows)))
    client.send(begin + Ansi("\n").join(rows) + "\n")


def _who(others: list[str]) -> str:
    if not others:
        return "Nobody else is here. /help lists the commands; Ctrl-C leaves."
    more = f" and {len(others) - 5} others" if len(others) > 5 else ""
    return f"Here: {', '.join(others[:5])}{more}. /names, /me, /topic, /rooms; Ctrl-C leaves."


def _prompt(client: Client, room: Room) -> str:
    name = room.names.get(client.number, "")
    return f"<{name}> " if width_of(client) > 2 * len(name) else "> "


def _say(client: Client, room: Room, line: str) -> None:
    text = one_line(line)
    hub = client.services.hub
    if not text or hub.room_of(client.number) is not room:
        return
    if len(text) > LONGEST_LINE:
        client.notice(TOO_LONG)
    elif not hub.say(client.number, Saying.SAID, text, asyncio.get_running_loop().time()):
        client.notice(TOO_FAST)
    elif len(_prompt(client, room)) + cells(line) >= client.terminal.size.columns:
        client.send(f"{_prompt(client, room)}{text}\n")  # it was scrolled while it was typed: here it is whole
