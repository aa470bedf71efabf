"""Members: log-in, registration, passwords, roles, over a real database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from sttelnet.config import MembersConfig
from sttelnet.errors import StoreError
from sttelnet.members import Entry, Member, Members, Refusal
from sttelnet.passwords import LONGEST_PASSWORD, Cost, Passwords, Verified
from sttelnet.role import Role
from sttelnet.store import Store

PEER = "192.0.2.7"
GOOD = "correct horse"
CONFIG = MembersConfig(throttle_first=0.01, throttle_most=0.04)
CHEAP = Cost(memory=8, passes=1)


class Site:
    """A store, its members, and clocks that stand still until told."""

    def __init__(self, store: Store, path: Path) -> None:
        self.store, self.path = store, path
        self.passwords = Passwords(CHEAP)
        self.now = 1_000.0
        self.members = self.over(self.passwords)

    def over(self, passwords: Passwords) -> Members:
        return Members(self.store, passwords, CONFIG, all_loopback=True, clock=lambda: self.now)

    async def trail(self) -> list[tuple[str, str, str, str]]:
        return [(e.event, e.who, e.peer, e.detail) for e in reversed(await self.members.trail())]

    async def kim(self) -> Member:
        member = await self.members.register("Kim", GOOD, PEER)
        assert isinstance(member, Member)
        return member


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    path = tmp_path / "members.db"
    async with Store.open(path, patience=0.1) as store:
        made = Site(store, path)
        yield made
        made.passwords.close()


# Log-in


async def test_the_right_password_logs_in_whatever_the_names_case(site: Site) -> None:
    await site.kim()

    member = await site.members.log_in("kIM", GOOD, PEER)

    assert isinstance(member, Member)
    assert (member.name, member.role, member.last_login) == ("Kim", Role.MEMBER, None)


async def test_a_log_in_is_told_of_the_one_before(site: Site) -> None:
    await site.kim()
    site.now = 2_000.0
    await site.members.log_in("Kim", GOOD, "192.0.2.1")
    site.now = 3_000.0

    member = await site.members.log_in("Kim", GOOD, "192.0.2.2")

    assert isinstance(member, Member)
    assert (member.last_login, member.last_peer) == (2_000.0, "192.0.2.1")
    now = await site.members.get("Kim")
    assert now is not None
    assert (now.last_login, now.last_peer) == (3_000.0, "192.0.2.2")


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Kim", "wrong"), ("Kim", ""), ("Kim", GOOD + " "), ("Kim", "x" * 5000), ("Jo1", GOOD), ("", GOOD),
        ("Kim\x00", GOOD), ("Kim' OR 1=1 --", GOOD), ("\ud800", "\ud800"), ("x" * 5000, GOOD), ("GUEST", ""),
    ],
)  # fmt: skip
async def test_anything_else_is_refused_in_the_same_words(site: Site, name: str, password: str) -> None:
    await site.kim()

    assert await site.members.log_in(name, password, PEER) is Refusal.WRONG


class Watched(Passwords):
    """Real hashing that notes which hash each verification ran against."""

    verified: list[str | None]

    async def verify(self, hashed: str | None, password: str) -> Verified | None:
        self.verified.append(hashed)
        return await super().verify(hashed, password)


async def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(site: Site) -> None:
    await site.kim()
    passwords = Watched(CHEAP)
    passwords.verified = []
    members = site.over(passwords)

    for name in ("Kim", "Joanna", "no name at all", ""):
        assert await members.log_in(name, "wrong", PEER) is Refusal.WRONG
    passwords.close()

    known = await site.store.members.credentials("Kim")
    assert known is not None
    assert passwords.verified == [known.hashed, None, None, None]  # None: as long, see test_passwords
    assert len(await members.trail()) == 5  # each has its audit row too


async def test_a_locked_member_is_told_so_only_with_the_right_password(site: Site) -> None:
    await site.kim()
    await site.members.set_locked("Kim", True)

    assert await site.members.log_in("Kim", "wrong", PEER) is Refusal.WRONG
    assert await site.members.log_in("Kim", GOOD, PEER) is Refusal.LOCKED

    await site.members.set_locked("Kim", False)
    assert isinstance(await site.members.log_in("Kim", GOOD, PEER), Member)


async def test_log_ins_and_failures_are_in_the_audit_without_a_mistyped_name(site: Site) -> None:
    await site.kim()
    await site.members.log_in("my secret password", "oops", PEER)
    await site.members.log_in("kim", "wrong", PEER)
    await site.members.log_in("kim", GOOD, PEER)

    assert await site.trail() == [
        ("registered", "Kim", PEER, "open"),
        ("log-in failed", "", PEER, "unknown name"),
        ("log-in failed", "Kim", PEER, "wrong password"),
        ("log-in", "Kim", PEER, ""),
    ]


async def test_a_hash_of_other_parameters_is_renewed_at_log_in(site: Site) -> None:
    older = Passwords(Cost(memory=16, passes=1))
    await site.over(older).register("Kim", GOOD, PEER)
    older.close()
    before = await site.store.members.credentials("Kim")

    assert isinstance(await site.members.log_in("Kim", GOOD, PEER), Member)

    after = await site.store.members.credentials("Kim")
    assert before is not None
    assert after is not None
    assert "m=16," in before.hashed
    assert "m=8," in after.hashed
    assert isinstance(await site.members.log_in("Kim", GOOD, PEER), Member)


async def test_after_three_failures_an_address_waits_and_others_do_not(site: Site) -> None:
    await site.kim()
    assert site.members.delay(PEER) == 0
    for _ in range(4):
        await site.members.log_in("Kim", "wrong", PEER)

    assert site.members.delay(PEER) == pytest.approx(0.02, abs=0.015)
    assert site.members.delay("192.0.2.8") == 0
    assert isinstance(await site.members.log_in("Kim", GOOD, PEER), Member)


async def test_a_crowd_of_tries_from_one_address_is_throttled_and_every_wait_ends(site: Site) -> None:
    await site.kim()
    for _ in range(6):
        await site.members.log_in("Kim", "wrong", PEER)

    async with asyncio.timeout(10):
        results = await asyncio.gather(*(site.members.log_in("Kim", "wrong", PEER) for _ in range(30)))

    assert set(results) == {Refusal.WRONG, Refusal.THROTTLED}
    assert results.count(Refusal.THROTTLED) > 20


async def test_a_crowd_of_first_tries_is_not_tested_at_once(site: Site) -> None:
    await site.kim()
    passwords = Watched(CHEAP)
    passwords.verified = []
    members = Members(site.store, passwords, CONFIG, all_loopback=True)

    async with asyncio.timeout(10):
        results = await asyncio.gather(*(members.log_in("Kim", f"guess {n}", PEER) for n in range(60)))
    passwords.close()

    # Three without waiting, and the few after them that need not wait past the most.
    assert CONFIG.tries <= len(passwords.verified) < 10
    assert results.count(Refusal.WRONG) == len(passwords.verified)
    assert results.count(Refusal.THROTTLED) == 60 - len(passwords.verified)


async def test_many_behind_one_address_who_come_at_once_are_all_let_in_without_a_penalty(site: Site) -> None:
    await site.kim()
    members = Members(site.store, site.passwords, MembersConfig(), all_loopback=True)

    async with asyncio.timeout(10):
        results = await asyncio.gather(*(members.log_in("Kim", GOOD, PEER) for _ in range(20)))

    assert all(isinstance(result, Member) for result in results), results
    assert members.delay(PEER) == 0


async def test_whoever_logs_in_or_gives_up_makes_nobody_wait(site: Site) -> None:
    await site.kim()
    for _ in range(8):
        assert isinstance(await site.members.log_in("Kim", GOOD, PEER), Member)
    for _ in range(8):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await site.members.log_in("Kim", GOOD, PEER)

    assert site.members.delay(PEER) == 0


async def test_too_many_at_once_are_told_it_is_busy(site: Site) -> None:
    await site.kim()
    passwords = Passwords(Cost(memory=16384, passes=4), threads=1, most_waiting=1)
    members = site.over(passwords)

    peers = [f"192.0.2.{number}" for number in range(10)]
    results = await asyncio.gather(*(members.log_in("Kim", GOOD, peer) for peer in peers))
    passwords.close()

    assert Refusal.BUSY in results
    assert set(results) - {Refusal.BUSY, Refusal.WRONG}  # the others are let in
    assert {members.delay(peer) for peer in peers} == {0}


# Registration


async def test_a_new_member_is_stored_with_the_rights_of_a_member(site: Site) -> None:
    member = await site.kim()

    assert member == await site.members.get("kim")
    assert member == await site.members.by_id(member.id)
    assert (member.role, member.locked, member.must_change, member.created) == (Role.MEMBER, False, False, 1_000.0)


@pytest.mark.parametrize(
    ("name", "password", "refusal"),
    [
        ("ab", GOOD, Refusal.NAME_BAD),
        ("-froot", GOOD, Refusal.NAME_BAD),
        ("admin", GOOD, Refusal.NAME_RESERVED),
        ("sysop", GOOD, Refusal.NAME_RESERVED),
        ("KIM", GOOD, Refusal.NAME_TAKEN),
        ("Joanna", "short", Refusal.PASSWORD_SHORT),
        ("Joanna.P", "joanna.p", Refusal.PASSWORD_IS_NAME),
        ("Joanna", "x" * (LONGEST_PASSWORD + 1), Refusal.PASSWORD_LONG),
    ],
)
async def test_a_bad_registration_is_refused_and_stores_nothing(
    site: Site, name: str, password: str, refusal: Refusal
) -> None:
    await site.kim()

    assert await site.members.register(name, password, PEER) is refusal
    assert [m.name for m in await site.members.all()] == ["Kim"]


async def test_two_who_register_one_name_at_once_are_one_member(site: Site) -> None:
    results = await asyncio.gather(*(site.members.register(name, GOOD, PEER) for name in ("Kim", "KIM", "kim")))

    assert sorted(type(result).__name__ for result in results) == ["Member", "Refusal", "Refusal"]
    assert len(await site.members.all()) == 1


async def test_registration_is_open_on_loopback_alone_unless_the_config_says_otherwise(site: Site) -> None:
    members = site.members
    assert members.registration() == "open"
    members.all_loopback = False
    assert members.registration() == "closed"
    for word in ("open", "approve", "closed"):
        members.config = msgspec.structs.replace(CONFIG, registration=word)
        assert members.registration() == word


async def test_a_closed_site_registers_nobody(site: Site) -> None:
    site.members.all_loopback = False

    assert await site.members.register("Kim", GOOD, PEER) is Refusal.CLOSED
    assert await site.members.all() == []


async def test_where_an_admin_approves_a_new_member_is_locked_until_unlocked(site: Site) -> None:
    site.members.config = msgspec.structs.replace(CONFIG, registration="approve")

    assert await site.members.register("Kim", GOOD, PEER) is Refusal.PENDING
    assert await site.members.log_in("Kim", GOOD, PEER) is Refusal.LOCKED

    await site.members.set_locked("Kim", False)
    assert isinstance(await site.members.log_in("Kim", GOOD, PEER), Member)


# Passwords


async def test_a_changed_password_is_the_only_one_that_works(site: Site) -> None:
    kim = await site.kim()

    changed = await site.members.change_password(kim.id, GOOD, "battery staple", PEER)

    assert isinstance(changed, Member)
    assert await site.members.log_in("Kim", GOOD, PEER) is Refusal.WRONG
    assert isinstance(await site.members.log_in("Kim", "battery staple", PEER), Member)
    assert ("password", "Kim", PEER, "changed") in await site.trail()


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("wrong", "battery staple", Refusal.WRONG),
        (GOOD, "short", Refusal.PASSWORD_SHORT),
        (GOOD, GOOD, Refusal.PASSWORD_SAME),
        (None, GOOD, Refusal.PASSWORD_SAME),
        (None, "x" * (LONGEST_PASSWORD + 1), Refusal.PASSWORD_LONG),
    ],
)
async def test_a_refused_change_leaves_the_password(site: Site, old: str | None, new: str, refusal: Refusal) -> None:
    kim = await site.kim()

    assert await site.members.change_password(kim.id, old, new) is refusal
    assert isinstance(await site.members.log_in("Kim", GOOD, PEER), Member)


class Interrupted(Passwords):
    """Real hashing, before the first of which something else happens."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def hash(self, password: str) -> str | None:
        happen, self.meanwhile = self.meanwhile, None
        if happen is not None:
            await happen()
        return await super().hash(password)


