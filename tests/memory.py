"""A Channel in memory: the test is the client at the other end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from sttelnet.channel import DEFAULT_SIZE, Size


class MemoryChannel:
    """What the client sent comes from `incoming`, what it is sent is in `sent`."""

    peer = "127.0.0.1"
    port = 4711
    loopback = True
    encrypted = False
    encryption = ""
    certificate: str | None = None
    negotiates = True

    def __init__(
        self, incoming: Iterable[bytes] = (), *, terminal_type: str | None = "xterm", echo: bool = True
    ) -> None:
        self.incoming = deque(incoming)
        self.sent = b""
        self.sends = 0
        self.size: Size = DEFAULT_SIZE
        self.terminal_type = terminal_type
        self.echo = self.character_mode = echo
        self.interrupts = True
        self.received_at = 0.0
        self.on_change: Callable[[], None] | None = None
        self._woken = False
        self.closed = False

    async def settle(self, seconds: float) -> None:
        """The client said everything before."""

    async def receive(self) -> bytes | None:
        """Return the next piece; the end of input once there is none."""
        await asyncio.sleep(0)
        if self._woken:
            self._woken = False
            return None
        return self.incoming.popleft() if self.incoming else b""

    def unread(self, data: bytes) -> None:
        """Put bytes back in front."""
        self.incoming.appendleft(data)

    def wake(self) -> None:
        """Make the next receive return None."""
        self._woken = True

    def send(self, data: bytes) -> None:
        """Keep what is sent."""
        self.sent += data
        self.sends += 1

    async def binary(self, on: bool, seconds: float = 2.0) -> bool:
        """Memory has eight bits."""
        return True

    def bulk(self, on: bool) -> None:
        """Memory queues nothing."""

    def mask(self, on: bool) -> None:
        """Nobody looks at what the test types."""

    unsent = 0
    congested = False

    async def drain(self) -> None:
        """Memory never stalls."""

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    def abort(self) -> None:
        """Note that it was closed."""
        self.closed = True
