"""Tokens: made, logged in with, revoked, over a real database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from sttelnet.config import MembersConfig
from sttelnet.members import Member, Members, Pass, Refusal, Token
from sttelnet.members.tokens import DAY, PREFIX, RANDOM_BYTES
from sttelnet.passwords import Cost, Passwords
from sttelnet.role import Role
from sttelnet.store import Store

PEER = "192.0.2.7"
CONFIG = MembersConfig(throttle_first=0.01, throttle_most=0.04, tries=3)


class Site:
    """A store, its members, and a clock that stands still until told."""

    def __init__(self, store: Store, path: Path, passwords: Passwords) -> None:
        self.path = path
        self.now = 1_000.0
        self.members = Members(store, passwords, CONFIG, all_loopback=True, clock=lambda: self.now)
        self.tokens = self.members.tokens

    async def add(self, name: str, role: Role) -> None:
        assert not isinstance(await self.members.add(name, role), Refusal)

    async def token(self, name: str, role: Role | None = None, *, days: int | None = None) -> tuple[Token, str]:
        made = await self.tokens.make(name, role, days=days, note="nightly  backup\x1b[31m")
        assert not isinstance(made, Refusal)
        return made

    async def trail(self) -> list[tuple[str, str, str, str]]:
        return [(e.event, e.who, e.peer, e.detail) for e in reversed(await self.members.trail())]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    path = tmp_path / "members.db"
    passwords = Passwords(Cost(memory=8, passes=1))
    async with Store.open(path) as store:
        made = Site(store, path, passwords)
        await made.add("kim", Role.OPERATOR)
        await made.add("ada", Role.ADMIN)
        await made.add("mia", Role.MEMBER)
        yield made
    passwords.close()


async def rights(site: Site, secret: str) -> Role | Refusal:
    found = await site.tokens.log_in(secret, PEER)
    return found.member.role if isinstance(found, Pass) else found


async def test_a_token_lets_its_member_in(site: Site) -> None:
    token, secret = await site.token("Kim")
    found = await site.tokens.log_in(secret, PEER)
    assert isinstance(found, Pass)
    assert (found.member.name, found.member.role) == ("kim", Role.OPERATOR)
    assert (token.note, token.expires) == ("nightly backup[31m", None)
    kept = await site.tokens.all()
    assert [(one.used, one.peer) for one in kept] == [(1_000.0, PEER)]


async def test_two_tokens_are_never_alike_and_have_192_random_bits(site: Site) -> None:
    secrets = {(await site.token("kim"))[1] for _ in range(5)}
    assert len(secrets) == 5
    assert RANDOM_BYTES * 8 == 192
    assert all(secret.startswith(PREFIX) and len(secret) == len(PREFIX) + 32 for secret in secrets)


async def test_the_secret_stands_nowhere_in_the_database(site: Site) -> None:
    _, secret = await site.token("kim")
    await site.tokens.log_in(secret, PEER)
    await site.tokens.log_in(secret + "x", PEER)
    with closing(sqlite3.connect(site.path)) as connection:
        dump = "\n".join(connection.iterdump())
    assert "token made" in dump
    assert secret.removeprefix(PREFIX) not in dump


@pytest.mark.parametrize(
    ("name", "asked", "has"),
    [
        ("mia", None, Role.MEMBER),
        ("kim", None, Role.OPERATOR),
        ("ada", None, Role.OPERATOR),
        ("ada", Role.ADMIN, Role.ADMIN),
        ("ada", Role.MEMBER, Role.MEMBER),
    ],
)
async def test_its_role_is_the_members_but_admin_only_where_that_is_said(
    site: Site, name: str, asked: Role | None, has: Role
) -> None:
    token, secret = await site.token(name, asked)
    assert token.role is await rights(site, secret) is has


async def test_it_has_no_more_rights_than_its_member_whenever_it_is_used(site: Site) -> None:
    assert await site.tokens.make("mia", Role.OPERATOR) is Refusal.TOKEN_ROLE
    assert await site.tokens.make("ada", Role.GUEST) is Refusal.TOKEN_ROLE
    assert await site.tokens.make("nobody.there") is Refusal.NO_SUCH_MEMBER
    _, secret = await site.token("kim")
    await site.members.set_role("kim", Role.MEMBER)
    assert await rights(site, secret) is Role.MEMBER
    await site.members.set_role("kim", Role.ADMIN)
    assert await rights(site, secret) is Role.OPERATOR


async def test_a_locked_members_token_does_not_count(site: Site) -> None:
    token, secret = await site.token("kim")
    await site.members.set_locked("kim", True)
    assert await rights(site, secret) is Refusal.LOCKED
    assert await site.tokens.still(token.id) is Refusal.LOCKED


async def test_a_token_ends_with_its_days(site: Site) -> None:
    token, secret = await site.token("kim", days=2)
    site.now += 2 * DAY - 1
    assert await rights(site, secret) is Role.OPERATOR
    site.now += 1
    assert await rights(site, secret) is Refusal.TOKEN_OVER
    assert await site.tokens.still(token.id) is Refusal.TOKEN_OVER


async def test_a_revoked_token_does_not_count(site: Site) -> None:
    token, secret = await site.token("kim")
    revoked = await site.tokens.revoke(token.id)
    assert isinstance(revoked, Token)
    assert await rights(site, secret) is Refusal.TOKEN_WRONG
    assert await site.tokens.still(token.id) is Refusal.TOKEN_WRONG
    assert await site.tokens.revoke(token.id) is Refusal.NO_SUCH_TOKEN
    assert await site.tokens.all() == []


async def test_wrong_tokens_make_the_next_try_wait_also_with_a_password(site: Site) -> None:
    for _ in range(CONFIG.tries):
        assert site.members.delay(PEER) == 0
        assert await rights(site, "stt_" + "A" * 32) is Refusal.TOKEN_WRONG
    assert site.members.delay(PEER) > 0


async def test_what_happened_is_written_down_and_never_the_token(site: Site) -> None:
    token, secret = await site.token("kim")
    await site.tokens.log_in(secret, PEER)
    await site.tokens.log_in("stt_wrong", PEER)
    await site.members.set_locked("kim", True)
    await site.tokens.log_in(secret, PEER)
    await site.tokens.revoke(token.id)
    assert (await site.trail())[3:] == [
        ("token made", "kim", "", "operator, nightly backup[31m, by console"),
        ("token used", "kim", PEER, "number 1"),
        ("log-in failed", "", PEER, "unknown token"),
        ("locked", "kim", "", "by console"),
        ("log-in failed", "kim", PEER, "token 1: locked"),
        ("token revoked", "kim", "", "number 1, by console"),
    ]


async def test_the_last_log_in_of_the_member_stays_the_persons(site: Site) -> None:
    _, secret = await site.token("kim")
    await site.tokens.log_in(secret, PEER)
    kim = await site.members.get("kim")
    assert isinstance(kim, Member)
    assert kim.last_login is None


@pytest.mark.parametrize("secret", ["", "stt_", "é" * 99, "\ud800", "x" * 100_000, "' OR 1=1 --"])
async def test_no_text_is_a_token_by_accident(site: Site, secret: str) -> None:
    await site.token("kim")
    assert await rights(site, secret) is Refusal.TOKEN_WRONG


async def test_who_guesses_from_the_same_address_keeps_no_right_token_out(site: Site) -> None:
    _, secret = await site.token("kim")
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        guesses = [tasks.create_task(site.tokens.log_in(f"stt_wrong{number}", PEER)) for number in range(12)]
        while site.members.delay(PEER) <= CONFIG.throttle_most:
            await asyncio.sleep(0)
        assert await rights(site, secret) is Role.OPERATOR
    assert Refusal.THROTTLED in [guess.result() for guess in guesses]
