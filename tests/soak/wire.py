"""A connection in memory: a real TelnetChannel, a real Session behind it, and no kernel between them and the client."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from sttelnet.server import Server
from sttelnet.telnet import TelnetChannel
from tests.bench.load import LoadError

PATIENCE: Final = 60.0  # seconds until what waits is taken to hang: a try to log in may have to wait half of it
_ADDRESS: Final = ("127.0.0.1", 4711)


class Wire(asyncio.Transport):
    """A client that takes at once all it is sent, and counts it."""

    def __init__(self, channel: TelnetChannel) -> None:
        super().__init__()
        self.received = 0
        self.over = asyncio.Event()
        self._channel = channel
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._closing = False

    @classmethod
    def to(cls, server: Server) -> Wire:
        """Connect."""
        channel = server.clients.channel()
        wire = cls(channel)
        channel.connection_made(wire)
        return wire

    # What the client does

    async def give(self, data: bytes) -> bool:
        """Send bytes and let everybody have a turn; False where the connection has ended. Raises LoadError."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._flowing.wait()
        except TimeoutError:
            raise LoadError("a session does not read on") from None
        if self._closing:
            return False
        if data:
            self._channel.data_received(data)
        await asyncio.sleep(0)
        return not self._closing

    async def end(self) -> None:
        """End our side and wait for the other to end its own. Raises LoadError."""
        if not self._closing:
            self._channel.eof_received()
        try:
            async with asyncio.timeout(PATIENCE):
                await self.over.wait()
        except TimeoutError:
            raise LoadError("a session goes on although its client has ended") from None

    # What the channel calls

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take what is sent."""
        self.received += len(data)

    def get_write_buffer_size(self) -> int:
        """Nothing waits."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing ever waits."""

    def can_write_eof(self) -> bool:
        """As a socket can."""
        return True

    def write_eof(self) -> None:
        """Note nothing: the client ends first, or never."""

    def pause_reading(self) -> None:
        """Make `give` wait."""
        self._flowing.clear()

    def resume_reading(self) -> None:
        """Let `give` go on."""
        self._flowing.set()

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self._closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Tell the address; there is no socket, and no TLS."""
        return _ADDRESS if name == "peername" else default

    def close(self) -> None:
        """Tell the channel in the loop's next turn, as every transport does."""
        if not self._closing:
            self._closing = True
            self._flowing.set()
            asyncio.get_running_loop().call_soon(self._lose)

    def abort(self) -> None:
        """Do the same: nothing waits to be sent."""
        self.close()

    def _lose(self) -> None:
        self._channel.connection_lost(None)
        self.over.set()
