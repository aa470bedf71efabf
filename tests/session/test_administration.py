"""Administration from inside, on the shipped pages: sessions, bans, members, the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.administration import Actor, Done
from sttelnet.charset import Charset
from sttelnet.config import Config
from sttelnet.errors import ConfigError
from sttelnet.members import Member
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.server.admission import Offence
from tests.daemon import PATIENCE, Peer, daemon, dial

SCRIPTS = Path(__file__).parents[2] / "scripts"
SHIPPED = {
    path.relative_to(SCRIPTS).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
    for path in SCRIPTS.rglob("*.txt")
}
WORD = "correct horse"
ROLES = {"boss": Role.ADMIN, "ops": Role.OPERATOR, "kim": Role.MEMBER}


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[Server]:
    async with daemon(folder, SHIPPED) as server:
        for name, role in ROLES.items():
            await server.members.register(name, WORD, "127.0.0.1")
            await server.members.set_role(name, role)
        yield server


async def sees(peer: Peer, *texts: str) -> None:
    """Read until all of it stands on the client's screen."""
    await peer.until(lambda peer: all(text in peer.shown() for text in texts))


async def on_root(peer: Peer) -> None:
    await sees(peer, "Your choice:")


async def log_in(peer: Peer, name: str) -> None:
    await on_root(peer)
    await peer.send("l")
    await sees(peer, "LOG IN")
    await peer.line(name)
    await peer.line(WORD)
    await sees(peer, f"Welcome, {name}.")


async def to(peer: Peer, keys: str, *texts: str) -> None:
    """Press keys and wait for the page."""
    for key in keys:
        await peer.send(key)
        await peer.quiet(0.05)
    await sees(peer, *texts)


async def answers(peer: Peer, *pairs: tuple[str, str]) -> None:
    """Answer questions: what is asked, and the line for it."""
    for question, line in pairs:
        await sees(peer, question)
        await peer.line(line)


async def events(server: Server, *wanted: str) -> list[str]:
    """Return the audit's rows of some events, oldest first."""
    rows = await server.services.store.audit.latest(50)
    return [f"{row.event} {row.who}: {row.detail}" for row in reversed(rows) if row.event in wanted]


# Sessions


@pytest.mark.parametrize("charset", [Charset.UTF_8, Charset.CP437], ids=str)
async def test_an_operator_sees_everybody_from_where_and_doing_what(tmp_path: Path, charset: Charset) -> None:
    kind = {Charset.UTF_8: "xterm", Charset.CP437: "ansi"}[charset]
    async with house(tmp_path) as server, dial(server) as kim, dial(server, kind, charset=charset) as ops:
        await log_in(kim, "kim")
        await log_in(ops, "ops")
        await to(ops, "as", "SESSIONS", "Welcome")
        rows = ops.shown().splitlines()
        assert [row[:49] + row[63:] for row in rows[3:6]] == [
            "  NO NAME                 R FROM            TERMI DOING",
            "   1 kim                  M 127.0.0.1       80x24 Welcome",
            "   2 ops                  O 127.0.0.1       80x24 Sessions",
        ]
        assert rows[0].startswith("┌──")


