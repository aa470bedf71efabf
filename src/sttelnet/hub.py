"""Who is on: the bus between sessions, in this process.

The hub knows an Inbox, not a Client, so that a second implementation can carry it between hosts.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from sttelnet.channel import Size
from sttelnet.role import Role

MESSAGES_A_SECOND: Final = 0.5  # of one sender, over time …
MESSAGES_AT_ONCE: Final = 8.0  # … and at once


@dataclass(frozen=True, slots=True)
class Presence:
    """One row of who is on."""

    number: int
    name: str
    role: Role
    peer: str
    via: str  # "telnet", "tls"
    terminal: str  # "xterm-256color", "" where the client told none
    size: Size
    idle: float  # seconds since the last byte from the client
    since: float  # seconds since connect
    doing: str  # the script's title, "typing", …


@dataclass(frozen=True, slots=True)
class Message:
    """A line from one session to another."""

    sender: int  # the session's number
    name: str  # the sender's
    text: str  # one line, cleaned


class Delivery(enum.Enum):
    """What became of a message."""

    DELIVERED = enum.auto()
    FULL = enum.auto()  # too many wait for that client already
    GONE = enum.auto()  # that session has ended
    TOO_MANY = enum.auto()  # the sender has sent too many


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

    def message(self, message: Message) -> bool:
        """Put a message where `notice` would; False where too many wait already."""

    def account_changed(self) -> None:
        """The member's row has changed (role, lock): read it again."""


class _Pace:
    """How fast somebody writes: so many at once, then so many a second. What is refused does not count."""

    def __init__(self, now: float) -> None:
        self._left, self._at = MESSAGES_AT_ONCE, now

    def may_go(self, now: float) -> bool:
        self._left = min(MESSAGES_AT_ONCE, self._left + (now - self._at) * MESSAGES_A_SECOND)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Hub:
    """Every session of this process, by its number."""

    def __init__(self) -> None:
        self._inboxes: dict[int, Inbox] = {}
        self._last_number = 0
        self._paces: dict[int, _Pace] = {}  # of senders, by their number
        self._wrote_last: dict[int, Message] = {}  # by the receiver's number

    def next_number(self) -> int:
        """Return the number of the next session: 1, 2, 3, … never used twice in a run."""
        self._last_number += 1
        return self._last_number

    def join(self, inbox: Inbox) -> None:
        """Show a session in who is on."""
        self._inboxes[inbox.number] = inbox

    def leave(self, inbox: Inbox) -> None:
        """Take a session out of who is on."""
        for kept in (self._inboxes, self._paces, self._wrote_last):
            kept.pop(inbox.number, None)

    def presences(self) -> list[Presence]:
        """Return everybody who is on, in order of arrival."""
        return [inbox.presence() for inbox in self]

    def send(self, to: int, message: Message, now: float) -> Delivery:
        """Bring a message to a session. `now` is the event loop's time."""
        inbox = self._inboxes.get(to)
        if inbox is None:
            return Delivery.GONE
        if not self.may_write(message.sender, now):
            return Delivery.TOO_MANY
        if not inbox.message(message):
            return Delivery.FULL
        self._wrote_last[to] = message
        return Delivery.DELIVERED

    def may_write(self, sender: int, now: float) -> bool:
        """Count a message of a session; False where there were too many."""
        return self._paces.setdefault(sender, _Pace(now)).may_go(now)

    def wrote_last(self, number: int) -> Message | None:
        """Return the last message a session has got."""
        return self._wrote_last.get(number)

    def account_changed(self, user_id: int | None = None) -> None:
        """Tell the sessions of one member, or of every member, to read their rights again."""
        for inbox in self:
            if inbox.user_id is not None and user_id in (None, inbox.user_id):
                inbox.account_changed()

    def tell_everybody(self, text: str) -> None:
        """Put one message on every screen."""
        for inbox in self:
            inbox.notice(text)

    def __iter__(self) -> Iterator[Inbox]:
        return iter(tuple(self._inboxes.values()))

    def __len__(self) -> int:
        return len(self._inboxes)
