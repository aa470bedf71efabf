"""The mail: onto the screen of who is on, and kept until it was seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from sttelnet.errors import StoreError
from sttelnet.hub import Delivery, LocalHub, Mail, Sender
from sttelnet.role import Role
from sttelnet.store import MOST_AT_ONCE, Entry, NewMember, Store
from tests.hub.inboxes import Kept

ADA = Sender(1, 2, "ada", Role.MEMBER)
GUEST = Sender(9, None, "GUEST", Role.GUEST)
HOUSE = Sender(0, None, "HEALTH", Role.ADMIN)
KIM, ADA_ID = 1, 2  # the members' numbers


class Office:
    """The mail over a real database, of members kim (1) and ada (2)."""

    def __init__(self, store: Store) -> None:
        self.store, self.hub = store, LocalHub()
        self.mail = Mail(self.hub, store, lambda: 3, lambda: 100.0)

    async def unseen(self) -> list[str]:
        return [message.text for message in await self.store.messages.of(KIM) if not message.shown]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with Store.open(tmp_path / "members.db") as store:
        for name in ("kim", "ada"):
            await store.members.add(NewMember(name, Role.MEMBER, "hash", 1.0), Entry(1.0, "registered", name))
        yield Office(store)


async def test_a_message_to_who_is_on_is_on_their_screen_and_in_their_mailbox(office: Office) -> None:
    kim = Kept(5, "kim", KIM)
    office.hub.join(kim)
    assert await office.mail.to_member(ADA, KIM, "hello") is Delivery.DELIVERED
    assert kim.got == ["ada: hello"]
    assert await office.unseen() == ["hello"]


async def test_what_was_seen_does_not_wait_any_more(office: Office) -> None:
    kim = Kept(5, "kim", KIM)
    office.hub.join(kim)
    await office.mail.to_member(ADA, KIM, "hello")
    office.mail.seen(m.stored for m in kim.messages if m.stored is not None)
    await office.mail.flush()
    await office.mail.flush()
    assert await office.unseen() == []


async def test_who_is_busy_is_told_of_as_such(office: Office) -> None:
    kim = Kept(5, "kim", KIM)
    kim.waits = True
    office.hub.join(kim)
    assert await office.mail.to_member(ADA, KIM, "hello") is Delivery.WAITS


async def test_a_message_to_several_is_on_the_screens_of_some_and_waits_for_the_others(office: Office) -> None:
    kim = Kept(5, "kim", KIM)
    office.hub.join(kim)
    assert await office.mail.to_members(HOUSE, [ADA_ID, 99, KIM, KIM], "hello") == {
        KIM: Delivery.DELIVERED,
        ADA_ID: Delivery.KEPT,
        99: Delivery.GONE,
    }
    assert kim.got == ["HEALTH: hello"]
    assert await office.unseen() == ["hello"]
    assert [message.stored for message in kim.messages] == [m.id for m in await office.store.messages.of(KIM)]
    assert await office.mail.to_members(HOUSE, [], "nobody") == {}


async def test_a_message_to_more_than_one_transaction_holds_reaches_them_all(office: Office) -> None:
    count = MOST_AT_ONCE + 10
    everybody = [KIM, ADA_ID]
    for number in range(count):
        new = NewMember(f"op{number}", Role.OPERATOR, "hash", 1.0)
        member = await office.store.members.add(new, Entry(1.0, "registered", new.name))
        assert member is not None
        everybody.append(member.id)
    last = Kept(5, "last", everybody[-1])
    office.hub.join(last)
    became = await office.mail.to_members(HOUSE, everybody, "hello")
    assert list(became) == [everybody[-1], *everybody[:-1]]  # who is on comes first
    assert set(became.values()) == {Delivery.DELIVERED, Delivery.KEPT}
    kept = [message for member in everybody for message in await office.store.messages.of(member)]
    assert len(kept) == len(everybody) == count + 2


async def test_a_message_to_who_is_away_is_kept(office: Office) -> None:
    assert await office.mail.to_member(ADA, KIM, "hello") is Delivery.KEPT
    assert await office.unseen() == ["hello"]


async def test_a_message_that_finds_no_room_on_any_screen_is_kept(office: Office) -> None:
    office.hub.join(Kept(5, "kim", KIM, room=0))
    assert await office.mail.to_member(ADA, KIM, "hello") is Delivery.LATER
    assert await office.unseen() == ["hello"]


async def test_of_two_screens_the_one_used_last_shows_it(office: Office) -> None:
    old, new = Kept(5, "kim", KIM), Kept(6, "kim", KIM)
    old.idle = 100.0
    office.hub.join(old)
    office.hub.join(new)
    await office.mail.to_member(ADA, KIM, "hello")
    assert (old.got, new.got) == ([], ["ada: hello"])


async def test_who_is_invisible_gets_it_and_seems_away(office: Office) -> None:
    kim = Kept(5, "kim", KIM)
    kim.invisible = True
    office.hub.join(kim)
    assert await office.mail.to_member(ADA, KIM, "hello") is Delivery.KEPT
    assert kim.got == ["ada: hello"]


async def test_a_full_mailbox_takes_no_more(office: Office) -> None:
    for name in ("bob", "carl", "dora"):
        assert await office.mail.to_member(replace(ADA, name=name), KIM, "hello") is Delivery.KEPT
    assert await office.mail.to_member(ADA, KIM, "hello") is Delivery.FULL


async def test_guests_fill_a_quarter_of_a_mailbox_at_most(office: Office) -> None:
    assert await office.mail.to_member(GUEST, KIM, "one") is Delivery.KEPT
    assert await office.mail.to_member(GUEST, KIM, "two") is Delivery.FULL
    assert await office.mail.to_member(ADA, KIM, "hello") is Delivery.KEPT


async def test_of_two_sessions_the_one_that_is_seen_shows_it(office: Office) -> None:
    hidden, seen = Kept(5, "kim", KIM), Kept(6, "kim", KIM)
    hidden.invisible, seen.idle = True, 100.0
    office.hub.join(hidden)
    office.hub.join(seen)
    assert await office.mail.to_member(ADA, KIM, "hello") is Delivery.DELIVERED
    assert (hidden.got, seen.got) == ([], ["ada: hello"])


async def test_who_is_ignored_reaches_neither_screen_nor_mailbox(office: Office) -> None:
    kim = Kept(5, "kim", KIM)
    office.hub.join(kim)
    await office.store.ignores.add(KIM, 2, "ada", 10)
    assert await office.mail.to_member(ADA, KIM, "hello") is Delivery.IGNORED
    assert kim.got == await office.unseen() == []


async def test_a_member_who_is_no_more_is_told_of(office: Office) -> None:
    assert await office.mail.to_member(ADA, 99, "hello") is Delivery.GONE


async def test_a_guest_gets_it_or_has_left(office: Office) -> None:
    guest = Kept(7)
    office.hub.join(guest)
    assert office.mail.to_guest(ADA, 7, "hello") is Delivery.DELIVERED
    assert guest.got == ["ada: hello"]
    guest.room = 0
    assert office.mail.to_guest(ADA, 7, "hello") is Delivery.FULL
    office.hub.leave(guest)
    assert office.mail.to_guest(ADA, 7, "hello") is Delivery.GONE


async def test_with_a_database_that_cannot_be_written_who_is_on_gets_it_all_the_same(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "members.db", patience=0.1) as store:
        await store.members.add(NewMember("kim", Role.MEMBER, "hash", 1.0), Entry(1.0, "registered", "kim"))
        hub, kim = LocalHub(), Kept(5, "kim", KIM)
        mail = Mail(hub, store, lambda: 3)
        async with store._database.transaction():  # it never ends in time
            with pytest.raises(StoreError):
                await mail.to_member(ADA, KIM, "hello")
            hub.join(kim)
            assert await mail.to_member(ADA, KIM, "hello") is Delivery.DELIVERED
            with pytest.raises(StoreError):  # for who is not on; kim has it
                await mail.to_members(ADA, [2, KIM], "all of you")
        assert kim.got == ["ada: hello", "ada: all of you"]
