"""What can be done to the running daemon, from inside a session and from the command line.

Whoever asks has the right to: handlers ask for the role, the control socket is guarded by its file's mode, and nothing
is done to who is above an Actor. What does something writes a row of the audit; where that cannot be, the log has the
row and the deed is done all the same, for a full disk must not keep an admin from throwing somebody out.
"""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass
from typing import Final, Protocol

from sttelnet.role import Role

CONSOLE: Final = "console"  # who asks, from the command line
LONGEST_NOTICE: Final = 86_400.0  # seconds between asking for a stop and the stop


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks."""

    name: str  # the member's, or CONSOLE
    peer: str = ""  # their address, "" for the command line
    role: Role = Role.ADMIN  # nothing is done to who is above it


@dataclass(frozen=True, slots=True)
class Ban:
    """An address that is turned away."""

    address: str
    until: float  # seconds since 1970
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Figures:
    """How the daemon itself does."""

    started: float  # seconds since 1970
    sessions: int
    most_sessions: int  # the cap of config.toml
    members: int  # of the sessions: logged in
    calls: int  # sessions since the start
    received: int  # bytes since the start
    sent: int  # bytes since the start
    lag: float  # seconds: how late the event loop was at worst in the last minute
    memory: int | None  # bytes resident; None where the system does not tell
    warnings: int  # in the log since the start
    errors: int  # in the log since the start
    pages: int
    problems: int  # errors of the script tree
    leaving: float | None  # seconds until the daemon stops; None: it stays


class Done(enum.Enum):
    """What became of a request; the value is for people."""

    DONE = "Done."
    NO_SUCH_SESSION = "There is no such session."
    YOURSELF = "That is you."
    ABOVE = "Their role is above yours."
    NOT_AN_ADDRESS = "That is no address."
    LOOPBACK = "A loopback address is never banned."
    NO_TIME = "A ban lasts some time."
    NOT_BANNED = "That address is not banned."
    TOO_LONG = "A ban lasts a year at most."
    NOT_STORED = "The database cannot be written now; the log says why."
    NOT_LEAVING = "The daemon is not about to stop."


class Administration(Protocol):
    """The daemon, as whoever runs it sees it; sttelnet.server has it."""

    async def kick(self, number: int, words: str, by: Actor) -> Done:
        """End a session with a sentence."""

    async def ban(self, address: str, seconds: float, reason: str, by: Actor) -> Done:
        """Turn an address away for a time, and end its sessions."""

    async def unban(self, address: str, by: Actor) -> Done:
        """Let an address in again: lift its ban and its penalty."""

    def bans(self) -> list[Ban]:
        """Return the bans and penalties that count now, the next to end first."""

    async def reload(self, by: Actor) -> list[str]:
        """Take up config.toml, scripts and handlers anew; return what is wrong with them, a sentence each."""

    async def broadcast(self, text: str, by: Actor) -> int:
        """Put a sentence on every screen; return how many those are."""

    async def stop(self, seconds: float, words: str, by: Actor) -> Done:
        """Let no more in, tell everybody how long is left, and stop then; again: another time."""

    async def stay(self, by: Actor) -> Done:
        """Take a `stop` back."""

    def figures(self) -> Figures:
        """Return how the daemon does."""

    def config_problems(self) -> list[str]:
        """Return what was wrong with config.toml when it was read last, a sentence each."""


def plain_address(text: str) -> str | None:
    """Return an IP address as peers are named, None for anything else; IPv4 in IPv6 is IPv4."""
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