@pytest.mark.parametrize("old", [GOOD, None])
async def test_a_reset_during_a_change_wins(site: Site, old: str | None) -> None:
    kim = await site.kim()
    passwords = Interrupted(CHEAP)
    members = site.over(passwords)
    passwords.meanwhile = lambda: site.members.reset_password("Kim")

    assert await members.change_password(kim.id, old, "battery staple") is Refusal.PASSWORD_CHANGED
    passwords.close()

    now = await site.members.get("Kim")
    assert now is not None
    assert now.must_change
    assert [row[3] for row in await site.trail()] == ["open", "reset, by console"]


async def test_who_was_verified_before_a_reset_changes_nothing_after_it(site: Site) -> None:
    kim = await site.kim()
    verified = await site.members.verify_password(kim.id, GOOD, PEER)
    logged_in = await site.members.log_in("Kim", GOOD, PEER)
    reset = await site.members.reset_password("Kim")
    assert isinstance(reset, tuple)

    for seen in (verified, logged_in):
        assert isinstance(seen, Member)
        refused = await site.members.change_password(kim.id, None, "battery staple", PEER, seen=seen)
        assert refused is Refusal.PASSWORD_CHANGED

    owner = await site.members.log_in("Kim", reset[1], PEER)
    assert isinstance(owner, Member)
    assert owner.must_change
    assert isinstance(await site.members.change_password(kim.id, None, "battery staple", seen=owner), Member)


