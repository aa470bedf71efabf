"""The second factor at a real daemon, on the pages that ship: set up, asked for, demanded."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.charset import Charset
from sttelnet.handlers import factor, login
from sttelnet.members import Member, Refusal
from sttelnet.members.totp import code_at, step_at
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.store import Entry
from tests.daemon import Peer, config_with, daemon, dial
from tests.picture import key_in

ROOT = Path(__file__).parent.parent.parent
SHIPPED = {
    path.relative_to(ROOT / "scripts").with_suffix("").as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "scripts").rglob("*.txt")
}
GOOD = "correct horse"
SECRET = b"12345678901234567890"
CHOICE = "Your choice: "
TYPES = {Charset.UTF_8: "xterm-256color", Charset.CP437: "syncterm", Charset.ASCII: "dumb"}


@asynccontextmanager
async def site(folder: Path, **members: object) -> AsyncIterator[Server]:
    """Serve the shipped pages, with the admin ada."""
    async with daemon(folder, SHIPPED, config_with(members=members)) as server:
        await server.members.register("ada", GOOD, "127.0.0.1")
        await server.members.set_role("ada", Role.ADMIN)
        yield server


async def give_factor(server: Server) -> list[str]:
    ada = await server.members.get("ada")
    assert ada is not None
    codes = await server.members.factors.enrol(ada, SECRET, 1, "")
    assert not isinstance(codes, Refusal)
    return codes


def now_code(secret: bytes = SECRET) -> str:
    return code_at(secret, step_at(time.time()))


async def type_password(peer: Peer) -> None:
    await peer.until(CHOICE)
    await peer.send("l")
    await peer.until("Name:     ")
    await peer.line("ada")
    await peer.until("Password: ")
    await peer.line(GOOD)


def key_on(peer: Peer) -> bytes:
    return key_in("\n".join(peer.screen.display))


async def test_who_has_a_factor_comes_in_by_password_and_code(tmp_path: Path) -> None:
    async with site(tmp_path) as server:
        await give_factor(server)
        async with dial(server) as peer, dial(server) as other:
            await type_password(peer)
            await peer.until(login.CODE)
            await other.until(CHOICE)
            await other.send("w")
            assert "ada" not in await other.until("GUEST")
            code = now_code()
            await peer.line(code)
            await peer.until("Welcome, ada.")
            assert code not in peer.screen.display[-1]
            assert code.encode() not in peer.raw


async def test_who_has_none_comes_in_by_password_alone(tmp_path: Path) -> None:
    async with site(tmp_path) as server, dial(server) as peer:
        await type_password(peer)
        assert login.CODE not in await peer.until("Welcome, ada.")


async def test_a_code_just_used_does_not_let_a_second_one_in(tmp_path: Path) -> None:
    async with site(tmp_path) as server:
        await give_factor(server)
        async with dial(server) as peer, dial(server) as thief:
            code = now_code()
            await type_password(peer)
            await peer.until(login.CODE)
            await peer.line(code)
            await peer.until("Welcome, ada.")
            await type_password(thief)
            await thief.until(login.CODE)
            await thief.line(code)
            await thief.until(Refusal.CODE_WRONG.value)
            await thief.send("\x03")
            await thief.until(CHOICE)


async def test_ctrl_c_at_the_code_leads_back_as_a_guest(tmp_path: Path) -> None:
    async with site(tmp_path) as server:
        await give_factor(server)
        async with dial(server) as peer:
            await type_password(peer)
            await peer.until(login.CODE)
            await peer.send("\x03")
            await peer.until(CHOICE)
        assert "log-in" not in [entry.event for entry in await server.members.trail()]


async def test_a_command_at_the_code_is_a_wrong_code(tmp_path: Path) -> None:
    async with site(tmp_path) as server:
        await give_factor(server)
        async with dial(server) as peer:
            await type_password(peer)
            await peer.until(login.CODE)
            await peer.line("/exec admin/audit")
            await peer.until(Refusal.CODE_WRONG.value)


async def test_the_log_in_grace_holds_at_the_code(tmp_path: Path) -> None:
    config = config_with(server={"login_grace": 1.0})
    async with daemon(tmp_path, SHIPPED, config) as server:
        await server.members.register("ada", GOOD, "127.0.0.1")
        await give_factor(server)
        async with dial(server) as peer:
            await type_password(peer)
            await peer.until("Logging in took too long")


@pytest.mark.parametrize("charset", Charset)
async def test_it_is_set_up_on_every_terminal_and_then_asked_for(tmp_path: Path, charset: Charset) -> None:
    async with site(tmp_path) as server:
        async with dial(server, TYPES[charset], charset=charset) as peer:
            await type_password(peer)
            for prompt, key in ((CHOICE, "y"), ("> ", "g"), ("> ", "5")):
                await peer.until(prompt)
                await peer.send(key)
            await peer.until(factor.PASSWORD)
            await peer.line(GOOD)
            await peer.until(factor.SIX_DIGITS)
            shown = peer.screen.display
            assert all(not row[79:].strip() for row in shown)
            assert ("█" in "".join(shown)) == (charset is not Charset.ASCII)
            secret = key_on(peer)
            await peer.line(now_code(secret))
            await peer.until(factor.WRITTEN)
            codes = re.findall(r"[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}", peer.shown())
            assert len(codes) == 10
            await peer.line("")
            await peer.until(factor.IS_ON)
        async with dial(server) as peer:
            await type_password(peer)
            await peer.until(login.CODE)
            await peer.line(codes[0])
            await peer.until("Welcome, ada.")


async def test_who_must_have_one_goes_nowhere_else(tmp_path: Path) -> None:
    async with site(tmp_path, second_factor="admin") as server:
        async with dial(server) as peer:
            await type_password(peer)
            await peer.until(factor.SIX_DIGITS)
            await peer.line("/exec admin/audit")
            await peer.until("That is not its code.")
            await peer.line("")
            await peer.until(login.NOT_ENROLLED)
        async with dial(server) as peer:
            await type_password(peer)
            await peer.until(factor.SIX_DIGITS)
            await peer.line(now_code(key_on(peer)))
            await peer.until(factor.WRITTEN)
            await peer.line("")
            await peer.until("Welcome, ada.")
        ada = await server.members.get("ada")
        assert isinstance(ada, Member)
        assert ada.second_factor


async def failures_of_ada(server: Server) -> list[Entry]:
    rows = await server.services.store.audit.latest(9)
    return [row for row in rows if (row.event, row.who) == ("log-in failed", "ada")]


@pytest.mark.parametrize("answers", [True, False])
async def test_whoever_has_the_password_and_gives_no_code_is_written_down(tmp_path: Path, answers: bool) -> None:
    async with site(tmp_path) as server:
        await give_factor(server)
        async with dial(server, "") as peer:
            await type_password(peer)
            await peer.until(login.CODE)
            if answers:
                await peer.line("")
                await peer.until(Refusal.CODE_WANTED.value)
        async with asyncio.timeout(10):
            while not (rows := await failures_of_ada(server)):
                await asyncio.sleep(0.02)
        assert [row.detail for row in rows] == ["right password, no code"]


# Programs


async def test_auth_refuses_who_has_a_factor_and_says_what_to_use(tmp_path: Path) -> None:
    async with site(tmp_path) as server:
        await give_factor(server)
        made = await server.members.tokens.make("ada")
        assert not isinstance(made, Refusal)
        async with dial(server, "") as peer:
            await peer.until(CHOICE)
            await peer.line("/machine")
            await peer.until("+OK 0 0 sttelnet")
            await peer.line(f"/auth ada {GOOD}")
            await peer.until(f"-ERR 31 0 {Refusal.CODE_WANTED.value}")
            row = (await server.services.store.audit.latest(1))[0]
            assert (row.event, row.who, row.detail) == ("log-in failed", "ada", "right password, no code")
            await peer.line("/exec admin/menu")
            await peer.until("-ERR 22 ")
            await peer.line(f"/token {made[1]}")
            await peer.until("+OK 0 0 ada operator")


async def test_auth_is_no_way_round_a_factor_that_is_demanded(tmp_path: Path) -> None:
    async with site(tmp_path, second_factor="admin") as server, dial(server, "") as peer:
        await peer.until(CHOICE)
        await peer.line("/machine")
        await peer.until("+OK 0 0 sttelnet")
        await peer.line(f"/auth ada {GOOD}")
        await peer.until("-ERR 31 ")
        assert "log-in" not in {row.event for row in await server.services.store.audit.latest(20)}
        await peer.line("/exec admin/menu")
        await peer.until("-ERR 22 ")
