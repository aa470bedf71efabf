"""Rooms, between real sessions: /chat, STChat and the commands inside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.hub import Saying
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.session.desk import Desk
from sttelnet.session.seat import MOST_NOTICES
from sttelnet.telnet import TelnetChannel
from tests.daemon import Peer, config_with, daemon, dial
from tests.shell_site import SITE, WORD, log_in

ROOMS = {
    **SITE,
    "root": 'the root page\n{% get:STMe %}\n{% page:Prompt("? "); key:login("l") %}',
    "chat": "CHAT\n{% post:STChat %}",
    "attic": 'ATTIC\n{% post:STChat("attic", 1) %}',
}


@asynccontextmanager
async def house(folder: Path, **people: object) -> AsyncIterator[Server]:
    async with daemon(folder, ROOMS, config_with(people=people)) as server:
        for name in ("Ada", "MiaLou"):
            await server.members.register(name, WORD, "127.0.0.1")
            await server.members.set_role(name, Role.MEMBER)
        yield server


async def sees(peer: Peer, text: str) -> None:
    """Read until the text stands on the client's screen, whatever its colours."""
    await peer.until(lambda peer: text in peer.shown())


async def go_in(peer: Peer, name: str, room: str = "") -> None:
    await log_in(peer, name)
    await peer.line(f"/chat {room}".rstrip())
    await peer.until(f"<{name}> ")


@asynccontextmanager
async def two(server: Server) -> AsyncIterator[tuple[Peer, Peer]]:
    """Ada and MiaLou, both in the lobby."""
    async with dial(server) as ada, dial(server) as mia:
        await go_in(ada, "Ada")
        await go_in(mia, "MiaLou")
        await sees(ada, "* MiaLou has come in.")
        yield ada, mia