async def test_who_logs_in_while_their_hash_is_renewed_can_change_their_password(site: Site) -> None:
    older = Passwords(Cost(memory=16, passes=1))
    await site.over(older).register("Kim", GOOD, PEER)
    older.close()
    kim = await site.members.log_in("Kim", GOOD, PEER)
    assert isinstance(kim, Member)

    assert isinstance(await site.members.change_password(kim.id, None, "battery staple", seen=kim), Member)


async def test_guessing_the_password_of_a_session_left_open_is_slowed_down(site: Site) -> None:
    kim = await site.kim()
    for _ in range(6):
        assert await site.members.verify_password(kim.id, "wrong", PEER) is Refusal.WRONG

    results = await asyncio.gather(*(site.members.verify_password(kim.id, "wrong", PEER) for _ in range(9)))

    assert Refusal.THROTTLED in results
    assert isinstance(await site.members.log_in("Kim", GOOD, PEER), Member)  # the owner is not kept out


# Admin


async def test_the_first_start_makes_an_admin_with_a_one_time_password(site: Site) -> None:
    password = await site.members.first_admin()

    assert password is not None
    member = await site.members.log_in("sysop", password, PEER)
    assert isinstance(member, Member)
    assert (member.name, member.role, member.must_change) == ("sysop", Role.ADMIN, True)
    assert await site.members.first_admin() is None


