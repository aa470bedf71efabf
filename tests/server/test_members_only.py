"""`guests.enabled = false`: there is nothing for whoever has not logged in but the log-in."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import msgspec
import pytest

from sttelnet.cli import main
from sttelnet.config import GuestsConfig
from sttelnet.handlers.login import CODE
from sttelnet.members import Member, Refusal
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.session.dialect import Code
from tests.daemon import PATIENCE, Peer, config_with, daemon, dial
from tests.program import program, token_of
from tests.server.test_reload_whole import will_read

PASSWORD = "correct horse"
SITE = {
    "root": 'menu of {% get:STMe("name") %}\n{% key:vault("v"); key:chat("c"); key:logout("o"); key:logoff("q") %}',
    "vault": "the vault\n",
    "chat": "{% post:STChat %}",
    "login": "Log-in. {% get:STNewcomer %}\n"
    '{% set:STLoginID(prompt="Name: "); set:STLoginPassword(prompt="Password: ") %}',
    "register": '{% set:STRegisterID(prompt="New name: "); set:STRegisterPassword(prompt="New password: ");'
    ' set:STRegisterRepeat(prompt="Again: ") %}',
    "logout": '{% page:Role("member"); post:STLogout %}',
    "goodbye": "the goodbye page\n",
}
CLOSED = config_with(guests={"enabled": False}, members={"throttle_first": 0.01, "throttle_most": 0.02})


async def add(server: Server, name: str = "kim", role: Role = Role.MEMBER) -> None:
    added = await server.members.add(name, role)
    assert isinstance(added, tuple)
    assert isinstance(await server.members.change_password(added[0].id, None, PASSWORD), Member)


async def log_in(peer: Peer, name: str = "kim", password: str = PASSWORD) -> None:
    await peer.until("Name: ")
    await give(peer, name, password)


async def give(peer: Peer, name: str = "kim", password: str = PASSWORD) -> None:
    await peer.line(name)
    await peer.until("Password: ")
    await peer.line(password)


async def test_the_log_in_comes_at_once_and_leads_to_the_first_page(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, dial(server) as peer:
        await add(server)
        assert "menu" not in await peer.until("Name: ")
        await give(peer)
        assert "Log in to see that page" not in await peer.until("menu of kim")
        await peer.send("v")
        await peer.until("the vault")
        assert not [row for row in await server.members.trail() if row.event == "refused"]


async def test_where_guests_are_served_the_first_page_comes_at_once(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as peer:
        assert "Log-in." not in await peer.until("menu of GUEST")
        await peer.send("v")
        await peer.until("the vault")


@pytest.mark.parametrize("keys", ["\r\0", "\x03", "kim\r\0\x03"])
async def test_nothing_leads_past_the_log_in(tmp_path: Path, keys: str) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, dial(server) as peer:
        await add(server)
        await peer.until("Name: ")
        await peer.send(keys)
        assert "menu" not in await peer.until(lambda peer: peer.text.count("Name: ") == 1 and "Log-in." in peer.text)
        await give(peer)
        await peer.until("menu of kim")


@pytest.mark.parametrize(
    "command",
    ["/who", "/msg kim hello", "/chat", "/rooms", "/health", "/health cpu", "/root", "/back", "/page hi", "/nn"],
)
async def test_a_slash_command_of_those_inside_is_refused(tmp_path: Path, command: str) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, dial(server) as peer:
        await peer.until("Name: ")
        await peer.line(command)
        await peer.until("Log in first")


async def test_help_charset_and_quit_are_there_and_help_lists_no_more(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, dial(server) as peer:
        await peer.until("Name: ")
        await peer.line("/help")
        text = await peer.until("/quit")
        assert set(re.findall(r"^  (/\w+)", text, re.MULTILINE)) | {"/quit"} == {
            "/help", "/token", "/machine", "/charset", "/quit",
        }  # fmt: skip
        await peer.line("")
        await peer.line("/charset")
        await peer.until("Your charset is")
        await peer.line("/quit")
        assert "goodbye page" not in await peer.rest()


async def test_the_third_failure_ends_the_connection_without_a_page(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, dial(server) as peer:
        for _ in range(3):
            await log_in(peer, "kim", "guess")
        text = await peer.rest()
        assert "one try too many" in text
        assert "goodbye page" not in text


async def test_who_logs_out_is_at_the_log_in_again(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, dial(server) as peer:
        await add(server)
        await log_in(peer)
        await peer.until("menu of kim")
        await peer.send("o")
        await peer.until("Name: ")
        await peer.send("\x03")
        assert "menu" not in await peer.until("Name: ")


async def test_the_log_in_has_its_grace_from_the_first_moment_for_programs_too(tmp_path: Path) -> None:
    config = msgspec.structs.replace(CLOSED, server=msgspec.structs.replace(CLOSED.server, login_grace=0.1))
    async with daemon(tmp_path, SITE, config) as server:
        token = await token_of(server, "kim")
        async with dial(server) as peer, program(server) as stays, program(server) as inside:
            await inside.begin()
            assert (await inside.ask(f"/token {token}")).code == Code.OK
            await stays.begin()
            await peer.until("Logging in took too long")
            assert b"-ERR 30 0 Logging in took too long" in await stays.rest()
            assert (await inside.ask("/machine")).code == Code.OK


# Registration


@pytest.mark.parametrize("word", ["new", "NEW"])
async def test_new_for_a_name_registers_where_that_is_open(tmp_path: Path, word: str) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, dial(server) as peer:
        assert 'type "new"' in await peer.until("Name: ")
        await peer.line(word)
        await peer.until("New name: ")
        await peer.line("ann")
        await peer.until("New password: ")
        await peer.line(PASSWORD)
        await peer.until("Again: ")
        await peer.line(PASSWORD)
        await peer.until("menu of ann")


async def test_where_registration_is_closed_new_is_a_name_like_others(tmp_path: Path) -> None:
    members = msgspec.structs.replace(CLOSED.members, registration="closed")
    async with daemon(tmp_path, SITE, msgspec.structs.replace(CLOSED, members=members)) as server, dial(server) as peer:
        assert "Only members" in await peer.until("Name: ")
        await peer.line("new")
        await peer.until("Password: ")


async def test_whoever_leaves_registration_is_at_the_log_in(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, dial(server) as peer:
        await peer.until("Name: ")
        await peer.line("new")
        await peer.until("New name: ")
        await peer.line("")
        assert "menu" not in await peer.until("Log-in.")


# Who has a way in


async def test_the_first_admin_comes_in_with_the_one_time_password_that_was_shown(tmp_path: Path) -> None:
    said: list[str] = []
    async with daemon(tmp_path, SITE, CLOSED, announce=said.append) as server, dial(server) as peer:
        [password] = [found[1] for line in said if (found := re.search(r"one-time password  (\S+)", line))]
        await log_in(peer, "sysop", password)
        await peer.until("Choose a new one")
        await peer.line(PASSWORD)
        await peer.until("The same again")
        await peer.line(PASSWORD)
        await peer.until("menu of sysop")


async def test_without_a_new_password_the_first_admin_is_at_the_log_in_again(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, dial(server) as peer:
        added = await server.members.add("boss", Role.ADMIN)
        assert isinstance(added, tuple)
        await log_in(peer, "boss", added[1])
        await peer.until("Choose a new one")
        await peer.send("\x03")
        assert "menu" not in await peer.until("Name: ")


async def test_a_second_factor_is_asked_for_behind_the_password(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, dial(server) as peer:
        await add(server)
        member = await server.members.get("kim")
        assert member is not None
        codes = await server.members.factors.enrol(member, b"12345678901234567890", 1, "")
        assert not isinstance(codes, Refusal)
        await log_in(peer)
        await peer.until(CODE)
        await peer.line(codes[0])
        await peer.until("menu of kim")


# Programs


async def test_programs_have_nothing_but_the_log_in(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server:
        await add(server)
        async with program(server) as caller:
            await caller.begin()
            for command in ("/exec vault", "/exec nowhere", "/exec login", "/health", "/health --json", "/health cpu"):
                assert (await caller.ask(command)).code == Code.LOG_IN, command
            assert '"code": 22' in (await caller.ask("/exec vault --json")).body
            assert (await caller.ask(f"/auth kim {PASSWORD}")).code == Code.OK
            assert (await caller.ask("/exec vault")).body == "the vault\r\n"
            assert (await caller.ask("/quit")).code == Code.OK


async def test_programs_of_guests_have_what_guests_have(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, program(server) as caller:
        await caller.begin()
        assert (await caller.ask("/exec vault")).code == Code.OK
        assert (await caller.ask("/exec nowhere")).code == Code.NO_PAGE


async def test_at_a_persons_prompt_a_program_is_refused_in_the_dialect(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, program(server) as caller:
        assert (await caller.begin("/exec vault")).code == Code.LOG_IN
    async with daemon(tmp_path, SITE, CLOSED) as server, program(server) as caller:
        assert (await caller.begin("/health --json")).code == Code.LOG_IN


async def test_health_from_elsewhere_needs_a_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server:
        secret = tmp_path / "token"
        secret.write_text(await token_of(server, "kim"))
        words = ["health", "--host", "127.0.0.1", "--port", str(server.ports[0])]

        assert await asyncio.to_thread(main, words) == 3
        assert "Log in to see that page" in capsys.readouterr().out
        assert await asyncio.to_thread(main, [*words, "--token-file", str(secret)]) == 0


# Those who are on


async def test_nothing_that_members_write_reaches_the_log_in_and_only_operators_see_it(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CLOSED) as server, dial(server) as waiting, dial(server) as inside:
        await add(server)
        await waiting.until("Name: ")
        await log_in(inside)
        await inside.until("menu of kim")
        [stranger] = [one for one in server.hub.presences() if one.user_id is None]
        assert not stranger.seen_by(0, Role.MEMBER)
        assert stranger.seen_by(0, Role.OPERATOR)
        await inside.line(f"/msg #{stranger.number} psst")
        await inside.quiet()
        assert "psst" not in await waiting.quiet()


async def test_a_reload_leads_guests_to_the_log_in_and_leaves_members_where_they_are(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as guest, dial(server) as member:
        await add(server)
        await guest.until("menu of GUEST")
        await member.until("menu of GUEST")
        await member.line("/machine")
        await member.until("+OK")
        await member.line(f"/auth kim {PASSWORD}")
        await member.until("+OK")
        async with program(server) as caller:
            await caller.begin()
            will_read(server, CLOSED)
            assert await server.reload() == []
            assert "Log in to see that page" in await guest.until("Name: ")
            assert (await caller.ask("/exec vault")).code == Code.LOG_IN
            await member.line("/exec vault")
            await member.until("the vault")
        will_read(server, msgspec.structs.replace(CLOSED, guests=GuestsConfig()))
        assert await server.reload() == []
        await guest.line("")
        await guest.until("menu of GUEST")


async def test_a_guest_in_a_room_is_out_of_it_by_the_reload(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as guest:
        await guest.until("menu of GUEST")
        await guest.send("c")
        async with asyncio.timeout(PATIENCE):
            while not any(room.inside for room in server.hub.rooms()):
                await asyncio.sleep(0.01)
        will_read(server, CLOSED)
        await server.reload()
        await guest.until("Name: ")
        assert not any(room.inside for room in server.hub.rooms())


async def test_a_site_without_a_log_in_lets_nobody_in_and_logs_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with daemon(tmp_path, {"root": "menu"}, CLOSED) as server, dial(server) as peer:
        assert "menu" not in await peer.rest()
    assert "there is no script 'login' to go to" in caplog.text