async def test_what_is_said_appears_above_the_line_being_typed_by_the_others(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        await mia.send("half a wo")
        await mia.until("half a wo")
        await ada.line("lunch?")
        await mia.until(lambda peer: "<Ada> lunch?\n<MiaLou> half a wo" in peer.shown())
        await mia.line("rd")
        await sees(ada, "<MiaLou> half a word")


async def test_the_line_typed_stands_on_the_last_row_and_what_is_said_above_it(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        await mia.line("hello")
        await sees(ada, "<MiaLou> hello")
        rows = ada.screen.display
        assert rows[-1].rstrip() == "<Ada>"
        assert rows[-2].rstrip() == "<MiaLou> hello"


async def test_who_comes_in_is_told_what_was_said_and_who_is_there(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as ada, dial(server) as mia:
        await go_in(ada, "Ada")
        rows = [row.rstrip() for row in ada.screen.display]
        assert (rows[0], rows[-3], rows[-1]) == ("CHAT", "lobby", "<Ada>")
        assert rows[-2].startswith("Nobody else is here.")
        await ada.line("anybody?")
        await ada.line("/topic printers")
        await sees(ada, "* Ada has set the topic: printers")
        await go_in(mia, "MiaLou")
        shown = mia.shown()
        assert "lobby: printers\n<Ada> anybody?\n* Ada has set the topic: printers\nHere: Ada." in shown


async def test_what_is_done_is_told_and_shown_to_who_did_it(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        await ada.line("/me waves")
        for peer in (ada, mia):
            await sees(peer, "* Ada waves")


async def test_names_rooms_and_topics_are_listed_without_leaving_the_room(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        await ada.line("/names")
        await ada.until("In lobby: Ada, MiaLou.")
        await ada.line("/topic")
        await ada.until("lobby: no topic; /topic TEXT sets one.")
        await ada.line("/rooms")
        await ada.until("lobby                    2")
        await ada.line("/who")
        await ada.until("in lobby")
        await ada.line("still here")
        await sees(mia, "<Ada> still here")


async def test_a_private_message_reaches_who_is_in_a_room(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        await ada.line("/msg MiaLou psst")
        await mia.until("Ada: psst")
        await mia.line("/r yes?")
        await ada.until("MiaLou: yes?")


async def test_leaving_is_told_and_leads_back_to_the_page_before(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        await mia.send("\x03")
        await mia.until("? ")
        await sees(ada, "* MiaLou has left.")
        await ada.line("alone")
        assert "alone" not in await mia.quiet(0.2)


async def test_the_command_leaves_too(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        await mia.line("/leave")
        await mia.until("? ")
        await sees(ada, "* MiaLou has left.")
        await mia.line("/leave")
        await mia.until("You are in no room: /chat leads to one.")


async def test_a_hang_up_leaves_the_room(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as ada:
        await go_in(ada, "Ada")
        async with dial(server) as mia:
            await go_in(mia, "MiaLou")
        await sees(ada, "* MiaLou has left.")


async def test_another_room_is_another_room(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        await mia.line("/chat attic")
        await sees(mia, "attic\nNobody else is here.")
        await sees(ada, "* MiaLou has left.")
        await mia.line("dark here")
        assert "dark" not in await ada.quiet(0.2)


async def test_guests_talk_under_their_number(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as ada, dial(server) as guest:
        await go_in(ada, "Ada")
        await guest.until("? ")
        await guest.line("/chat")
        await guest.until("<GUEST#2> ")
        await guest.line("hi")
        await sees(ada, "<GUEST#2> hi")
        await guest.line("/topic guests rule")
        await guest.until("Guests set no topic.")


async def test_a_site_may_keep_its_rooms_for_members(tmp_path: Path) -> None:
    async with house(tmp_path, chat="member") as server, dial(server) as guest:
        await guest.until("? ")
        await guest.line("/chat")
        await guest.until("The rooms are for members: log in first.")


async def test_who_is_ignored_is_not_heard_in_a_room(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        await mia.line("/ignore ada")
        await mia.until("You hear nothing from Ada any more")
        await ada.line("blah")
        assert "blah" not in await mia.quiet(0.3)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("x" * 401, "A line has 400 characters at most: nobody has heard it."),
        ("/me", "Write /me TEXT: /me waves."),
        ("/me " + "x" * 401, "A line has 400 characters at most."),
        ("/topic " + "x" * 61, "A topic has 60 characters at most."),
        ("/chat a b", "A room's name has 1 to 20 of a-z, 0-9, _ and -."),
        ("/nonsense", "There is no command /nonsense"),
    ],
    ids=range(6),
)
async def test_what_cannot_be_said_is_answered_with_a_sentence(line: str, answer: str, tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        await ada.line(line)
        await ada.until(answer)
        assert "<Ada>" not in await mia.quiet(0.2)
        await ada.line("but this")
        await sees(mia, "<Ada> but this")


@pytest.mark.parametrize("line", ["/me waves", "/topic x", "/names"])
async def test_outside_a_room_its_commands_say_so(line: str, tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as ada:
        await log_in(ada, "Ada")
        await ada.line(line)
        await ada.until("You are in no room: /chat leads to one.")


async def test_an_empty_line_says_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        await ada.line("")
        await ada.line("   ")
        await ada.line("now")
        await sees(mia, "<Ada> now")
        assert mia.shown().count("<Ada>") == 1


async def test_nothing_said_can_touch_another_s_screen(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        mark = len(mia.raw)
        room = server.hub.room_of(1)
        assert room is not None
        hostile = "\x1b[2J\x1b]0;x\x07**\x18B00\x18\x18\x18\x18\x18\u202eabc\x9b31m"
        await ada.send(f"{hostile}\r\0")
        await sees(mia, "<Ada> ]0;x**B00abc31m")
        sent = bytes(mia.raw[mark:])
        for forbidden in (b"\x1b[2J", b"\x1b]", b"\x07", b"\x18", "\u202e".encode(), b"\x9b31m", b"31m\x1b"):
            assert forbidden not in sent


async def test_who_says_too_much_is_told_and_not_heard(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        for number in range(14):
            await ada.line(str(number))
        await ada.until("You say a lot: that line was not heard. Wait a moment.")
        await sees(mia, "<Ada> 9")
        assert "<Ada> 13" not in await mia.quiet(0.2)


def desk_of(server: Server, name: str) -> Desk:
    return next(inbox for inbox in server.hub if isinstance(inbox, Desk) and inbox.client.nick_name == name)


async def test_who_does_not_take_what_is_said_is_taken_out_and_told(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        channel = desk_of(server, "MiaLou").channel
        assert isinstance(channel, TelnetChannel)
        channel.pause_writing()  # as asyncio does where a client reads nothing and its queue grows long
        for number in range(MOST_NOTICES + 1):
            assert server.hub.say(1, Saying.SAID, f"line {number}", number * 10.0)
        await sees(ada, "* Taken out, for their lines are too slow: MiaLou")
        assert "line" not in await mia.quiet(0.2)
        channel.resume_writing()
        await sees(mia, "You were taken out of the room")
        await mia.line("hello?")
        await mia.until("? ")


async def test_who_reads_stays_however_much_is_said_at_once(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia):
        for number in range(3 * MOST_NOTICES):  # before any session has had a turn
            assert server.hub.say(1, Saying.SAID, f"line {number}.", number * 10.0)
        await sees(mia, f"<Ada> line {3 * MOST_NOTICES - 1}.")
        await mia.line("still here")
        await sees(ada, "<MiaLou> still here")


async def test_who_goes_in_and_out_very_fast_waits_and_takes_nobody_out(tmp_path: Path) -> None:
    async with house(tmp_path) as server, two(server) as (ada, mia), dial(server) as guest:
        await guest.until("? ")
        await guest.send("/chat\r\n/leave\r\n" * 300)
        await ada.line("still here")
        await sees(mia, "<Ada> still here")
        assert len(server.hub.rooms()[0].inside) >= 2
        assert ada.shown().count("has come in") < 10


async def test_a_window_of_twenty_by_five_is_enough(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server, size=(20, 5)) as mia, dial(server) as ada:
        await go_in(ada, "Ada")
        await log_in(mia, "MiaLou")
        await mia.line("/chat")
        await mia.until("<MiaLou> ")
        await mia.send("abc")
        await ada.line("a line that is longer than twenty columns")
        await mia.until(lambda peer: peer.screen.display[-1].rstrip() == "<MiaLou> abc")
        await mia.line("d")
        await sees(ada, "<MiaLou> abcd")


async def test_a_site_without_the_page_has_no_chat(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": 'hello\n{% page:Prompt("? ") %}'}) as server, dial(server) as guest:
        await guest.until("? ")
        await guest.line("/chat")
        await guest.until("This site has no chat.")