async def test_the_first_admin_may_have_a_password_somebody_chose_and_changes_it_all_the_same(site: Site) -> None:
    assert await site.members.first_admin("from a file of ours") == "from a file of ours"

    member = await site.members.log_in("sysop", "from a file of ours", PEER)
    assert isinstance(member, Member)
    assert member.must_change


async def test_a_site_with_members_gets_no_other_first_admin(site: Site) -> None:
    await site.kim()

    assert await site.members.first_admin() is None
    assert [m.name for m in await site.members.all()] == ["Kim"]


async def test_there_is_an_admin_while_one_can_log_in(site: Site) -> None:
    await site.kim()
    assert not await site.members.has_admin()

    await site.members.set_role("Kim", Role.ADMIN)
    assert await site.members.has_admin()

    await site.members.set_locked("Kim", True)
    assert not await site.members.has_admin()


async def test_two_first_starts_at_once_make_one_admin(site: Site) -> None:
    results = await asyncio.gather(site.members.first_admin(), site.members.first_admin())

    assert sum(result is not None for result in results) == 1


async def test_choosing_a_password_ends_the_one_time_one(site: Site) -> None:
    added = await site.members.add("Kim", Role.OPERATOR)
    assert isinstance(added, tuple)
    member, password = added

    changed = await site.members.change_password(member.id, None, "battery staple")

    assert isinstance(changed, Member)
    assert member.must_change
    assert not changed.must_change
    assert await site.members.log_in("Kim", password, PEER) is Refusal.WRONG


