"""The messages table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.role import Role
from sttelnet.store import GUESTS, Entry, Kept, NewMember, NewMessage, Store

KIM, ADA = 1, 2  # the members' numbers


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path / "members.db") as opened:
        for name in ("kim", "ada"):
            await opened.members.add(NewMember(name, Role.MEMBER, "hash", 1.0), Entry(1.0, "registered", name))
        yield opened


def note(text: str, *, sender: int = 2, ignorable: bool = True) -> NewMessage:
    return NewMessage(sender, "ada", text, 10.0, ignorable=ignorable)


async def texts(store: Store, member: int) -> list[str]:
    return [message.text for message in await store.messages.of(member)]


async def test_what_is_kept_comes_back_oldest_first_and_for_nobody_else(store: Store) -> None:
    numbers = [await store.messages.add(KIM, note(text), 5) for text in ("one", "two")]
    first, second = await store.messages.of(1)
    assert numbers == [first.id, second.id]
    assert (first.at, first.sender, first.text, first.shown) == (10.0, "ada", "one", False)
    assert second.text == "two"
    assert await store.messages.of(2) == []


async def test_what_was_shown_stays_until_it_is_deleted(store: Store) -> None:
    number = await store.messages.add(KIM, note("one"), 5)
    assert isinstance(number, int)
    await store.messages.mark_shown([number])
    (message,) = await store.messages.of(1)
    assert message.shown
    assert await store.messages.clear(1) == 1
    assert await store.messages.of(1) == []


async def test_a_mailbox_full_of_unread_ones_takes_no_more_and_read_ones_make_room(store: Store) -> None:
    for name in ("ada", "bob", "carl"):
        assert isinstance(await store.messages.add(KIM, NewMessage(2, name, name, 10.0), 3), int)
    assert await store.messages.add(KIM, NewMessage(2, "dora", "dora", 10.0), 3) is Kept.FULL
    await store.messages.mark_shown([message.id for message in await store.messages.of(1)][:2])
    assert isinstance(await store.messages.add(KIM, note("4"), 3), int)
    assert await texts(store, 1) == ["bob", "carl", "4"]


async def test_nothing_is_kept_for_who_is_no_member(store: Store) -> None:
    assert await store.messages.add(99, NewMessage(2, "ada", "one", 10.0), 5) is Kept.GONE


async def test_a_message_to_several_is_kept_for_each_by_the_rules_of_one(store: Store) -> None:
    await store.messages.add(KIM, note("before"), 5)
    kept = await store.messages.add_for((ADA, 99, KIM), note("all"), 5)
    assert {member: kept[member] for member in (KIM, ADA)} == {
        member: (await store.messages.of(member))[-1].id for member in (KIM, ADA)
    }
    assert (kept[99], await texts(store, KIM), await texts(store, ADA)) == (Kept.GONE, ["before", "all"], ["all"])
    assert await store.ignores.add(ADA, 2, "ada", 5)
    kept = await store.messages.add_for((KIM, ADA), note("more"), 2)
    assert kept == {KIM: Kept.FULL, ADA: Kept.IGNORED}
    assert await store.messages.add_for((), note("nobody"), 5) == {}


async def test_what_was_read_makes_room_for_a_message_to_several(store: Store) -> None:
    for name in ("bob", "carl", "dora"):
        await store.messages.add(KIM, NewMessage(3, name, name, 10.0), 3)
    await store.messages.mark_shown([message.id for message in await store.messages.of(KIM)][:2])
    await store.messages.add_for((KIM, ADA), note("all"), 3)
    assert (await texts(store, KIM), await texts(store, ADA)) == (["carl", "dora", "all"], ["all"])


async def test_members_delete_their_own_messages_only(store: Store) -> None:
    for text in ("one", "two"):
        await store.messages.add(KIM, note(text), 5)
    first, second = await store.messages.of(1)
    assert await store.messages.delete(2, [first.id]) == 0
    assert await store.messages.delete(1, [first.id, 4711]) == 1
    assert await store.messages.of(1) == [second]


async def test_nothing_is_kept_from_who_is_ignored_but_from_operators(store: Store) -> None:
    assert await store.ignores.add(1, 2, "ada", 5)
    assert await store.messages.add(KIM, note("one"), 5) is Kept.IGNORED
    assert isinstance(await store.messages.add(KIM, note("two", ignorable=False), 5), int)
    assert isinstance(await store.messages.add(KIM, note("three", sender=GUESTS), 8), int)
    assert await store.ignores.remove(1, "ADA")
    assert not await store.ignores.remove(1, "ada")
    assert isinstance(await store.messages.add(KIM, note("four"), 8), int)


async def test_the_list_of_the_ignored_has_an_end(store: Store) -> None:
    assert await store.ignores.add(1, GUESTS, "GUEST", 1)
    assert not await store.ignores.add(1, 2, "ada", 1)
    assert await store.ignores.of(1) == {GUESTS: "GUEST"}
    assert await store.ignores.of(2) == {}


async def test_what_is_kept_outlives_the_daemon(tmp_path: Path) -> None:
    for round_ in range(2):
        async with Store.open(tmp_path / "members.db") as store:
            if round_ == 0:
                await store.members.add(NewMember("kim", Role.MEMBER, "hash", 1.0), Entry(1.0, "registered", "kim"))
                await store.messages.add(KIM, note("one"), 5)
            assert await texts(store, 1) == ["one"]


def alert(text: str) -> NewMessage:
    return NewMessage(0, "HEALTH", text, 10.0, ignorable=False)


async def test_of_alerts_the_oldest_make_room_and_nobody_elses_messages(store: Store) -> None:
    for number in range(5):
        assert isinstance(await store.messages.add(KIM, alert(f"alert {number}"), 6), int)
    assert await texts(store, KIM) == ["alert 2", "alert 3", "alert 4"]  # half as many as a mailbox has
    for number in range(3):
        assert isinstance(await store.messages.add(KIM, note(f"note {number}"), 6), int)
    assert isinstance(await store.messages.add(KIM, alert("alert 5"), 6), int)
    assert await texts(store, KIM) == ["alert 3", "alert 4", "note 0", "note 1", "note 2", "alert 5"]
    assert isinstance(await store.messages.add(KIM, alert("alert 6"), 2), int)  # the mailbox has become smaller
    assert await texts(store, KIM) == ["note 0", "note 1", "note 2", "alert 6"]


async def test_alerts_and_what_people_write_take_no_place_from_each_other(store: Store) -> None:
    people = [f"{name} {number}" for name in ("ada", "bob") for number in range(3)]
    for text in people:
        assert isinstance(await store.messages.add(KIM, NewMessage(2, text[:3], text, 10.0), 6), int)
    assert await store.messages.add(KIM, NewMessage(3, "carl", "one more", 10.0), 6) is Kept.FULL
    for number in range(4):
        assert isinstance(await store.messages.add(KIM, alert(f"alert {number}"), 6), int)
    assert await texts(store, KIM) == [*people, "alert 1", "alert 2", "alert 3"]
    for number in range(3):
        await store.messages.add(ADA, alert(f"alert {number}"), 6)
    for text in people:
        assert isinstance(await store.messages.add(ADA, NewMessage(1, text[:3], text, 10.0), 6), int)


async def test_one_member_fills_half_of_a_mailbox_and_all_guests_a_quarter(store: Store) -> None:
    kept = [await store.messages.add(KIM, note(str(number)), 8) for number in range(5)]
    assert [number is Kept.FULL for number in kept] == [False] * 4 + [True]
    kept = [await store.messages.add(KIM, NewMessage(GUESTS, "GUEST", "hello", 10.0), 8) for _ in range(3)]
    assert [number is Kept.FULL for number in kept] == [False] * 2 + [True]
    assert isinstance(await store.messages.add(KIM, NewMessage(3, "carl", "hello", 10.0), 8), int)
