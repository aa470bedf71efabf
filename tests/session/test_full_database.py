"""Members come in and operators act while the database takes nothing; what they did is in the audit later."""

from __future__ import annotations

from pathlib import Path

import pytest

from sttelnet.administration import Actor, Done
from sttelnet.errors import StoreError
from sttelnet.members import Member, Refusal
from sttelnet.members.tokens import Pass
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.store import waiting
from sttelnet.store.proof import Whole, prove
from tests.daemon import daemon, dial
from tests.program import token_of
from tests.shell_site import eventually

WORD = "correct horse"
SITE = {
    "root": 'the root page\n{% get:STMe %}\n{% page:Prompt("? "); key:login("l") %}',
    "login": '{% page:Prompt("name: "); set:STLoginID(prompt="name: "); set:STLoginPassword(prompt="password: ") %}',
}
ANN = Actor("ann", "127.0.0.1", Role.ADMIN)


async def fill(server: Server) -> None:
    """Let the database grow no further, and take up the room that is left: what a full disk does."""
    writer = server.services.store._database._writer
    pages = next(iter(await writer.execute_fetchall("PRAGMA page_count")))[0]
    await writer.execute_fetchall(f"PRAGMA max_page_count = {pages}")
    while not server.services.store.audit.waiting:
        await server.members.audit("filler", "", "", "x" * 900)


async def make_room(server: Server) -> None:
    await server.services.store._database._writer.execute_fetchall("PRAGMA max_page_count = 1000000")


@pytest.fixture(autouse=True)
def tried_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "RETRY", 0.01)


async def test_with_a_full_database_people_come_in_operators_act_and_the_rows_follow(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server:
        for name, role in (("ann", Role.ADMIN), ("bob", Role.MEMBER), ("cid", Role.MEMBER)):
            await server.members.register(name, WORD, "")
            await server.members.set_role(name, role)
        await server.members.set_locked("cid", True)
        token = await token_of(server, "bob")
        store = server.services.store
        async with dial(server) as guest:
            await guest.until("? ")
            (number,) = (one.number for one in server.hub.presences())
            await fill(server)

            async with dial(server) as peer:
                await peer.until("? ")
                await peer.send("l")
                await peer.until("name: ")
                await peer.line("ann")
                await peer.until("password: ")
                await peer.line(WORD)
                assert "ann" in await peer.until("? ")
                assert isinstance(await server.members.log_in("bob", WORD, ""), Member)
                assert isinstance(await server.members.tokens.log_in(token, ""), Pass)
                assert await server.members.log_in("bob", "wrong", "") is Refusal.WRONG
                assert await server.members.log_in("cid", WORD, "") is Refusal.LOCKED
                assert await server.members.set_role("bob", Role.ADMIN) is Refusal.STORE_FAILED
                assert await server.operations.kick(number, "room", ANN) is Done.DONE
                assert "room" in await guest.rest()
                assert await server.operations.ban("192.0.2.7", 60.0, "", ANN) is Done.DONE
                assert await server.operations.broadcast("the disk is full", ANN) == 1
                await peer.until("the disk is full")
                assert await server.operations.unban("192.0.2.7", ANN) is not Done.NOT_BANNED
                assert not {row.event for row in await store.audit.latest(99)} & {"kicked", "banned"}

                await make_room(server)
                await eventually(lambda: not store.audit.waiting)

        told = {(row.event, row.who) for row in await store.audit.latest(999)}
        assert told >= {
            ("log-in", "ann"),
            ("log-in", "bob"),
            ("token used", "bob"),
            ("log-in failed", "bob"),
            ("log-in failed", "cid"),
            ("kicked", "GUEST"),
            ("banned", "192.0.2.7"),
            ("unbanned", "192.0.2.7"),
            ("broadcast", ""),
        }
    assert isinstance(prove(tmp_path / "sttelnet.db"), Whole)


async def test_a_member_locked_meanwhile_or_a_token_revoked_is_not_let_in_by_a_full_database(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server:
        await server.members.register("bob", WORD, "")
        token = await token_of(server, "bob")
        store = server.services.store
        known = await store.members.credentials("bob")
        stored = await store.tokens.all()
        assert known is not None
        await server.members.set_locked("bob", True)
        await store._database._writer.execute_fetchall("PRAGMA query_only = ON")
        door, tokens = server.members._door, server.members.tokens

        entry = server.members._entry("log-in", "bob", "")
        assert await door._unrecorded(known, entry, StoreError("the disk is full")) is None
        assert await tokens._recorded(stored[0], entry) is False
        assert await tokens.log_in(token, "") is Refusal.LOCKED

        await store._database._writer.execute_fetchall("PRAGMA query_only = OFF")