async def test_a_reset_password_works_once_and_asks_for_another(site: Site) -> None:
    await site.kim()

    reset = await site.members.reset_password("kim", by="root")

    assert isinstance(reset, tuple)
    assert await site.members.log_in("Kim", GOOD, PEER) is Refusal.WRONG
    member = await site.members.log_in("Kim", reset[1], PEER)
    assert isinstance(member, Member)
    assert member.must_change
    assert ("password", "Kim", "", "reset, by root") in await site.trail()


async def test_roles_and_locks_are_changed_and_written_down(site: Site) -> None:
    await site.kim()

    changed = await site.members.set_role("kim", Role.OPERATOR, by="root")
    assert isinstance(changed, Member)
    assert changed.role is Role.OPERATOR
    changed = await site.members.set_locked("kim", True)
    assert isinstance(changed, Member)
    assert changed.locked
    await site.members.set_locked("kim", False)

    assert (await site.trail())[1:] == [
        ("role", "Kim", "", "member -> operator, by root"),
        ("locked", "Kim", "", "by console"),
        ("unlocked", "Kim", "", "by console"),
    ]


async def test_nobody_is_made_a_guest(site: Site) -> None:
    await site.kim()

    assert await site.members.set_role("Kim", Role.GUEST) is Refusal.ROLE_BAD
    assert await site.members.add("Joanna", Role.GUEST) is Refusal.ROLE_BAD


async def test_adding_keeps_the_rules_of_names(site: Site) -> None:
    await site.kim()

    assert await site.members.add("KIM", Role.MEMBER) is Refusal.NAME_TAKEN
    assert await site.members.add("x", Role.MEMBER) is Refusal.NAME_BAD
    assert await site.members.add("Admin", Role.ADMIN) is Refusal.NAME_RESERVED


@pytest.mark.parametrize(
    "act",
    [
        lambda members: members.set_role("Nobody_", Role.ADMIN),
        lambda members: members.set_locked("Nobody_", True),
        lambda members: members.reset_password("Nobody_"),
        lambda members: members.change_password(7, None, "battery staple"),
        lambda members: members.set_charset(7, "cp437"),
        lambda members: members.set_profile(7, "x"),
    ],
)
async def test_what_is_done_to_nobody_is_refused(site: Site, act: Callable[[Members], object]) -> None:
    result = await act(site.members)  # type: ignore[misc]  # each of them is a coroutine

    assert result is Refusal.NO_SUCH_MEMBER
    assert await site.trail() == []


async def test_a_profile_is_one_clean_line_of_bounded_length(site: Site) -> None:
    kim = await site.kim()

    await site.members.set_profile(kim.id, "likes\x1b[2J\r\nlong   \twalks\u202e " + "x" * 1000)

    now = await site.members.get("Kim")
    assert now is not None
    assert now.profile.startswith("likes[2J long walks x")
    assert len(now.profile) == 400


