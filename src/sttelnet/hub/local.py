"""The bus between the sessions of one process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator
from typing import Final

from sttelnet.hub.bus import Inbox
from sttelnet.hub.pace import LINES_A_SECOND, LINES_AT_ONCE, MOVES_A_SECOND, MOVES_AT_ONCE, Pace
from sttelnet.hub.people import Message, Presence, Taken
from sttelnet.hub.rooms import LOBBY, MOST_ROOMS, Room, RoomFull, Said, Saying, is_room_name
from sttelnet.role import Role

_TAKEN: Final = frozenset({Taken.SHOWN, Taken.WAITS})
MOST_PACES: Final = 10_000  # senders remembered; who has not written for longest makes room
_NAMED: Final = 3  # of those who are taken out at once


class LocalHub:
    """Every session of this process, by its number: a `Hub`."""

    def __init__(self) -> None:
        self._inboxes: dict[int, Inbox] = {}
        self._last_number = 0
        self._paces: OrderedDict[int | str, Pace] = OrderedDict()  # of members by theirs, of guests by their address
        self._wrote_last: dict[int, Message] = {}  # by the receiver's number
        self._rooms: dict[str, Room] = {LOBBY: Room(LOBBY)}
        self._room_of: dict[int, Room] = {}
        self._talking: dict[int, Pace] = {}  # in rooms
        self._moving: dict[int, Pace] = {}  # in and out of them

    # -- who is on

    def next_number(self) -> int:
        """Return the number of the next session: 1, 2, 3, … never used twice in a run."""
        self._last_number += 1
        return self._last_number

    @property
    def calls(self) -> int:
        """How many sessions there have been."""
        return self._last_number

    def join(self, inbox: Inbox) -> None:
        """Show a session in who is on."""
        self._inboxes[inbox.number] = inbox

    def leave(self, inbox: Inbox) -> None:
        """Take a session out of who is on, and of its room."""
        self.go_out(inbox.number)
        for kept in (self._inboxes, self._wrote_last, self._talking, self._moving):
            kept.pop(inbox.number, None)  # a pace of messages is kept: who calls anew does not begin anew

    def presences(self) -> list[Presence]:
        """Return everybody who is on, in order of arrival."""
        return [inbox.presence() for inbox in self]

    def presence(self, number: int) -> Presence | None:
        """Return one who is on."""
        inbox = self._inboxes.get(number)
        return inbox.presence() if inbox is not None else None

    def sessions_of(self, user_id: int) -> list[Presence]:
        """Return where a member is on, the one they used last first; where a program is in their name they are not."""
        return self.sessions_of_each((user_id,)).get(user_id, [])

    def sessions_of_each(self, user_ids: Collection[int]) -> dict[int, list[Presence]]:
        """Return the same of each of these members who is on."""
        wanted = frozenset(user_ids)
        found: dict[int, list[Presence]] = {}
        for inbox in self:
            if inbox.user_id in wanted and not (presence := inbox.presence()).program:
                found.setdefault(inbox.user_id, []).append(presence)
        for presences in found.values():
            presences.sort(key=lambda presence: presence.idle)
        return found

    def account_changed(self, user_id: int | None = None) -> None:
        """Tell the sessions of one member, or of every member, to read their rights again."""
        for inbox in self:
            if inbox.user_id is not None and user_id in (None, inbox.user_id):
                inbox.account_changed()

    def guests_changed(self) -> None:
        """Tell the sessions of all guests to read their rights again."""
        for inbox in self:
            if inbox.user_id is None:
                inbox.account_changed()

    # -- messages

    def deliver(self, to: int, message: Message) -> Taken:
        """Bring a message to a session."""
        inbox = self._inboxes.get(to)
        if inbox is None:
            return Taken.GONE
        taken = inbox.message(message)
        if taken in _TAKEN:
            self._wrote_last[to] = message
        return taken

    def may_write(self, sender: int, now: float) -> bool:
        """Count a message of a session; False where there were too many."""
        inbox = self._inboxes.get(sender)
        if inbox is None:
            return False
        key: int | str = inbox.presence().peer if inbox.user_id is None else inbox.user_id
        pace = self._paces.pop(key, None) or Pace(now)
        self._paces[key] = pace
        while len(self._paces) > MOST_PACES:
            self._paces.popitem(last=False)
        return pace.may_go(now)

    def note_last(self, number: int, message: Message) -> None:
        """Note that a session has been shown a message that was kept for its member."""
        self._wrote_last[number] = message

    def wrote_last(self, number: int) -> Message | None:
        """Return the last message a session has got."""
        return self._wrote_last.get(number)

    def tell_everybody(self, text: str) -> int:
        """Put one message on every screen; return how many those are."""
        for inbox in self:
            inbox.notice(text)
        return len(self._inboxes)

    # -- rooms

    def enter(self, number: int, room: str, name: str, now: float) -> Room | RoomFull:
        """Bring a session into a room, out of the one it was in; it is called `name` there."""
        if not is_room_name(room):
            return RoomFull.BAD_NAME
        inbox = self._inboxes[number]
        if room not in self._rooms and (inbox.user_id is None or len(self._rooms) >= MOST_ROOMS):
            return RoomFull.FOR_MEMBERS if inbox.user_id is None else RoomFull.TOO_MANY
        if not self._moving.setdefault(number, Pace(now, MOVES_A_SECOND, MOVES_AT_ONCE)).may_go(now):
            return RoomFull.TOO_FAST
        self.go_out(number)
        found = self._rooms.setdefault(room, Room(room))
        found.inside[number] = inbox
        found.names[number] = name
        self._room_of[number] = found
        self._spread(found, Said(Saying.CAME, name), but=number)
        return found

    def go_out(self, number: int) -> None:
        """Take a session out of its room."""
        room = self._room_of.get(number)
        if room is not None:
            self._spread(room, Said(Saying.LEFT, self._forget(room, number)))

    def room_of(self, number: int) -> Room | None:
        """Return the room a session is in."""
        return self._room_of.get(number)

    def rooms(self) -> list[Room]:
        """Return the rooms there are, by name."""
        return sorted(self._rooms.values(), key=lambda room: room.name)

    def say(self, number: int, kind: Saying, text: str, now: float) -> bool:
        """Bring a line to everybody else in the session's room; False where it says too much."""
        room = self._room_of.get(number)
        if room is None or not self._talking.setdefault(number, Pace(now, LINES_A_SECOND, LINES_AT_ONCE)).may_go(now):
            return False
        presence = self._inboxes[number].presence()
        if kind is Saying.TOPIC:
            room.topic = text
        said = Said(kind, room.names[number], text, presence.user_id, presence.role < Role.OPERATOR)
        self._spread(room, said, but=number)
        return True

    def _spread(self, room: Room, said: Said, *, but: int = 0) -> None:
        """Bring a line to a room; who does not read is taken out, not waited for."""
        dropped = [self._forget(room, number) for number in room.spread(said, but=but)]
        if not dropped:
            return
        names = ", ".join(dropped[:_NAMED]) + (f" and {len(dropped) - _NAMED} others" if len(dropped) > _NAMED else "")
        room.spread(Said(Saying.DROPPED, names))  # a line that does not last takes nobody out

    def _forget(self, room: Room, number: int) -> str:
        """Take a session out of a room without a word; return what it was called there."""
        del room.inside[number], self._room_of[number]
        if not room.inside and room.name != LOBBY:
            del self._rooms[room.name]
        return room.names.pop(number)

    def __iter__(self) -> Iterator[Inbox]:
        return iter(tuple(self._inboxes.values()))

    def __len__(self) -> int:
        return len(self._inboxes)
