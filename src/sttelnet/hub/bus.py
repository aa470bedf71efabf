"""What the daemon knows of the bus between sessions, and the bus of a session."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from sttelnet.hub.people import Message, Presence, Taken
from sttelnet.hub.rooms import Room, RoomFull, Said, Saying


class Inbox(Protocol):
    """What the hub knows of a session."""

    number: int

    @property
    def user_id(self) -> int | None:
        """The member's number, None for a guest."""

    def presence(self) -> Presence:
        """Describe the session for who is on."""

    def notice(self, text: str) -> None:
        """Put one message on the client's screen, as soon as that disturbs nothing."""

    def message(self, message: Message) -> Taken:
        """Put a message where `notice` would."""

    def said(self, said: Said) -> bool:
        """Put a room's line where `notice` would; False where too many wait already."""

    def account_changed(self) -> None:
        """What the session may do has changed (role, lock): read it again."""


class Hub(Protocol):
    """Who is on and who is in which room. Sessions have numbers; times are the event loop's.

    Nothing here waits: an implementation that reaches over several hosts keeps its own copy of who is on.
    """

    def next_number(self) -> int:
        """Return the number of the next session: 1, 2, 3, … never used twice in a run."""

    def join(self, inbox: Inbox) -> None:
        """Show a session in who is on."""

    def leave(self, inbox: Inbox) -> None:
        """Take a session out of who is on, and of its room."""

    def presences(self) -> list[Presence]:
        """Return everybody who is on, in order of arrival."""

    def presence(self, number: int) -> Presence | None:
        """Return one who is on."""

    def sessions_of(self, user_id: int) -> list[Presence]:
        """Return where a member is on, the one they used last first; where a program is in their name they are not."""

    def sessions_of_each(self, user_ids: Collection[int]) -> dict[int, list[Presence]]:
        """Return the same of each of these members who is on."""

    def deliver(self, to: int, message: Message) -> Taken:
        """Bring a message to a session."""

    def may_write(self, sender: int, now: float) -> bool:
        """Count a message of a session; False where there were too many."""

    def note_last(self, number: int, message: Message) -> None:
        """Note that a session has been shown a message that was kept for its member."""

    def wrote_last(self, number: int) -> Message | None:
        """Return the last message a session has got."""

    def account_changed(self, user_id: int | None = None) -> None:
        """Tell the sessions of one member, or of every member, to read their rights again."""

    def guests_changed(self) -> None:
        """Tell the sessions of all guests to read their rights again."""

    def tell_everybody(self, text: str) -> int:
        """Put one message on every screen; return how many those are."""

    def enter(self, number: int, room: str, name: str, now: float) -> Room | RoomFull:
        """Bring a session into a room, out of the one it was in; it is called `name` there."""

    def go_out(self, number: int) -> None:
        """Take a session out of its room."""

    def room_of(self, number: int) -> Room | None:
        """Return the room a session is in."""

    def rooms(self) -> list[Room]:
        """Return the rooms there are, by name."""

    def say(self, number: int, kind: Saying, text: str, now: float) -> bool:
        """Bring a line to everybody else in the session's room; False where it says too much."""

    def __len__(self) -> int: ...