async def test_a_chosen_charset_is_kept(site: Site) -> None:
    kim = await site.kim()

    changed = await site.members.set_charset(kim.id, "cp437")

    assert isinstance(changed, Member)
    assert changed.charset == "cp437"


# A database that fails


async def test_a_busy_database_is_said_to_be_busy_and_lets_members_in_all_the_same(site: Site) -> None:
    kim = await site.kim()
    with closing(sqlite3.connect(site.path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")

        assert await site.members.register("Joanna", GOOD, PEER) is Refusal.STORE_BUSY
        assert await site.members.log_in("Kim", GOOD, PEER) == kim
        assert await site.members.log_in("Kim", "wrong", PEER) is Refusal.WRONG
        assert await site.members.set_locked("Kim", True) is Refusal.STORE_BUSY
        assert await site.members.change_password(kim.id, GOOD, "battery staple") is Refusal.STORE_BUSY
        holder.execute("ROLLBACK")

    assert await site.members.all() == [kim]
    assert isinstance(await site.members.log_in("Kim", GOOD, PEER), Member)


async def test_a_read_only_database_is_said_to_fail_and_the_log_has_the_reason(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    await site.kim()
    await site.store._database._writer.execute_fetchall("PRAGMA query_only = ON")

    assert await site.members.register("Joanna", GOOD, PEER) is Refusal.STORE_FAILED

    assert "members.db is read-only" in caplog.text
    assert GOOD not in caplog.text


async def test_an_audit_row_that_cannot_be_written_is_in_the_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    await site.store._database._writer.execute_fetchall("PRAGMA query_only = ON")

    await site.members.audit("refused", "Kim", PEER, "admin/members")

    [record] = [record for record in caplog.records if "audit row waits" in record.message]
    assert "is read-only" in record.message
    fields = {"event": "refused", "who": "Kim", "peer": PEER, "detail": "admin/members"}
    assert fields.items() <= record.fields.items()  # type: ignore[attr-defined]  # what our logs put there


async def test_an_audit_row_can_be_written_by_itself(site: Site) -> None:
    await site.members.audit("refused", "Kim", PEER, "admin/members: role")

    assert await site.members.trail() == [Entry(1_000.0, "refused", "Kim", PEER, "admin/members: role")]


async def test_reading_what_cannot_be_read_raises(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path, patience=0.1) as store:
        site = Site(store, path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DROP TABLE members")
        with pytest.raises(StoreError, match="no such table"):
            await site.members.all()
        site.passwords.close()


async def test_guests_of_one_source_leave_a_few_refusals_in_a_minute(site: Site) -> None:
    now = [0.0]
    members = Members(site.store, site.passwords, CONFIG, all_loopback=True, monotonic=lambda: now[0])
    assert [members.notes_refusal(PEER) for _ in range(8)] == [True] * 5 + [False] * 3
    assert members.notes_refusal("192.0.2.99")
    now[0] = 61.0
    assert members.notes_refusal(PEER)


async def test_of_names_that_begin_alike_some_are_found_whatever_their_case(site: Site) -> None:
    for name in ("kim", "Kay", "ada"):
        assert isinstance(await site.members.register(name, GOOD, PEER), Member)
    assert sorted(await site.members.alike("KIN")) == ["Kay", "kim"]
    assert await site.store.members.beginning_with("k", 1) == ["Kay"]


async def test_a_program_with_a_one_time_password_is_not_let_in_and_not_written_down_as_if_it_were(site: Site) -> None:
    added = await site.members.add("Kim", Role.MEMBER)
    assert isinstance(added, tuple)
    _, password = added
    assert await site.members.log_in_program("Kim", password, PEER) is Refusal.ONE_TIME
    rows = await site.store.audit.latest(9)
    assert (rows[0].event, rows[0].detail) == ("log-in failed", "one-time password, by a program")
    assert "log-in" not in {row.event for row in rows}
    member = await site.members.get("Kim")
    assert member is not None
    assert member.last_login is None
