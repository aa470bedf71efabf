"""A connection to a host, as `connect` uses one."""

from __future__ import annotations

import select
import socket
from typing import Final, Protocol

SEND_TIMEOUT: Final = 10.0


class Line(Protocol):
    """A connection: one thread receives, another sends."""

    @property
    def kind(self) -> str:
        """How it is encrypted, ", TLS 1.3"; "" for not at all."""

    def wait(self, seconds: float) -> bool:
        """Wait until something can be read."""

    def recv(self, size: int) -> bytes:
        """Return what has come. Raises BlockingIOError where there is nothing after all, OSError."""

    def sendall(self, data: bytes) -> None:
        """Send bytes. Raises OSError."""

    def finish(self) -> bool:
        """Tell the host that nothing more will be sent; False where it cannot be told."""

    def hang_up(self) -> None:
        """End the connection."""


class PlainLine:
    """A connection without TLS."""

    kind = ""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        line.settimeout(SEND_TIMEOUT)

    def wait(self, seconds: float) -> bool:
        """Wait until something can be read."""
        return bool(select.select([self._line], [], [], seconds)[0])

    def recv(self, size: int) -> bytes:
        """Return what has come. Raises OSError."""
        return self._line.recv(size)

    def sendall(self, data: bytes) -> None:
        """Send bytes. Raises OSError."""
        self._line.sendall(data)

    def finish(self) -> bool:
        """Tell the host that nothing more will be sent."""
        self._line.shutdown(socket.SHUT_WR)
        return True

    def hang_up(self) -> None:
        """End the connection."""
        self._line.shutdown(socket.SHUT_RDWR)