async def test_an_operator_tells_somebody_and_disconnects_them_and_the_audit_has_it(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as kim, dial(server) as ops:
        await log_in(kim, "kim")
        await log_in(ops, "ops")
        await to(ops, "ast", "TELL SOMEBODY")
        await answers(ops, ("Tell which number:", "1"), ("To kim:", "please log off"))
        await sees(kim, "ops: please log off")
        await sees(ops, "Delivered to kim: please log off")
        await to(ops, "k", "DISCONNECT SOMEBODY")
        await answers(
            ops,
            ("Disconnect which number:", "#1"),
            ("What they are told, or nothing:", "you did not"),
            ("Disconnect kim, number 1? Type yes:", "yes"),
        )
        assert "You were disconnected by an operator. you did not" in await kim.rest()
        await sees(ops, "kim is disconnected.")
        assert await events(server, "kicked") == ["kicked kim: by ops: #1 from 127.0.0.1: you did not"]


async def test_nothing_is_done_without_the_word_yes(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as kim, dial(server) as ops:
        await log_in(kim, "kim")
        await log_in(ops, "ops")
        await to(ops, "ask", "DISCONNECT SOMEBODY")
        await answers(ops, ("which number:", "1"), ("or nothing:", ""), ("Type yes:", "y"))
        await sees(ops, "Nothing was done.", "SESSIONS")
        assert len(server.hub) == 2
        assert await events(server, "kicked") == []


@pytest.mark.parametrize(
    ("number", "answer"),
    [("99", "There is no such session."), ("2", "That is you."), ("1", "Their role is above yours."), ("", "SESSIONS")],
    ids=["nobody", "yourself", "above", "nothing"],
)
async def test_who_cannot_be_disconnected_is_told_why(number: str, answer: str, tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin, dial(server) as ops:
        await log_in(admin, "boss")
        await log_in(ops, "ops")
        await to(ops, "ask", "DISCONNECT SOMEBODY")
        await answers(ops, ("which number:", number))
        await sees(ops, answer, "SESSIONS")
        assert len(server.hub) == 2


@pytest.mark.parametrize("keys", ["a", "as", "asu"])
async def test_members_do_not_come_to_the_pages_of_operators(keys: str, tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as kim:
        await log_in(kim, "kim")
        await kim.send(keys[0])
        await sees(kim, "Your role does not allow that page.")


@pytest.mark.parametrize("key", ["m", "u", "e", "d"])
async def test_operators_do_not_come_to_the_pages_of_admins(key: str, tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as ops:
        await log_in(ops, "ops")
        await to(ops, "a", "ADMINISTRATION")
        await ops.send(key)
        await sees(ops, "Your role does not allow that page.")


async def test_the_list_above_a_question_is_turned(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server, size=(80, 13)) as ops, AsyncExitStack() as crowd:
        await log_in(ops, "ops")
        for _ in range(5):
            await on_root(await crowd.enter_async_context(dial(server)))
        await to(ops, "ask", "Disconnect which number:", "   1 ops")
        assert "   6 GUEST" not in ops.shown()
        await ops.send("\x1b[6~\x1b[6~")
        await sees(ops, "   6 GUEST", "Disconnect which number:")
        await answers(
            ops, ("which number:", "6"), ("or nothing:", ""), ("Disconnect GUEST, number 6? Type yes:", "yes")
        )
        await sees(ops, "GUEST is disconnected.")


# Bans


async def test_an_address_is_banned_for_a_time_and_let_in_again(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as ops:
        await log_in(ops, "ops")
        await to(ops, "asb", "BAN AN ADDRESS")
        await answers(
            ops,
            ("Address, or a session's number:", "192.0.2.9"),
            ("For how long", "2h"),
            ("Reason:", "knocks all night"),
            ("Ban 192.0.2.9? Type yes:", "yes"),
        )
        await sees(ops, "192.0.2.9 is banned for 2h.")
        assert server.bans.of("192.0.2.9") is not None
        assert server.bans.of("::ffff:192.0.2.9") is not None
        await to(ops, "qb", "BANS", "192.0.2.9", "knocks all night")
        await to(ops, "u", "UNBAN")
        await answers(ops, ("Address:", "192.0.2.9"))
        await sees(ops, "192.0.2.9 may come in again.", "No address is banned.")
        assert server.bans.of("192.0.2.9") is None
        assert await events(server, "banned", "unbanned") == [
            "banned 192.0.2.9: for 7200 s, by ops: knocks all night",
            "unbanned 192.0.2.9: by ops",
        ]


async def test_a_penalty_is_in_the_list_of_bans_and_an_operator_lifts_it(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as ops:
        for _ in range(4):
            server.admission.penalise("192.0.2.9", Offence.INVALID_USER)
        await log_in(ops, "ops")
        await to(ops, "ab", "BANS", "192.0.2.9", "(penalty)")
        await to(ops, "u", "UNBAN")
        await answers(ops, ("Address:", "192.0.2.9"))
        await sees(ops, "192.0.2.9 may come in again.", "No address is banned.")
        assert await events(server, "unbanned") == ["unbanned : by ops: 192.0.2.9, of a penalty"]


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (("example.org",), "That is no address."),
        (("127.0.0.2", "1h", "", "yes"), "A loopback address is never banned."),
        (("::1", "1h", "", "yes"), "A loopback address is never banned."),
        (("192.0.2.9", "soon"), "A time is a number and s, m, h or d"),
        (("192.0.2.9", "0", "", "yes"), "A ban lasts some time."),
        (("192.0.2.9", "1000d", "", "yes"), "A ban lasts a year at most."),
        (("99",), "There is no such session."),
        (("1", "1h", ""), "That is your own address."),
    ],
    ids=range(8),
)
async def test_what_cannot_be_banned_is_answered_with_a_sentence(
    lines: tuple[str, ...], answer: str, tmp_path: Path
) -> None:
    questions = ("Address, or", "For how long", "Reason:", "Type yes:")
    async with house(tmp_path) as server, dial(server) as ops:
        await log_in(ops, "ops")
        await to(ops, "asb", "BAN AN ADDRESS")
        await answers(ops, *zip(questions, lines, strict=False))
        await sees(ops, answer)
        assert server.bans.all() == []


async def test_an_operator_bans_nobody_above_and_disconnects_nobody_who_has_risen_meanwhile(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin, dial(server) as ops:
        await on_root(admin)
        await log_in(ops, "ops")
        await to(ops, "ask", "DISCONNECT SOMEBODY")
        await answers(ops, ("which number:", "1"), ("or nothing:", ""))
        await log_in(admin, "boss")
        await answers(ops, ("Type yes:", "yes"))
        await sees(ops, "Their role is above yours.")
        done = await server.operations.ban("127.0.0.1", 60.0, "", Actor("ops", "192.0.2.1", Role.OPERATOR))
        assert done is Done.ABOVE
        assert len(server.hub) == 2


async def test_an_invisible_admin_is_not_in_an_operator_s_list(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin, dial(server) as ops:
        await log_in(admin, "boss")
        await admin.line("/invisible")
        await sees(admin, "Only operators see you in /who now")
        await log_in(ops, "ops")
        await to(ops, "as", "SESSIONS", "ops")
        assert "boss" not in ops.shown()
        await to(ops, "k", "DISCONNECT SOMEBODY")
        await answers(ops, ("which number:", "1"))
        await sees(ops, "There is no such session.")


# Members


async def test_an_admin_adds_a_member_who_logs_in_with_the_one_time_password(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin:
        await log_in(admin, "boss")
        await to(admin, "ama", "ADD A MEMBER")
        await answers(admin, ("Name:", "newbie"), ("Role (member, operator, admin):", "operator"))
        await sees(admin, "newbie is added. One-time password:", "MEMBERS  for admins")
        password = admin.shown().partition("One-time password: ")[2].split()[0]
        newbie = await server.members.log_in("newbie", password, "192.0.2.1")
        assert isinstance(newbie, Member)
        assert (newbie.role, newbie.must_change) == (Role.OPERATOR, True)
        assert await events(server, "added") == [
            "added sysop: admin, at the first start",
            "added newbie: operator, by boss from 127.0.0.1",
        ]


async def test_an_admin_finds_a_member_and_sees_their_last_log_ins(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as kim, dial(server) as admin:
        await log_in(kim, "kim")
        await log_in(admin, "boss")
        await to(admin, "amv", "FIND A MEMBER")
        await admin.line("ki")
        await sees(admin, "Name      kim", "Now on    #1", "Log-ins   20", "from 127.0.0.1")


@pytest.mark.parametrize(
    ("text", "answer"),
    [("zz", "There is no member of that name."), ("o", "Several are called so: boss, ops, sysop"), ("", "MEMBERS")],
    ids=["nobody", "several", "nothing"],
)
async def test_a_member_who_is_not_found_is_asked_for_again(text: str, answer: str, tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin:
        await log_in(admin, "boss")
        await to(admin, "amv", "FIND A MEMBER")
        await admin.line(text)
        await sees(admin, answer)


async def open_kim(admin: Peer) -> None:
    await log_in(admin, "boss")
    await to(admin, "amv", "FIND A MEMBER")
    await admin.line("kim")
    await sees(admin, "Name      kim")


async def test_a_demotion_and_a_lock_count_at_once(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as ops, dial(server) as admin:
        await log_in(ops, "ops")
        await to(ops, "as", "SESSIONS")
        await log_in(admin, "boss")
        await to(admin, "amv", "FIND A MEMBER")
        await admin.line("ops")
        await sees(admin, "Name      ops")
        await to(admin, "r", "ROLE OF A MEMBER")
        await answers(admin, ("Role (member", "member"), ("ops is to be member? Type yes:", "yes"))
        await sees(ops, "Your role has changed.")
        await to(admin, "l", "LOCK A MEMBER")
        await answers(admin, ("Lock ops? Type yes:", "yes"))
        assert "Your account is locked: goodbye." in await ops.rest()
        await sees(admin, "ops is locked.", "State     locked")
        assert (await events(server, "role", "locked"))[-2:] == [
            "role ops: operator -> member, by boss from 127.0.0.1",
            "locked ops: by boss from 127.0.0.1",
        ]


async def test_a_password_is_reset_to_one_that_is_shown_once(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin:
        await open_kim(admin)
        await to(admin, "p", "ONE-TIME PASSWORD")
        await answers(admin, ("A new password for kim? Type yes:", "yes"))
        await sees(admin, "One-time password of kim:", "State     one-time password")
        assert (await events(server, "password"))[-1] == "password kim: reset, by boss from 127.0.0.1"


async def test_admins_do_not_lock_or_demote_themselves(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin:
        await log_in(admin, "boss")
        await to(admin, "amv", "FIND A MEMBER")
        await admin.line("boss")
        await sees(admin, "Name      boss")
        for key in "lr":
            await admin.send(key)
            await sees(admin, "That is you: another admin has to do it.")


# The daemon


async def test_an_admin_sees_how_the_daemon_does(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin:
        await log_in(admin, "boss")
        await to(admin, "ad", "DAEMON", "Sessions    1 of 2000, 1 logged in", "Loop lag", "Memory", "Calls       1")


async def test_a_reload_says_what_is_wrong(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin:
        await log_in(admin, "boss")
        await to(admin, "ad", "DAEMON")
        await admin.send("r")
        await sees(admin, "Everything was read anew; there are no errors.")
        (tmp_path / "scripts" / "news.txt").write_text("{% get:Nothing %}\n", encoding="utf-8")
        await admin.send("r")
        await sees(admin, 'unknown handler "Nothing"')
        assert await events(server, "reload") == ["reload : by boss", "reload : by boss"]


async def test_a_config_that_cannot_be_read_changes_nothing_and_stands_among_the_errors(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin:
        await log_in(admin, "boss")
        before = server.services.config

        def broken() -> Config:
            raise ConfigError(["config.toml:3:1: server.prot: unknown key (did you mean server.port?)"])

        object.__setattr__(server._plan, "config_reload", broken)
        await to(admin, "ad", "DAEMON")
        await admin.send("r")
        await sees(admin, "config.toml:3:1: server.prot: unknown key")
        assert server.services.config is before
        await to(admin, "qe", "ERRORS", "config.toml:3:1: server.prot: unknown key (did you mean server.port?)")


async def test_a_broadcast_reaches_every_screen(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as guest, dial(server) as admin:
        await on_root(guest)
        await log_in(admin, "boss")
        await to(admin, "adb", "BROADCAST")
        await answers(admin, ("To everybody:", "coffee"), ("Tell 2 clients? Type yes:", "yes"))
        await sees(guest, "To everybody, from boss: coffee")
        await sees(admin, "Told to 2.")


async def test_a_stop_is_told_nobody_is_let_in_and_it_can_be_taken_back(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as guest, dial(server) as admin:
        await on_root(guest)
        await log_in(admin, "boss")
        await to(admin, "ads", "STOP")
        await answers(
            admin,
            ("In how long", "10m"),
            ("besides, or nothing:", "A new disk."),
            ("Stop the daemon in 10m, for 2 clients? Type yes:", "yes"),
        )
        await sees(guest, "The service goes down in 10m. A new disk.")
        await sees(admin, "Stops       in ")
        async with dial(server) as late:
            assert "The service is going down. Try again later." in await late.rest()
        await admin.send("k")
        await sees(guest, "The service stays up after all.")
        async with dial(server) as late:
            await on_root(late)


async def test_a_stop_comes(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as guest, dial(server) as admin:
        await on_root(guest)
        await log_in(admin, "boss")
        await to(admin, "ads", "STOP")
        await answers(admin, ("In how long", "0"), ("besides", ""), ("Type yes:", "yes"))
        async with asyncio.timeout(PATIENCE):
            assert "The service is going down: goodbye." in await guest.rest()


@pytest.mark.parametrize(
    ("line", "answer"),
    [("soon", "A time is a number and s, m, h or d"), ("2d", "That is more than a day."), ("", "DAEMON")],
    ids=range(3),
)
async def test_a_stop_that_is_not_meant_so_is_none(line: str, answer: str, tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin:
        await log_in(admin, "boss")
        await to(admin, "ads", "STOP")
        await answers(admin, ("In how long", line))
        await sees(admin, answer, "Loop lag")
        assert server.countdown.left is None


async def test_with_no_stop_set_there_is_none_to_take_back(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as admin:
        await log_in(admin, "boss")
        await to(admin, "ad", "DAEMON")
        await admin.send("k")
        await sees(admin, "The daemon is not about to stop.")
