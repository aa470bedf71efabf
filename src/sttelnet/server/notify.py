"""What systemd is told of the daemon: sd_notify(3), datagrams of NAME=value lines to the socket it names.

Where NOTIFY_SOCKET is not set, as on Windows, nothing is sent.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from sttelnet.charset import one_line
from sttelnet.logs import event_logger

log = event_logger(__name__)

STATUS_EVERY: Final = 5.0  # seconds between looks at what STATUS= is to say
LONGEST_STATUS: Final = 200  # characters
_KEPT: Final = 8  # messages that wait for room in the socket, the oldest of which goes first


class Notifier:
    """Tells the service manager. Never blocks: what finds no room is sent with the next message."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """`environ` is the process' own: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID."""
        self._address = _address_of(environ.get("NOTIFY_SOCKET", ""))
        self._waiting: deque[bytes] = deque(maxlen=_KEPT)
        self._socket = _socket() if self._address else None
        self._status = ""
        self.beat = _watchdog_seconds(environ) / 2  # seconds between two WATCHDOG=1; 0: nobody waits for them

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return self._socket is not None

    def send(self, **assignments: object) -> None:
        """Send assignments, as `send(READY=1, STATUS="3 clients")`."""
        if self._socket is None:
            return
        self._waiting.append("\n".join(f"{name}={value}" for name, value in assignments.items()).encode())
        try:
            while self._waiting:
                self._socket.sendto(self._waiting[0], self._address)
                self._waiting.popleft()
        except BlockingIOError:
            return  # it has not read what it has
        except OSError as error:
            log.warning("the service manager cannot be told: %s", error)
            self.close()

    def status(self, words: str) -> None:
        """Say in a line how it is, where that has changed."""
        words = one_line(words)[:LONGEST_STATUS]
        if words != self._status:
            self._status = words
            self.send(STATUS=words)

    async def run(self, words: Callable[[], str]) -> None:
        """Keep what systemd knows fresh, and show it that the loop goes on, for as long as the daemon runs."""
        while True:
            if self.beat:
                self.send(WATCHDOG=1)
            self.status(words())
            await asyncio.sleep(min(self.beat or STATUS_EVERY, STATUS_EVERY))

    def close(self) -> None:
        """Tell nothing more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _address_of(name: str) -> str:
    """Return the socket's address; "" for one that is none of ours. "@" begins one of the abstract namespace."""
    if sys.platform == "win32" or not name.startswith(("/", "@")):
        return ""  # sd_notify(3) knows vsock too, of a guest whose manager is the host's
    return "\0" + name[1:] if name.startswith("@") else name


def _socket() -> socket.socket | None:
    if sys.platform == "win32":
        return None
    found = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    found.setblocking(False)
    return found


def _watchdog_seconds(environ: Mapping[str, str]) -> float:
    """Return within how many seconds a WATCHDOG=1 must come, 0 where none is waited for: sd_watchdog_enabled(3)."""
    wanted, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not (wanted.isascii() and wanted.isdecimal()) or (pid and pid != str(os.getpid())):
        return 0.0
    return int(wanted) / 1_000_000
