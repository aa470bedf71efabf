"""A machine driven over a pipe, with files of the disk at its end. One transfer, one thread."""

from __future__ import annotations

import time
from typing import Final

from sttelnet.zmodem.events import Cancelled, Event, Failed
from sttelnet.zmodem.machine import Machine
from sttelnet.zmodem.pipe import Pipe
from sttelnet.zmodem.progress import Progress

_FAREWELL: Final = 2.0  # seconds for the last bytes to go
_QUIET, _LONGEST_DRAIN = 1.0, 10.0  # seconds without input after a failure, and seconds to wait for them


class Driver:
    """What both directions have in common."""

    def __init__(self, machine: Machine, pipe: Pipe, progress: Progress) -> None:
        self._machine, self._pipe, self._progress = machine, pipe, progress
        self._out = memoryview(b"")
        self._arrived = 0  # bytes at the last exchange
        self.failures = 0

    def run(self) -> int:
        """Carry the transfer to its end; return how many files did not make it."""
        while self._step():
            pass
        return self.failures

    def _step(self) -> bool:
        for event in self._machine.events():
            self._on_event(event)
        self._fetch()
        if self._machine.over:
            self._last_words()
            return False
        seconds = self._wait()
        if not self._machine.over:
            self._fetch()  # what a wait in vain made it say
            self._turn(seconds, more=self._busy())
        return True

    def _fetch(self) -> None:
        """Take what is to be sent: all that was said, or a piece of a file."""
        if said := self._machine.data_to_send():
            self._out = memoryview(bytes(self._out) + said if self._out else said)
        elif not self._out:
            self._out = memoryview(self._more())

    def _wait(self) -> float | None:
        due = self._machine.timeout(now := time.monotonic())
        return None if due is None else max(0.0, due - now)

    def _turn(self, seconds: float | None, *, more: bool) -> bool:
        """Exchange bytes once; False where there is nobody to exchange them with."""
        try:
            written, data = self._pipe.exchange(self._out, seconds, more=more)
        except OSError:
            written, data = 0, None
        self._out = self._out[written:]
        self._arrived = len(data or b"")
        if data:
            self._machine.receive_data(data)
            while self._machine.behind:
                self._machine.receive_data(b"")
        elif data is None:
            self._machine.receive_end()
        return data is not None

    def _last_words(self) -> None:
        until = time.monotonic() + _FAREWELL
        while self._out and time.monotonic() < until and self._turn(_FAREWELL, more=True):
            pass

    def _more(self) -> bytes:
        return b""

    def _busy(self) -> bool:
        """Whether there is more to send, so that reading is not to be waited for."""
        return False

    def _on_event(self, event: Event) -> None:
        match event:
            case Failed(reason):
                self._out = memoryview(b"")
                self._lost(reason.value)
            case Cancelled():
                self._out = memoryview(b"")
                self._lost("cancelled")
            case _:
                pass

    def _lost(self, why: str) -> None:
        self.failures += 1
        self._progress.say(why)


def drain(pipe: Pipe) -> None:
    """Swallow what a failed transfer still sends: a shell would take it for commands."""
    until = time.monotonic() + _LONGEST_DRAIN
    try:
        while time.monotonic() < until and pipe.exchange(memoryview(b""), _QUIET)[1]:
            pass
    except OSError:
        return
