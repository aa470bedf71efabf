"""A telnet host to call."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from sttelnet.iac import DO, ECHO, IAC, NAWS, SGA, TTYPE, WILL
from tests.cli.running import PATIENCE

OFFER = bytes([IAC, WILL, ECHO, IAC, WILL, SGA, IAC, DO, TTYPE, IAC, DO, NAWS])


class Host:
    """A telnet host with one client: sends what it is told to, keeps what it is sent."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = str(self._listener.getsockname()[1])
        self.line: socket.socket | None = None
        self.received = b""

    def accept(self, *greetings: bytes) -> None:
        self._listener.settimeout(PATIENCE)
        self.line, _ = self._listener.accept()
        self.line.settimeout(PATIENCE)
        for greeting in greetings:
            self.line.sendall(greeting)

    def until(self, wanted: bytes) -> bytes:
        """Read until the client has sent something; b"" is its end."""
        assert self.line is not None
        while not wanted or wanted not in self.received:
            data = self.line.recv(4096)
            if not data:
                assert not wanted, f"hung up before {wanted!r}; got {self.received!r}"
                break
            self.received += data
        return self.received

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
        self._listener.close()


@contextmanager
def listening() -> Iterator[Host]:
    """Listen until the block ends."""
    host = Host()
    try:
        yield host
    finally:
        host.close()
