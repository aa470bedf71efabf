"""Second factors: enrolled, asked for, used once, taken away, over a real database."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from sttelnet.config import MembersConfig, ShellConfig
from sttelnet.members import Member, Members, Refusal
from sttelnet.members.codes import RECOVERY_CODES
from sttelnet.members.totp import STEP, code_at, step_at
from sttelnet.passwords import Cost, Passwords
from sttelnet.role import Role
from sttelnet.store import Entry, Store
from sttelnet.store.chain import PASSING

PEER, ELSEWHERE = "192.0.2.7", "198.51.100.3"
GOOD = "correct horse"
SECRET = b"12345678901234567890"
CONFIG = MembersConfig(throttle_first=0.01, throttle_most=0.04, tries=3)


class Site:
    """A store, its members, one of them with a second factor, and a clock that stands still until told."""

    def __init__(self, store: Store, path: Path, passwords: Passwords) -> None:
        self.path, self.store = path, store
        self.now = 1_000_000.0
        self.members = Members(store, passwords, CONFIG, all_loopback=True, clock=lambda: self.now)
        self.recovery: list[str] = []

    @property
    def kim(self) -> int:
        return 1

    async def member(self) -> Member:
        found = await self.members.by_id(self.kim)
        assert found is not None
        return found

    async def enrol(self) -> list[str]:
        codes = await self.members.factors.enrol(await self.member(), SECRET, step_at(self.now) - 1, PEER)
        assert not isinstance(codes, Refusal)
        return codes

    def code(self, away: int = 0) -> str:
        return code_at(SECRET, step_at(self.now) + away)

    async def log_in(self, code: str | None, peer: str = PEER) -> str:
        found = await self.members.log_in("kim", GOOD, peer, code=code)
        return found.name if isinstance(found, Refusal) else "in"

    async def trail(self) -> list[tuple[str, str, str, str]]:
        return [(e.event, e.who, e.peer, e.detail) for e in reversed(await self.members.trail())]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    path = tmp_path / "members.db"
    passwords = Passwords(Cost(memory=8, passes=1))
    async with Store.open(path, patience=0.1) as store:
        made = Site(store, path, passwords)
        added = await made.members.add("Kim", Role.ADMIN)
        assert not isinstance(added, Refusal)
        assert isinstance(await made.members.change_password(added[0].id, None, GOOD), Member)
        made.recovery = await made.enrol()
        yield made
    passwords.close()


# Logging in


async def test_a_password_alone_is_not_enough_and_is_no_log_in(site: Site) -> None:
    before = await site.trail()

    assert await site.log_in(None) == "CODE_WANTED"
    assert await site.trail() == before
    assert (await site.member()).last_login is None


async def test_password_and_code_let_in(site: Site) -> None:
    assert await site.log_in(site.code()) == "in"
    assert (await site.member()).last_login == site.now


async def test_the_code_is_not_looked_at_behind_a_wrong_password(site: Site) -> None:
    assert await site.members.log_in("kim", "wrong", PEER, code=site.code()) is Refusal.WRONG
    assert await site.log_in(site.code()) == "in"


async def test_blanks_in_a_code_are_nothing(site: Site) -> None:
    assert await site.log_in(f" {site.code()[:3]} {site.code()[3:]} ") == "in"


async def test_a_code_counts_once(site: Site) -> None:
    code = site.code()

    assert await site.log_in(code) == "in"
    assert await site.log_in(code) == "CODE_WRONG"
    assert await site.log_in(site.code(1)) == "in"
    assert await site.log_in(site.code(-1)) == "CODE_WRONG"


async def test_the_code_it_was_enrolled_with_is_used_up(site: Site) -> None:
    assert await site.log_in(site.code(-1)) == "CODE_WRONG"


async def test_of_two_at_once_with_one_code_one_comes_in(site: Site) -> None:
    code = site.code()

    outcomes = await asyncio.gather(site.log_in(code), site.log_in(code, ELSEWHERE))

    assert sorted(outcomes) == ["CODE_WRONG", "in"]


async def test_another_process_cannot_take_the_same_code(site: Site) -> None:
    await site.log_in(site.code())
    passwords = Passwords(Cost(memory=8, passes=1))
    async with Store.open(site.path, patience=0.1) as store:
        members = Members(store, passwords, CONFIG, all_loopback=True, clock=lambda: site.now)
        again = await members.log_in("kim", GOOD, PEER, code=site.code())
    passwords.close()

    assert again is Refusal.CODE_WRONG


@pytest.mark.parametrize("away", [-3, 2])
async def test_a_code_out_of_the_window_is_wrong(site: Site, away: int) -> None:
    assert await site.log_in(site.code(away)) == "CODE_WRONG"


async def test_later_the_same_digits_would_be_another_step(site: Site) -> None:
    code = site.code()
    await site.log_in(code)
    site.now += STEP

    assert await site.log_in(code) == "CODE_WRONG"


async def test_wrong_codes_are_written_down_and_make_the_next_wait(site: Site) -> None:
    for _ in range(CONFIG.tries):
        assert await site.log_in("000000" if site.code() != "000000" else "000001") == "CODE_WRONG"

    assert (await site.trail())[-CONFIG.tries :] == [("second factor failed", "Kim", PEER, "")] * CONFIG.tries
    assert site.members.delay(PEER) > 0
    assert Entry(1.0, "second factor failed", "Kim").chain == PASSING  # anybody with a password could fill the disk
    assert not any(SECRET.decode() in str(row) for row in await site.trail())


async def test_codes_are_not_guessed_from_many_addresses_at_once(site: Site) -> None:
    guesses = await asyncio.gather(*(site.log_in("12345x", f"203.0.113.{number}") for number in range(30)))

    assert set(guesses) == {"CODE_WRONG", "THROTTLED"}


async def test_where_nothing_can_be_stored_a_code_still_counts_and_only_once(site: Site) -> None:
    with closing(sqlite3.connect(site.path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert await site.log_in(site.code()) == "in"
        assert await site.log_in(site.code()) == "CODE_WRONG"
        assert await site.log_in(site.recovery[0]) in {"STORE_BUSY", "STORE_FAILED"}
        holder.execute("ROLLBACK")

    assert await site.log_in(site.code()) == "CODE_WRONG"


# Recovery codes


async def test_ten_recovery_codes_are_made_and_only_their_hashes_are_kept(site: Site) -> None:
    assert len(set(site.recovery)) == RECOVERY_CODES == 10
    assert all(re.fullmatch(r"[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}", code) for code in site.recovery)
    with closing(sqlite3.connect(site.path)) as database:
        kept = [row[0] for row in database.execute("SELECT hash FROM recovery_codes")]
    assert [len(hashed) for hashed in kept] == [64] * 10
    assert not set(kept) & {code.replace("-", "") for code in site.recovery}


async def test_each_recovery_code_lets_in_once(site: Site) -> None:
    code = site.recovery[3]

    assert await site.log_in(code.upper().replace("-", " ")) == "in"
    assert ("recovery code used", "Kim", PEER, "") in await site.trail()
    assert await site.log_in(code) == "CODE_WRONG"
    assert await site.members.factors.recovery_left(site.kim) == 9
    assert await site.log_in(site.recovery[4]) == "in"


# Enrolling, and the way back


async def test_a_member_has_one_at_most(site: Site) -> None:
    again = await site.members.factors.enrol(await site.member(), b"x" * 20, 1, PEER)

    assert again is Refusal.FACTOR_THERE
    assert await site.log_in(site.code()) == "in"


async def test_an_answer_is_compared_with_the_codes_of_now(site: Site) -> None:
    factors = site.members.factors
    secret = factors.new_secret()

    assert len(secret) == 20
    assert secret != factors.new_secret()
    assert factors.step_of(SECRET, site.code()) == step_at(site.now)
    assert factors.step_of(SECRET, site.code(9)) is None
    assert factors.step_of(SECRET, "no code") is None


@pytest.mark.parametrize("by", ["password", "code"])
async def test_it_is_removed_by_password_or_code(site: Site, by: str) -> None:
    factors = site.members.factors

    assert await factors.remove(await site.member(), "wrong horse", PEER) is Refusal.WRONG
    assert await factors.remove(await site.member(), site.code(7), PEER) is Refusal.CODE_WRONG
    removed = await factors.remove(await site.member(), GOOD if by == "password" else site.code(), PEER)

    assert isinstance(removed, Member)
    assert not removed.second_factor
    assert (await site.trail())[-1] == ("second factor removed", "Kim", PEER, "")
    assert await site.log_in(None) == "in"


async def test_after_removal_the_old_codes_are_worth_nothing(site: Site) -> None:
    await site.members.factors.turn_off("kim")
    again = await site.members.factors.enrol(await site.member(), b"y" * 20, step_at(site.now) - 1, PEER)
    assert not isinstance(again, Refusal)

    assert await site.log_in(site.code()) == "CODE_WRONG"
    assert await site.log_in(site.recovery[0]) == "CODE_WRONG"
    assert await site.log_in(code_at(b"y" * 20, step_at(site.now))) == "in"


async def test_the_console_takes_it_away_once(site: Site) -> None:
    factors = site.members.factors

    assert isinstance(await factors.turn_off("KIM"), Member)
    assert (await site.trail())[-1] == ("second factor removed", "Kim", "", "by console")
    assert await factors.turn_off("kim") is Refusal.NO_FACTOR
    assert await factors.turn_off("nobody") is Refusal.NO_SUCH_MEMBER


# Who must have one


@pytest.mark.parametrize(
    ("key", "loopback", "least"),
    [
        ("auto", True, None),
        ("auto", False, Role.ADMIN),
        ("never", False, None),
        ("admin", True, Role.ADMIN),
        ("operator", True, Role.OPERATOR),
    ],
)
async def test_the_role_that_must_have_one(site: Site, key: str, loopback: bool, least: Role | None) -> None:
    site.members.config = MembersConfig(second_factor=key)  # type: ignore[arg-type]  # one of its words
    site.members.all_loopback = loopback
    await site.members.factors.turn_off("kim")

    for role in (Role.MEMBER, Role.OPERATOR, Role.ADMIN):
        member = await site.members.set_role("kim", role)
        assert isinstance(member, Member)
        assert site.members.factors.wanting(member) == (least is not None and role >= least)


@pytest.mark.parametrize(
    ("key", "loopback", "least"),
    [
        ("auto", True, None),
        ("auto", False, Role.MEMBER),
        ("never", False, None),
        ("admin", True, Role.MEMBER),
        ("operator", True, Role.MEMBER),
    ],
)
async def test_who_may_open_the_shell_must_have_one_where_anybody_must(
    site: Site, key: str, loopback: bool, least: Role | None
) -> None:
    site.members.config = MembersConfig(second_factor=key)  # type: ignore[arg-type]  # one of its words
    site.members.all_loopback, site.members.shell = loopback, ShellConfig(enabled=True, role="member")

    for role in Role:
        assert site.members.factors.demanded_of(role) == (least is not None and role >= least)


async def test_a_shell_that_is_off_demands_nothing(site: Site) -> None:
    site.members.all_loopback, site.members.shell = False, ShellConfig(enabled=False, role="member")

    assert [role for role in Role if site.members.factors.demanded_of(role)] == [Role.ADMIN]


async def test_who_has_one_lacks_none(site: Site) -> None:
    site.members.config = MembersConfig(second_factor="admin")

    assert not site.members.factors.wanting(await site.member())
