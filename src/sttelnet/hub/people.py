"""Who is on, and one line from somebody to somebody."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from sttelnet.ansi import Ansi, Color, Reset
from sttelnet.channel import Size
from sttelnet.role import Role


def number_of(text: str) -> int | None:
    """Return the number of a session as people write it, "3" or "#3"; None for anything else."""
    digits = text.strip().removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None


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
    user_id: int | None = None
    invisible: bool = False
    program: bool = False  # nobody sits there: it speaks the machine dialect
    silent: bool = False  # nothing has come from there so far that tells a person from a port scanner

    def seen_by(self, number: int, role: Role) -> bool:
        """Whether session `number` is told of this one.

        Who is invisible is seen by operators of their own rank; what is silent may be a port scanner, for operators.
        """
        if self.silent and role < Role.OPERATOR:
            return number == self.number
        return not self.invisible or number == self.number or role >= max(Role.OPERATOR, self.role)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes."""

    number: int  # the session's, 0 for the command line
    user_id: int | None
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Message:
    """A line from one session to another."""

    sender: Sender
    text: str  # one line, cleaned
    stored: int | None = None  # its number in the member's mailbox
    urgent: bool = False  # rings

    @property
    def line(self) -> Ansi:
        """What the receiver sees: the colour is the sender's name's, and nobody writes in it."""
        return Color("bright yellow") + f"{self.sender.name}:" + Reset() + f" {self.text}"


class Taken(enum.Enum):
    """What a session did with a message."""

    SHOWN = enum.auto()
    WAITS = enum.auto()  # a transfer, a shell or a masked prompt has the screen
    FULL = enum.auto()  # too many wait for that client already
    REFUSED = enum.auto()  # nobody sits there
    GONE = enum.auto()  # that session has ended


class Delivery(enum.Enum):
    """What became of a message, for who wrote it; the value is the sentence."""

    DELIVERED = "Delivered to {name}: {text}"
    WAITS = "{name} is busy: your message is shown as soon as they are done."
    LATER = "{name} is busy, and much waits for them: your message is in their mailbox."
    KEPT = "{name} is not on: your message will be delivered at the next log-in."
    FULL = "The mailbox of {name} is full."
    GONE = "{name} has left."
    IGNORED = "{name} takes no messages from you."
    TOO_MANY = "You write very fast: wait a moment."

    @property
    def reached(self) -> bool:
        """Whether the receiver has it, or will have."""
        return self in {Delivery.DELIVERED, Delivery.WAITS, Delivery.LATER, Delivery.KEPT}

    def sentence(self, name: str, text: str = "") -> str:
        """Return what the sender is told."""
        return self.value.format(name=name, text=text)
