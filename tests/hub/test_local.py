"""The bus between the sessions of one process."""

from __future__ import annotations

import pytest

from sttelnet.hub import HISTORY, LOBBY, Hub, LocalHub, Message, Room, RoomFull, Saying, Sender, Taken
from sttelnet.hub.pace import LINES_AT_ONCE, MESSAGES_AT_ONCE, MOVES_AT_ONCE
from sttelnet.hub.rooms import MOST_ROOMS
from sttelnet.role import Role
from tests.hub.inboxes import Kept

ADA = Sender(1, 11, "ada", Role.MEMBER)


def hub_of(*inboxes: Kept) -> LocalHub:
    hub = LocalHub()
    for inbox in inboxes:
        hub.join(inbox)
    return hub


def inside(hub: Hub, *inboxes: Kept, room: str = LOBBY) -> Room:
    for inbox in inboxes:
        assert isinstance(hub.enter(inbox.number, room, inbox.name, inbox.number * 100.0), Room)
    found = hub.room_of(inboxes[0].number)
    assert found is not None
    return found


# Who is on


def test_numbers_are_never_used_twice() -> None:
    hub = LocalHub()
    assert [hub.next_number() for _ in range(3)] == [1, 2, 3]
    assert hub.calls == 3


def test_who_is_on_is_told_in_order_of_arrival() -> None:
    ada, kim = Kept(1, "ada", 11), Kept(2, "kim", 12)
    hub = hub_of(ada, kim)
    assert [presence.name for presence in hub.presences()] == ["ada", "kim"]
    hub.leave(ada)
    assert [presence.name for presence in hub.presences()] == ["kim"]
    assert hub.presence(1) is None
    assert len(hub) == 1


def test_of_a_member_s_sessions_the_one_used_last_comes_first() -> None:
    old, new = Kept(1, "ada", 11), Kept(2, "ada", 11)
    old.idle, new.idle = 60.0, 2.0
    hub = hub_of(old, Kept(3, "kim", 12), new)
    assert [presence.number for presence in hub.sessions_of(11)] == [2, 1]
    hub.join(Kept(4))
    found = hub.sessions_of_each((12, 11, 99))
    assert {member: [one.number for one in sessions] for member, sessions in found.items()} == {11: [2, 1], 12: [3]}


def test_a_changed_account_is_told_to_its_own_sessions_or_to_every_member_s() -> None:
    ada, kim, guest = Kept(1, "ada", 11), Kept(2, "kim", 12), Kept(3)
    hub = hub_of(ada, kim, guest)
    hub.account_changed(11)
    hub.account_changed()
    assert (ada.changed, kim.changed, guest.changed) == (2, 1, 0)
    hub.guests_changed()
    assert (ada.changed, kim.changed, guest.changed) == (2, 1, 1)


# Messages


def test_a_message_arrives_and_can_be_answered() -> None:
    kim = Kept(2, "kim", 12)
    hub = hub_of(kim)
    assert hub.wrote_last(2) is None
    assert hub.deliver(2, Message(ADA, "hello")) is Taken.SHOWN
    assert kim.got == ["ada: hello"]
    last = hub.wrote_last(2)
    assert last is not None
    assert last.sender == ADA


def test_who_has_left_gets_nothing_and_is_forgotten() -> None:
    kim = Kept(2, "kim", 12)
    hub = hub_of(kim)
    hub.deliver(2, Message(ADA, "hello"))
    hub.leave(kim)
    assert hub.deliver(2, Message(ADA, "hello")) is Taken.GONE
    assert hub.wrote_last(2) is None


def test_a_message_that_finds_no_room_cannot_be_answered() -> None:
    hub = hub_of(Kept(2, "kim", 12, room=0))
    assert hub.deliver(2, Message(ADA, "hello")) is Taken.FULL
    assert hub.wrote_last(2) is None


def test_a_sentence_for_everybody_reaches_everybody() -> None:
    ada, kim = Kept(1), Kept(2)
    assert hub_of(ada, kim).tell_everybody("Coffee.") == 2
    assert ada.got == kim.got == ["Coffee."]


