"""The members table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.role import Role
from sttelnet.store import Credentials, Entry, Member, NewMember, Store

NEW = NewMember("Kim", Role.OPERATOR, "hash", 5.0)
ENTRY = Entry(5.0, "registered", "Kim", "10.0.0.9")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path / "members.db") as opened:
        yield opened


async def events(store: Store) -> list[str]:
    return [entry.event for entry in reversed(await store.audit.latest(99))]


async def kim(store: Store) -> Credentials:
    await store.members.add(NEW, ENTRY)
    found = await store.members.credentials("Kim")
    assert found is not None
    return found


async def test_a_new_member_is_read_back_as_they_were_stored(store: Store) -> None:
    stored = await store.members.add(NEW, ENTRY)

    expected = Member(1, "Kim", Role.OPERATOR, False, None, False, 5.0, None, None, "")
    assert stored == expected
    assert await store.members.credentials_by_id(1) == Credentials(expected, "hash")


async def test_names_are_one_whatever_their_case(store: Store) -> None:
    known = await kim(store)

    assert await store.members.add(NewMember("KIM", Role.MEMBER, "x", 6.0), ENTRY) is None
    assert await store.members.credentials("kIM") == known
    assert await events(store) == ["registered"]


async def test_the_first_admin_is_only_made_where_nobody_is(store: Store) -> None:
    first = await store.members.add(NEW, ENTRY, only_as_first=True)
    second = await store.members.add(NewMember("Jo1", Role.ADMIN, "x", 6.0), ENTRY, only_as_first=True)

    assert first is not None
    assert second is None


async def test_nobody_is_found_under_a_name_or_number_nobody_has(store: Store) -> None:
    assert await store.members.credentials("Kim") is None
    assert await store.members.credentials_by_id(1) is None


async def test_members_are_listed_by_name(store: Store) -> None:
    for name in ("zoe", "Bob", "abe"):
        await store.members.add(NewMember(name, Role.MEMBER, "x", 1.0), ENTRY)

    assert [member.name for member in await store.members.everyone()] == ["abe", "Bob", "zoe"]


async def test_a_log_in_returns_the_one_before_and_stores_this_one(store: Store) -> None:
    known = await kim(store)

    first = await store.members.record_log_in(known, "hash", Entry(10.0, "log-in", "Kim", "10.0.0.1"))
    second = await store.members.record_log_in(known, "hash", Entry(20.0, "log-in", "Kim", "10.0.0.2"))

    assert first is not None
    assert second is not None
    assert (first.last_login, first.last_peer) == (None, None)
    assert (second.last_login, second.last_peer) == (10.0, "10.0.0.1")
    stored = (await kim(store)).member
    assert (stored.last_login, stored.last_peer) == (20.0, "10.0.0.2")


async def test_a_log_in_can_renew_the_hash(store: Store) -> None:
    await store.members.record_log_in(await kim(store), "newer", Entry(10.0, "log-in", "Kim"))

    assert (await kim(store)).hashed == "newer"


async def test_a_log_in_is_void_when_the_member_was_locked_meanwhile(store: Store) -> None:
    known = await kim(store)
    await store.members.set_locked(1, True, Entry(9.0, "locked", "Kim"))

    assert await store.members.record_log_in(known, "hash", Entry(10.0, "log-in", "Kim")) is None
    assert await events(store) == ["registered", "locked"]


async def test_a_log_in_is_void_when_the_password_was_changed_meanwhile(store: Store) -> None:
    known = await kim(store)
    await store.members.set_password(1, "newer", must_change=False, entry=Entry(9.0, "password", "Kim"))

    assert await store.members.record_log_in(known, "hash", Entry(10.0, "log-in", "Kim")) is None
    assert (await kim(store)).hashed == "newer"


async def test_only_the_password_that_was_known_is_replaced(store: Store) -> None:
    known = await kim(store)
    await store.members.set_password(1, "reset", must_change=True, entry=Entry(9.0, "password", "Kim"))

    assert await store.members.replace_password(known, "chosen", Entry(10.0, "password", "Kim")) is None
    now = await kim(store)
    assert (now.hashed, now.member.must_change) == ("reset", True)
    assert await events(store) == ["registered", "password"]

    changed = await store.members.replace_password(now, "chosen", Entry(11.0, "password", "Kim"))
    assert changed is not None
    assert not changed.must_change
    assert changed.seal not in {known.member.seal, now.member.seal}


async def test_each_change_is_stored_with_its_audit_row(store: Store) -> None:
    await kim(store)

    changed = await store.members.set_role(1, Role.ADMIN, Entry(6.0, "role", "Kim"))
    assert changed is not None
    assert changed.role is Role.ADMIN
    changed = await store.members.set_locked(1, True, Entry(7.0, "locked", "Kim"))
    assert changed is not None
    assert changed.locked
    changed = await store.members.set_password(1, "x", must_change=True, entry=Entry(8.0, "password", "Kim"))
    assert changed is not None
    assert changed.must_change
    assert await events(store) == ["registered", "role", "locked", "password"]


async def test_charset_and_profile_are_kept_and_are_no_matter_for_the_audit(store: Store) -> None:
    await kim(store)

    await store.members.set_charset(1, "cp437")
    changed = await store.members.set_profile(1, "likes \x00 and 漢字")

    assert changed is not None
    assert (changed.charset, changed.profile) == ("cp437", "likes \x00 and 漢字")
    assert await events(store) == ["registered"]


async def test_a_change_to_nobody_writes_nothing(store: Store) -> None:
    assert await store.members.set_role(7, Role.ADMIN, Entry(6.0, "role", "Kim")) is None
    assert await events(store) == []
