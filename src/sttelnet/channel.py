"""The seam between a session and what carries it: a Channel, and the facts it knows.

Telnet is the first carrier; TLS, a WebSocket or a test's memory are others. Nothing here behaves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol


class Size(NamedTuple):
    """A terminal's size in character cells."""

    columns: int
    rows: int


DEFAULT_SIZE = Size(80, 24)
INTERRUPT = b"\x03"  # what IP and BRK (RFC 854) arrive as, in their place among the bytes


class Channel(Protocol):
    """8-bit clean bytes to and from one client.

    `receive` has one caller at a time. Bytes received and not yet asked for stay in the channel,
    so a session may hand the channel to a transfer or a shell and take it back.
    """

    peer: str  # the client's address, for people and logs
    port: int  # the client's port, for logs
    loopback: bool  # the client is on this machine
    encrypted: bool  # TLS
    encryption: str  # its version, "TLS 1.3"; "" for none
    certificate: str | None  # the name in the client's certificate, where one was presented and is valid
    size: Size
    terminal_type: str | None  # lower case, cleaned; None until told, or never told
    echo: bool  # the client agreed that we echo
    character_mode: bool  # ECHO and SGA agreed: keys arrive one by one
    negotiates: bool  # the client has answered at least one telnet command
    interrupts: bool  # False during a transfer: IP and BRK are dropped, not delivered as INTERRUPT
    received_at: float  # loop time of the last bytes
    on_change: Callable[[], None] | None  # called after size, type, echo or mode changed

    async def settle(self, seconds: float) -> None:
        """Wait until the client has answered what was asked at connect, `seconds` at most."""

    async def receive(self) -> bytes | None:
        """Return the next bytes; `b""` at the end of input; None when `wake` was called meanwhile."""

    def unread(self, data: bytes) -> None:
        """Put bytes back in front of those not yet received."""

    def wake(self) -> None:
        """Make a waiting (or else the next) `receive` return None; may be called at any time."""

    def send(self, data: bytes) -> None:
        """Queue bytes for the client. A client that lets its queue pass the cap is cut off."""

    async def binary(self, on: bool, seconds: float = 2.0) -> bool:
        """Ask for eight bits both ways, or give back what was asked for; True when it is as wanted."""

    def bulk(self, on: bool) -> None:
        """Carry a file: little is queued, so that it can be called back, and `receive` returns more at once."""

    def mask(self, on: bool) -> None:
        """Hide what is typed from now on from a client that echoes by itself, or let it echo again."""

    @property
    def unsent(self) -> int:
        """Bytes that wait here for the client to take them."""

    @property
    def congested(self) -> bool:
        """Whether so much waits that nothing should be added; `wake` is called when that is over."""

    async def drain(self) -> None:
        """Wait until the queue is short again. Raises ChannelClosed when the client is gone or stalls."""

    async def close(self) -> None:
        """Send what is queued, then hang up; cut off after a grace period."""

    def abort(self) -> None:
        """Cut the client off at once."""


class Line(Protocol):
    """A session's connection, lent to a transfer or a shell: until it is given back nobody else uses it."""

    channel: Channel

    async def wanted_back(self, *, unfinished: bool = False) -> bool:
        """Whether the session has to end; `unfinished`: what is under way comes to an end by itself, if it is let."""

    def working(self, words: str) -> None:
        """Tell what is being done; the client is not idle."""