def test_who_writes_too_fast_waits_and_then_may_again() -> None:
    hub = hub_of(Kept(1, "ada", 11), Kept(2, "kim", 12))
    assert sum(hub.may_write(1, 100.0) for _ in range(20)) == MESSAGES_AT_ONCE
    assert not hub.may_write(1, 101.0)
    assert hub.may_write(1, 103.5)
    assert hub.may_write(2, 100.0)


# Rooms


def test_what_is_said_reaches_everybody_else_inside() -> None:
    ada, kim, other = Kept(1, "ada", 11), Kept(2, "kim", 12), Kept(3, "bo", 13)
    hub = hub_of(ada, kim, other)
    inside(hub, ada, kim)
    inside(hub, other, room="attic")
    ada.got.clear()
    assert hub.say(1, Saying.SAID, "hello", 1.0)
    assert hub.say(1, Saying.DID, "waves", 1.0)
    assert kim.got == ["<ada> hello", "* ada waves"]
    assert ada.got == other.got == []


def test_coming_and_going_is_told() -> None:
    ada, kim = Kept(1, "ada", 11), Kept(2, "kim", 12)
    hub = hub_of(ada, kim)
    inside(hub, ada, kim)
    hub.go_out(2)
    hub.go_out(2)
    assert ada.got == ["* kim has come in.", "* kim has left."]
    assert hub.room_of(2) is None


def test_who_enters_another_room_leaves_the_first() -> None:
    ada, kim = Kept(1, "ada", 11), Kept(2, "kim", 12)
    hub = hub_of(ada, kim)
    inside(hub, ada, kim)
    inside(hub, kim, room="attic")
    assert ada.got[-1] == "* kim has left."
    assert [(room.name, len(room.inside)) for room in hub.rooms()] == [("attic", 1), (LOBBY, 1)]


def test_an_empty_room_is_gone_but_the_lobby() -> None:
    ada = Kept(1, "ada", 11)
    hub = hub_of(ada)
    inside(hub, ada, room="attic")
    hub.leave(ada)
    assert [room.name for room in hub.rooms()] == [LOBBY]


def test_the_last_lines_are_kept_for_who_comes_later_without_coming_and_going() -> None:
    ada, kim = Kept(1, "ada", 11), Kept(2, "kim", 12)
    hub = hub_of(ada, kim)
    room = inside(hub, ada, kim)
    for number in range(HISTORY + 5):
        assert hub.say(1, Saying.SAID, str(number), number * 10.0)
    assert [said.text for said in room.history] == [str(number) for number in range(5, HISTORY + 5)]


def test_a_topic_stays_with_the_room() -> None:
    ada = Kept(1, "ada", 11)
    hub = hub_of(ada)
    room = inside(hub, ada)
    hub.say(1, Saying.TOPIC, "printers", 1.0)
    assert room.topic == "printers"


@pytest.mark.parametrize("name", ["", "A", "a b", "x" * 21, "-a", "é", "a\x1b"])
def test_a_room_has_a_plain_name(name: str) -> None:
    assert hub_of(Kept(1)).enter(1, name, "ada", 1.0) is RoomFull.BAD_NAME


def test_there_are_only_so_many_rooms() -> None:
    inboxes = [Kept(number, "x", number) for number in range(MOST_ROOMS)]
    hub = hub_of(*inboxes)
    for number in range(MOST_ROOMS - 1):
        assert isinstance(hub.enter(number, f"r{number}", "x", 1.0), Room)
    assert hub.enter(MOST_ROOMS - 1, "one-more", "x", 1.0) is RoomFull.TOO_MANY
    assert isinstance(hub.enter(MOST_ROOMS - 1, LOBBY, "x", 1.0), Room)


