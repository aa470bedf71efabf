"""/msg and /reply between real sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.charset import Charset
from sttelnet.hub import Message, Sender
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.session.desk import Desk
from sttelnet.store import NewMessage
from sttelnet.telnet import TelnetChannel
from tests.daemon import Peer, daemon, dial
from tests.shell_site import SITE, WORD, in_shell, log_in, shells

WORDS = {
    **SITE,
    "words": '{% page:Prompt("word> "); set:Word %}',
    "root": 'the root page\n{% get:STMe %}\n{% page:Prompt("? "); key:login("l"); key:words("w"); key:secret("s") %}',
    "secret": '{% page:Prompt("secret> "); set:Secret %}',
    "h.py": SITE["h.py"]
    + "\nfrom sttelnet.client import masked\n"
    + "def Word(client, data):\n    client.notice(f'<{data}>')\n    return 'refresh'\n"
    + "@masked\ndef Secret(client, data):\n    return 'root'\n",
}


@asynccontextmanager
async def people(folder: Path) -> AsyncIterator[Server]:
    async with daemon(folder, WORDS) as server:
        for name in ("Ada", "MiaLou"):
            await server.members.register(name, WORD, "127.0.0.1")
            await server.members.set_role(name, Role.MEMBER)
        yield server


@asynccontextmanager
async def two(server: Server) -> AsyncIterator[tuple[Peer, Peer]]:
    """Ada and MiaLou, both at the prompt of the page of words."""
    async with dial(server) as ada, dial(server) as mia:
        for peer, name in ((ada, "Ada"), (mia, "MiaLou")):
            await log_in(peer, name)
            await peer.send("w")
            await peer.until("word> ")
        yield ada, mia


async def test_a_message_appears_above_the_line_being_typed_which_stays(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        await mia.send("half a wo")
        await mia.until("half a wo")
        await ada.line('/msg "MiaLou" lunch at 12?')
        await ada.until("Delivered to MiaLou: lunch at 12?")
        await mia.until(lambda peer: "Ada: lunch at 12?\nword> half a wo" in peer.shown())
        await mia.line("rd")
        await mia.until("<half a word>")


@pytest.mark.parametrize(
    ("kind", "charset", "size", "typed", "keys"),
    [
        ("xterm", Charset.UTF_8, (80, 24), "日本語 wörd", ""),
        ("xterm", Charset.UTF_8, (80, 24), "cafe\u0301 日本", "\x1b[D\x1b[D"),
        ("ansi", Charset.CP437, (80, 24), "Größe ½ é", ""),
        ("ansi", Charset.CP437, (80, 24), "in the middle", "\x1b[D" * 7),
        ("xterm", Charset.UTF_8, (80, 24), "long " * 40, ""),
        ("xterm", Charset.UTF_8, (80, 24), "日本" * 60, "\x1b[D" * 30),
        ("xterm", Charset.UTF_8, (20, 5), "longer than the window", ""),
    ],
    ids=["wide", "combining", "cp437", "cursor", "long", "wide-long", "small"],
)
async def test_the_line_being_typed_is_drawn_again_exactly_as_it_was(
    kind: str, charset: Charset, size: tuple[int, int], typed: str, keys: str, tmp_path: Path
) -> None:
    async with people(tmp_path) as server, dial(server) as ada, dial(server, kind, size=size, charset=charset) as mia:
        await log_in(ada, "Ada")
        await log_in(mia, "MiaLou")
        await mia.send("w")
        await mia.until("word> ")
        await mia.send(typed + keys)
        await mia.quiet(0.2)
        before = [row.rstrip() for row in mia.screen.display if row.strip()]
        line, column = before[-1], mia.screen.cursor.x
        await ada.line("/msg MiaLou Ärger?")
        await mia.until(lambda peer: "Ada: Ärger?" in peer.shown())
        await mia.quiet(0.1)
        after = [row.rstrip() for row in mia.screen.display if row.strip()]
        assert (after[-1], mia.screen.cursor.x) == (line, column)
        await mia.send("\x1b[F\r\0")
        await mia.until(lambda peer: f"<{typed.rstrip()}" in peer.text)  # not one key is lost


async def test_who_wrote_last_is_answered(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        await ada.line("/reply hello?")
        await ada.until("Nobody has written to you yet.")
        await mia.line("/m ada hi")
        await ada.until("MiaLou: hi")
        await ada.line("/r fine, and you?")
        await mia.until("Ada: fine, and you?")


async def test_who_has_left_is_told_of(tmp_path: Path) -> None:
    async with people(tmp_path) as server, dial(server) as ada:
        await log_in(ada, "Ada")
        async with dial(server) as guest:
            await guest.until("? ")
            await guest.line("/msg Ada bye")
            await guest.until("Delivered to Ada: bye")
        await ada.until("GUEST: bye")
        await ada.line("/reply wait")
        await ada.until("GUEST has left.")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/msg", "Write /msg NAME TEXT"),
        ("/msg Ada", "Write /msg NAME TEXT"),
        ('/msg "MiaLou"', "Write /msg NAME TEXT"),
        ('/msg "open', "Write /msg NAME TEXT"),
        ("/msg Ada hello", "That is you."),
        ("/msg Nobody hello", '"Nobody" is not on.'),
        ("/msg Miaa_Lou hello", '"Miaa_Lou" is not on (did you mean "MiaLou"?).'),
        ("/msg #99 hello", '"#99" is not on'),
        ('/msg "MiaLou" ' + "x" * 401, "A message has 400 characters at most; this has 401."),
        ("/reply", "Nobody has written to you yet."),
    ],
)
async def test_what_cannot_be_sent_is_answered_with_a_sentence(line: str, answer: str, tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        await ada.line(line)
        await ada.until(answer)
        assert "Ada:" not in await mia.quiet()


async def test_guests_are_written_to_by_their_number(tmp_path: Path) -> None:
    async with people(tmp_path) as server, dial(server) as ada, dial(server) as one, dial(server) as two:
        await log_in(ada, "Ada")
        for guest in (one, two):
            await guest.until("? ")
        await ada.line("/msg guest hello")
        await ada.until("There are several guests: write to one of #2, #3.")
        await ada.line("/msg #3 hello")
        await two.until("Ada: hello")
        assert "Ada" not in await one.quiet()


async def test_nothing_in_a_message_can_touch_another_s_screen(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        mark = len(mia.raw)
        await ada.send('/msg "MiaLou" a\u202eb\u200b \u2028 c\r\0')
        await mia.until("Ada: ab c")
        assert b"\x07" not in mia.raw[mark:]
        assert mia.shown().endswith("word>")


async def test_who_writes_too_fast_has_to_wait(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        for number in range(12):
            await ada.line(f'/msg "MiaLou" {number}')
        await ada.until("You write very fast: wait a moment.")
        await mia.until("Ada: 7")
        assert "Ada: 11" not in await mia.quiet(0.3)


async def test_a_message_waits_while_something_is_typed_that_must_not_be_seen(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        await mia.send("\x03")
        await mia.until("? ")
        await mia.send("s")
        await mia.until("secret> ")
        await ada.line('/msg "MiaLou" hello')
        await ada.until("MiaLou is busy: your message is shown as soon as they are done.")
        assert "hello" not in await mia.quiet(0.3)
        await mia.line("sesame")
        await mia.until("Ada: hello")


@pytest.mark.skipif("sys.platform == 'win32'", reason="its shell is /bin/sh")
async def test_a_message_waits_until_the_shell_is_left(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as ada, dial(server) as mia:
        await log_in(mia, "mia")
        await mia.line("/msg ada hello")
        await mia.until("ada is busy: your message is shown as soon as they are done.")
        assert "hello" not in await ada.quiet(0.3)
        await ada.line("exit")
        await ada.until("mia: hello")


# Who is not on


async def test_a_message_to_somebody_absent_greets_them_after_a_restart(tmp_path: Path) -> None:
    async with people(tmp_path) as server, dial(server) as ada:
        await log_in(ada, "Ada")
        await ada.line("/msg mialou the disk is full again")
        await ada.until("MiaLou is not on: your message will be delivered at the next log-in.")
    async with daemon(tmp_path, WORDS) as server:
        async with dial(server) as mia:
            await mia.until("? ")
            await mia.send("l")
            await mia.until("name: ")
            await mia.line("MiaLou")
            shown = await mia.until("Ada: the disk is full again")
            assert " UTC  Ada: " in shown
            await mia.line("/messages")
            await mia.until("Enter returns")
            assert "  1  " in mia.shown()
            assert "UTC  Ada: the disk is full again" in mia.shown()
            await mia.line("")
            await mia.until("? ")
            await mia.line("/messages clear")
            await mia.until("1 deleted.")
            await mia.line("/messages")
            await mia.until("No messages are kept for you.")
        async with dial(server) as mia:
            await log_in(mia, "MiaLou")
            assert "the disk" not in await mia.quiet(0.3)


async def test_a_guest_learns_nothing_of_who_is_a_member(tmp_path: Path) -> None:
    async with people(tmp_path) as server, dial(server) as guest:
        await guest.until("? ")
        await guest.line("/msg MiaLou hello")
        await guest.until('"MiaLou" is not on.')
        await guest.line("/messages")
        await guest.until("log in to see yours")
        assert await server.services.store.messages.of(2) == []


async def test_a_mailbox_full_of_unread_messages_is_told_to_the_sender(tmp_path: Path) -> None:
    async with people(tmp_path) as server, dial(server) as ada:
        await log_in(ada, "Ada")
        mia = await server.members.get("MiaLou")
        assert mia is not None
        for number in range(40):
            await server.services.store.messages.add(mia.id, NewMessage(1, "Ada", str(number), 1.0), 40)
        await ada.line("/msg MiaLou one more")
        await ada.until("The mailbox of MiaLou is full.")


async def test_a_receiver_who_hangs_up_at_that_moment_is_shown_it_at_the_next_log_in(tmp_path: Path) -> None:
    async with people(tmp_path) as server, dial(server) as ada:
        await log_in(ada, "Ada")
        async with dial(server) as mia:
            await log_in(mia, "MiaLou")
            await mia.send("s")
            await mia.until("secret> ")
            await ada.line("/msg MiaLou are you there?")
            await ada.until("MiaLou is busy")
        async with asyncio.timeout(10):
            while len(server.hub) > 1:
                await asyncio.sleep(0.01)
        async with dial(server) as mia:
            await log_in(mia, "MiaLou")
            assert "Ada: are you there?" in mia.shown()


async def test_a_message_that_was_seen_is_not_shown_again(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        await ada.line("/msg MiaLou hello")
        await mia.until("Ada: hello")
        await server.mail.flush()
        async with dial(server) as again:
            await log_in(again, "MiaLou")
            assert "hello" not in await again.quiet(0.3)


async def test_messages_are_deleted_one_by_one(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        for text in ("first", "second"):
            await ada.line(f"/msg MiaLou {text}")
            await mia.until(f"Ada: {text}")
        await mia.line("/messages delete 1 99 x")
        await mia.until("1 deleted.")
        await mia.line("/messages")
        await mia.until("Enter returns")
        assert "second" in mia.shown()
        assert "first" not in mia.shown()


# Who is ignored


async def test_who_is_ignored_is_told_so_and_not_heard(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        await mia.line("/ignore ada")
        await mia.until("You hear nothing from Ada any more")
        await ada.line("/msg MiaLou hello")
        await ada.until("MiaLou takes no messages from you.")
        assert "hello" not in await mia.quiet(0.3)
        await mia.line("/ignore")
        await mia.until("You ignore Ada.")
        await mia.line("/ignore off ADA")
        await mia.until("You hear ADA again.")
        await ada.line("/msg MiaLou hello again")
        await mia.until("Ada: hello again")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/ignore", "You ignore nobody"),
        ("/ignore Ada", "That is you."),
        ("/ignore Nobody", 'There is no member "Nobody".'),
        ("/ignore off MiaLou", 'You do not ignore "MiaLou"'),
        ("/ignore guest", "You hear nothing from guests any more."),
    ],
)
async def test_what_cannot_be_ignored_is_answered_with_a_sentence(line: str, answer: str, tmp_path: Path) -> None:
    async with people(tmp_path) as server, dial(server) as ada:
        await log_in(ada, "Ada")
        await ada.line(line)
        await ada.until(answer)


async def test_operators_are_always_heard(tmp_path: Path) -> None:
    async with people(tmp_path) as server:
        await server.members.set_role("Ada", Role.OPERATOR)
        async with two(server) as (_, mia):
            await mia.line("/ignore Ada")
            await mia.until("Ada runs this host: they are always heard.")


# Many at once


async def test_a_member_calls_the_operators_and_all_of_them_are_rung(tmp_path: Path) -> None:
    async with people(tmp_path) as server:
        await server.members.set_role("MiaLou", Role.OPERATOR)
        async with two(server) as (ada, mia):
            await ada.line("/page the printer burns")
            await ada.until("Delivered to 1 person: the printer burns")
            await mia.until("Ada: the printer burns")
            await mia.until(lambda peer: b"\x07" in peer.raw)
            for number in range(3):
                await ada.line(f"/page {number}")
            await mia.until("Ada: 2")
            assert mia.raw.count(b"\x07") == 1  # no more than one a second


async def test_a_call_waits_for_the_operators_where_none_is_on(tmp_path: Path) -> None:
    async with people(tmp_path) as server, dial(server) as guest:
        await server.members.set_role("MiaLou", Role.OPERATOR)
        await guest.until("? ")
        await guest.line("/page")
        await guest.until("Write /page TEXT")
        await guest.line("/page who is there?")
        await guest.until("Nobody of @operators is on: your message will be delivered at their next log-in.")
        async with dial(server) as mia:
            await log_in(mia, "MiaLou")
            assert "GUEST: who is there?" in mia.shown()


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/msg @all hello", "Only operators write to @all."),
        ("/msg @everybody hello", "The groups are @all @guests @members @operators @admins."),
        ("/msg @admins hello", "There is nobody else of @admins."),
    ],
)
async def test_who_may_not_write_to_a_group_is_told(line: str, answer: str, tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        for member in await server.members.all():
            if member.role is Role.ADMIN:
                await server.members.set_locked(member.name, True)
        await ada.line(line)
        await ada.until(answer)
        assert "Ada:" not in await mia.quiet(0.2)


async def test_an_operator_writes_to_everybody_who_is_on(tmp_path: Path) -> None:
    async with people(tmp_path) as server, dial(server) as guest:
        await guest.until("? ")
        await server.members.set_role("Ada", Role.OPERATOR)
        async with two(server) as (ada, mia):
            await ada.line("/msg @all coffee is ready")
            await ada.until("Delivered to 2 people: coffee is ready")
            for peer in (guest, mia):
                await peer.until("Ada: coffee is ready")


# Who is on


async def test_who_is_invisible_seems_to_be_away_and_gets_the_message_all_the_same(tmp_path: Path) -> None:
    async with people(tmp_path) as server:
        await server.members.set_role("MiaLou", Role.OPERATOR)
        async with two(server) as (ada, mia):
            await mia.line("/invisible")
            await mia.until("Only operators see you in /who now")
            await ada.line("/who")
            await ada.until("Enter returns")
            assert "MiaLou" not in ada.shown()
            await ada.line("")
            await ada.until("word> ")
            await ada.line("/msg #2 hello")
            await ada.until('"#2" is not on')
            await ada.line("/msg MiaLou hello")
            await ada.until("MiaLou is not on: your message will be delivered at the next log-in.")
            await mia.until("Ada: hello")
            await mia.line("/invisible")
            await mia.until("Everybody sees you in /who again.")


async def test_members_may_not_be_invisible_unless_the_site_says_so(tmp_path: Path) -> None:
    async with people(tmp_path) as server, dial(server) as ada:
        await log_in(ada, "Ada")
        await ada.line("/invisible")
        await ada.until("Your role does not allow that.")


# What is written while nobody looks


async def test_who_wrote_while_one_was_away_is_answered(tmp_path: Path) -> None:
    async with people(tmp_path) as server, dial(server) as ada:
        await log_in(ada, "Ada")
        await ada.line("/msg MiaLou call me")
        await ada.until("MiaLou is not on")
        async with dial(server) as mia:
            await log_in(mia, "MiaLou")
            await mia.line("/r here I am")
            await mia.until("Delivered to Ada: here I am")
            await ada.until("MiaLou: here I am")


async def test_the_command_line_cannot_be_answered_and_nobody_else_gets_the_answer(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        await ada.line("/msg MiaLou are you in?")
        await mia.until("Ada: are you in?")
        member = await server.members.get("MiaLou")
        assert member is not None
        await server.mail.to_member(Sender(0, None, "console", Role.ADMIN), member.id, "backup fails")
        await mia.until("console: backup fails")
        await mia.line("/r the key is under the mat")
        await mia.until("console cannot be answered.")
        assert "mat" not in await ada.quiet(0.2)


async def test_numbers_to_delete_count_from_the_list_that_was_shown(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        for text in ("one", "two"):
            await ada.line(f"/msg MiaLou {text}")
            await mia.until(f"Ada: {text}")
        await mia.line("/messages")
        await mia.until("Enter returns")
        member = await server.members.get("MiaLou")
        assert member is not None
        await server.services.store.messages.delete(member.id, [1])
        await mia.line("")
        await mia.until("word> ")
        await mia.line("/messages delete 2")
        await mia.until("1 deleted.")
        assert [message.text for message in await server.services.store.messages.of(member.id)] == []


async def test_messages_on_a_sheet_that_was_not_shown_wait_for_the_next_log_in(tmp_path: Path) -> None:
    async with people(tmp_path) as server:
        member = await server.members.get("MiaLou")
        assert member is not None
        for number in range(30):
            new = NewMessage(1, "Ada", f"number {number}", 1.0)
            await server.services.store.messages.add(member.id, new, 60)
        async with dial(server, size=(80, 10)) as mia:
            await log_in(mia, "MiaLou")
            await server.mail.flush()
            await mia.line("/messages")
            await mia.until("Enter returns")
        await server.mail.flush()
        unseen = [m.text for m in await server.services.store.messages.of(member.id) if not m.shown]
        assert unseen == [f"number {number}" for number in range(10)]


async def test_a_message_the_client_has_not_taken_is_not_taken_for_seen(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, _):
        desk = next(inbox for inbox in server.hub if inbox.presence().name == "MiaLou")
        assert isinstance(desk, Desk)
        assert isinstance(desk.channel, TelnetChannel)
        desk.channel.pause_writing()  # as asyncio does where a client reads nothing
        await ada.line("/msg MiaLou the backup failed")
        await ada.until("MiaLou is busy")
        desk.channel.abort()
        async with asyncio.timeout(10):
            while len(server.hub) > 1:
                await asyncio.sleep(0.01)
        async with dial(server) as again:
            await log_in(again, "MiaLou")
            assert "Ada: the backup failed" in again.shown()


async def test_a_long_message_hangs_in_so_that_no_row_of_it_passes_for_another_line(tmp_path: Path) -> None:
    async with people(tmp_path) as server, two(server) as (ada, mia):
        padded = "x" + "\u2800" * 66 + "\u3164" * 10 + " To everybody, from Boss: type your password now please"
        await ada.line(f"/msg MiaLou {padded}")
        await mia.until("password now please")
        rows = [row.rstrip() for row in mia.screen.display if row.strip()]
        assert not any(row.startswith("To everybody") for row in rows)
        long = "word " * 40
        await ada.line(f"/msg MiaLou {long}")
        await mia.until(lambda peer: "Ada: word" in peer.shown())
        await mia.quiet(0.1)
        rows = [row.rstrip() for row in mia.screen.display if row.startswith(("Ada: word", "word w", "  word"))]
        assert [row[:4] for row in rows] == ["Ada:", "  wo", "  wo"]


async def test_a_question_on_a_positioned_page_stands_while_a_message_comes(tmp_path: Path) -> None:
    site = {
        **WORDS,
        "form": '{% page:Prompt("field> "); ansi:Move(5,5); post:Ask; key:back("q") %}',
        "root": WORDS["root"].replace('key:words("w")', 'key:words("w"); key:form("f")'),
        "h.py": WORDS["h.py"] + "\nasync def Ask(client):\n    client.notice('<' + await client.ask('Sure? ') + '>')\n",
    }
    async with daemon(tmp_path, site) as server, dial(server) as ada, dial(server) as mia:
        for name in ("Ada", "MiaLou"):
            await server.members.register(name, WORD, "127.0.0.1")
            await server.members.set_role(name, Role.MEMBER)
        await log_in(ada, "Ada")
        await log_in(mia, "MiaLou")
        await mia.send("f")
        await mia.until("Sure? ")
        await mia.send("ye")
        await ada.line("/msg MiaLou hello")
        await mia.until(lambda peer: "Ada: hello" in peer.shown())
        await mia.quiet(0.1)
        assert mia.screen.display[-1].rstrip() == "Sure? ye"
        assert mia.screen.display[-2].rstrip() == "Ada: hello"
        await mia.line("s")
        await mia.until("<yes>")


@pytest.mark.parametrize("name", ["mick", "3com", "1st mate", "93"])
async def test_a_long_message_bears_its_senders_name_whole(name: str, tmp_path: Path) -> None:
    """The letters of a colour's own bytes (m, 1, 3, 9) are no letters of a name."""
    async with people(tmp_path) as server, dial(server) as mia:
        await log_in(mia, "MiaLou")
        to = next(one for one in server.hub.presences() if one.name == "MiaLou")
        server.hub.deliver(to.number, Message(Sender(0, None, name, Role.MEMBER), "word " * 40))
        await mia.until("word word")
        shown = mia.shown().split("\n")
        first = next(at for at, row in enumerate(shown) if "word word" in row)
        assert shown[first].startswith(f"{name}: word")
        assert shown[first + 1].startswith("  word")
