"""Who is on: the bus between sessions, in this process.

The hub knows an Inbox, not a Client, so that a second implementation can carry it between hosts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from sttelnet.channel import Size
from sttelnet.role import Role


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

    def account_changed(self) -> None:
        """The member's row has changed (role, lock): read it again."""


class Hub:
    """Every session of this process, by its number."""

    def __init__(self) -> None:
        self._inboxes: dict[int, Inbox] = {}
        self._last_number = 0

    def next_number(self) -> int:
        """Return the number of the next session: 1, 2, 3, … never used twice in a run."""
        self._last_number += 1
        return self._last_number

    def join(self, inbox: Inbox) -> None:
        """Show a session in who is on."""
        self._inboxes[inbox.number] = inbox

    def leave(self, inbox: Inbox) -> None:
        """Take a session out of who is on."""
        self._inboxes.pop(inbox.number, None)

    def presences(self) -> list[Presence]:
        """Return everybody who is on, in order of arrival."""
        return [inbox.presence() for inbox in self]

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
