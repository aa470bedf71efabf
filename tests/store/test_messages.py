"""The messages table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.role import Role
from sttelnet.store import Entry, NewMember, Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path / "members.db") as opened:
        for name in ("kim", "ada"):
            await opened.members.add(NewMember(name, Role.MEMBER, "hash", 1.0), Entry(1.0, "registered", name))
        yield opened


async def texts(store: Store, member: int) -> list[str]:
    return [message.text for message in await store.messages.of(member)]


async def test_what_is_kept_comes_back_oldest_first_and_for_nobody_else(store: Store) -> None:
    assert await store.messages.add(1, "ada", "one", 10.0, 5)
    assert await store.messages.add(1, "ada", "two", 20.0, 5)
    first, second = await store.messages.of(1)
    assert (first.at, first.sender, first.text, first.shown) == (10.0, "ada", "one", False)
    assert second.text == "two"
    assert await store.messages.of(2) == []


async def test_what_was_shown_stays_until_it_is_deleted(store: Store) -> None:
    await store.messages.add(1, "ada", "one", 10.0, 5)
    await store.messages.mark_shown(await store.messages.of(1))
    (message,) = await store.messages.of(1)
    assert message.shown
    assert await store.messages.clear(1) == 1
    assert await store.messages.of(1) == []


async def test_a_mailbox_full_of_unread_ones_takes_no_more_and_read_ones_make_room(store: Store) -> None:
    for number in range(3):
        assert await store.messages.add(1, "ada", str(number), 10.0, 3)
    assert not await store.messages.add(1, "ada", "3", 10.0, 3)
    await store.messages.mark_shown((await store.messages.of(1))[:2])
    assert await store.messages.add(1, "ada", "4", 10.0, 3)
    assert await texts(store, 1) == ["1", "2", "4"]


async def test_nothing_is_kept_for_who_is_no_member(store: Store) -> None:
    assert not await store.messages.add(99, "ada", "one", 10.0, 5)


async def test_what_is_kept_outlives_the_daemon(tmp_path: Path) -> None:
    for round_ in range(2):
        async with Store.open(tmp_path / "members.db") as store:
            if round_ == 0:
                await store.members.add(NewMember("kim", Role.MEMBER, "hash", 1.0), Entry(1.0, "registered", "kim"))
                await store.messages.add(1, "ada", "one", 10.0, 5)
            assert await texts(store, 1) == ["one"]
