"""The tokens table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.role import Role
from sttelnet.store import Entry, NewMember, NewToken, Store

ENTRY = Entry(5.0, "token made", "Kim")
USED = Entry(9.0, "token used", "Kim", "10.0.0.9")
NEW = NewToken(1, "hash", Role.OPERATOR, "backup", 5.0, 99.0)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path / "members.db") as opened:
        await opened.members.add(NewMember("Kim", Role.ADMIN, "hash", 1.0), Entry(1.0, "added", "Kim"))
        yield opened


async def events(store: Store) -> list[str]:
    return [entry.event for entry in reversed(await store.audit.latest(99))]


async def test_a_token_is_read_back_as_it_was_stored_with_its_members_name(store: Store) -> None:
    stored = await store.tokens.add(NEW, ENTRY)
    assert stored is not None
    assert (stored.member_id, stored.member, stored.role) == (1, "Kim", Role.OPERATOR)
    assert (stored.note, stored.created, stored.expires, stored.used) == ("backup", 5.0, 99.0, None)
    assert await store.tokens.by_hash("hash") == await store.tokens.by_id(stored.id) == stored
    assert await store.tokens.all() == [stored]
    assert await store.tokens.by_hash("other") is None


async def test_a_member_that_is_gone_gets_none_and_nothing_is_written_down(store: Store) -> None:
    assert await store.tokens.add(NewToken(7, "hash", Role.MEMBER, "", 5.0, None), ENTRY) is None
    assert await events(store) == ["added"]


async def test_a_use_is_noted_with_its_audit_row(store: Store) -> None:
    await store.tokens.add(NEW, ENTRY)
    assert await store.tokens.record_use(1, USED)
    used = await store.tokens.by_id(1)
    assert used is not None
    assert (used.used, used.peer) == (9.0, "10.0.0.9")
    assert await events(store) == ["added", "token made", "token used"]


async def test_a_use_after_a_lock_or_a_revocation_is_none(store: Store) -> None:
    await store.tokens.add(NEW, ENTRY)
    await store.members.set_locked(1, True, Entry(6.0, "locked", "Kim"))
    assert not await store.tokens.record_use(1, USED)
    assert await store.tokens.remove(1, Entry(7.0, "token revoked", "Kim"))
    assert not await store.tokens.record_use(1, USED)
    assert not await store.tokens.remove(1, Entry(8.0, "token revoked", "Kim"))
    assert await events(store) == ["added", "token made", "locked", "token revoked"]