def test_guests_open_no_rooms_and_go_into_those_there_are() -> None:
    guest, ada = Kept(1), Kept(2, "ada", 11)
    hub = hub_of(guest, ada)
    assert hub.enter(1, "attic", "GUEST#1", 1.0) is RoomFull.FOR_MEMBERS
    inside(hub, ada, room="attic")
    assert isinstance(hub.enter(1, "attic", "GUEST#1", 1.0), Room)


def test_who_goes_in_and_out_very_fast_waits() -> None:
    ada, kim = Kept(1, "ada", 11), Kept(2, "kim", 12)
    hub = hub_of(ada, kim)
    inside(hub, kim)
    moved = [isinstance(hub.enter(1, room, "ada", 1.0), Room) for room in (LOBBY, "attic") * 20]
    assert sum(moved) == MOVES_AT_ONCE
    assert isinstance(hub.enter(1, LOBBY, "ada", 11.0), Room)


def test_nobody_is_taken_out_for_who_comes_and_goes() -> None:
    ada, full = Kept(1, "ada", 11), Kept(2, "full", 12, room=0)
    hub = hub_of(full, ada)
    inside(hub, full)
    inside(hub, ada)
    hub.go_out(1)
    assert hub.room_of(2) is not None


def test_who_calls_anew_does_not_begin_anew_with_messages() -> None:
    first, second = Kept(1), Kept(2)
    hub = hub_of(first)
    assert sum(hub.may_write(1, 100.0) for _ in range(20)) == MESSAGES_AT_ONCE
    hub.leave(first)
    hub.join(second)
    assert not hub.may_write(2, 100.0)  # from the same address


def test_who_says_too_much_is_not_heard() -> None:
    ada, kim = Kept(1, "ada", 11), Kept(2, "kim", 12)
    hub = hub_of(ada, kim)
    inside(hub, ada, kim)
    assert sum(hub.say(1, Saying.SAID, "x", 5.0) for _ in range(30)) == LINES_AT_ONCE
    assert len(kim.got) == LINES_AT_ONCE
    assert hub.say(1, Saying.SAID, "x", 6.0)


def test_who_is_in_no_room_says_nothing() -> None:
    assert not hub_of(Kept(1)).say(1, Saying.SAID, "x", 5.0)


def test_who_does_not_read_is_taken_out_and_nobody_waits_for_them() -> None:
    ada, deaf, kim = Kept(1, "ada", 11), Kept(2, "deaf", 12, room=1), Kept(3, "kim", 13)
    hub = hub_of(ada, deaf, kim)
    inside(hub, ada, deaf, kim)
    assert hub.say(1, Saying.SAID, "hello", 1.0)
    assert hub.room_of(2) is None
    assert kim.got == ["<ada> hello", "* Taken out, for their lines are too slow: deaf"]


def test_in_a_room_of_five_hundred_a_line_reaches_all_the_others_once() -> None:
    inboxes = [Kept(number, f"n{number}", number) for number in range(1, 501)]
    hub = hub_of(*inboxes)
    inside(hub, *inboxes)
    for inbox in inboxes:
        inbox.got.clear()
    assert hub.say(7, Saying.SAID, "hello", 1.0)
    assert [inbox.got for inbox in inboxes if inbox.number != 7] == [["<n7> hello"]] * 499
    assert inboxes[6].got == []


def test_a_room_full_of_who_does_not_read_costs_the_others_one_line() -> None:
    deaf = [Kept(number, f"deaf{number}", number, room=0) for number in range(2, 500)]
    ada, kim = Kept(1, "ada", 1), Kept(500, "kim", 500)
    hub = hub_of(ada, *deaf, kim)
    for inbox in (ada, kim):
        inside(hub, inbox)
    room = hub.room_of(1)
    assert room is not None
    for inbox in deaf:
        room.inside[inbox.number], room.names[inbox.number] = inbox, inbox.name
        hub._room_of[inbox.number] = room
    assert hub.say(1, Saying.SAID, "hello", 1.0)
    assert kim.got[-2:] == [
        "<ada> hello",
        "* Taken out, for their lines are too slow: deaf2, deaf3, deaf4 and 495 others",
    ]
    assert set(room.inside) == {1, 500}
