"""What sender and receiver have in common: bytes in, bytes and events out, and a timer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sttelnet.zmodem.events import Cancelled, Event, Failed, Finished, Reason
from sttelnet.zmodem.frames import ABORT, Frame
from sttelnet.zmodem.headers import Header, hex_header
from sttelnet.zmodem.link import Link
from sttelnet.zmodem.reader import Chunk, Noise, Reader
from sttelnet.zmodem.timer import Timer

MOST_STRIKES: Final = 20  # answers or waits in a row that bring nothing
ITEMS_AT_ONCE: Final = 512  # headers, faults and runs of data: what a peer makes of nothing but faults are milliseconds


class Machine:
    """One side of a transfer. It never waits, never reads a clock or a file, and raises for nothing a peer sent."""

    def __init__(self, link: Link) -> None:
        self.over = False
        self.behind = False  # there is more to read of what came
        self._link = link
        self._reader = Reader()
        self._timer = Timer()
        self._out: list[bytes] = []
        self._events: list[Event] = []
        self._last = b""  # what a ZNAK asks for again
        self._strikes = 0
        self._answers: dict[int, Callable[[Header], None]] = {}

    # What a driver calls.

    def receive_data(self, data: bytes) -> None:
        """Take what the other side sent. While `behind`, call again, with nothing or with more; others may go first."""
        self._reader.feed(data)
        self._run()

    def receive_end(self) -> None:
        """Take it that the other side hung up."""
        if not self.over:
            self._end(Finished() if self._all_said() else Failed(Reason.HUNG_UP))

    def data_to_send(self) -> bytes:
        """Hand over the bytes to send next, all there are."""
        out, self._out = self._out, []
        return out[0] if len(out) == 1 else b"".join(out)

    def events(self) -> list[Event]:
        """Hand over what happened since the last call."""
        events, self._events = self._events, []
        return events

    def timeout(self, now: float) -> float | None:
        """Take the time, by any clock that only goes forward; return when to call again at the latest.

        Call it once after each exchange too: a wait begins at the first call after what started it.
        """
        if self._timer.expired(now):
            self._expire()
            self._timer.expired(now)
        return self._timer.due

    @property
    def met(self) -> bool:
        """Whether the other side has shown that it speaks ZModem."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Give up: the other side is told."""
        if not self.over:
            self._out.append(ABORT)
            self._end(Cancelled())

    def leftover(self) -> bytes:
        """Hand over what came behind the transfer. After a failure it is the transfer's own tail: throw it away."""
        return self._reader.rest()

    # What the two machines share.

    def _run(self) -> None:
        for _ in range(ITEMS_AT_ONCE):
            if self.over or not self._may_read() or not self._step():
                self.behind = False
                return
        self.behind = not self.over

    def _may_read(self) -> bool:
        """Whether what comes next is still ours."""
        return True

    def _step(self) -> bool:
        """Take the next item; whether there was one."""
        match self._reader.read():
            case None:
                return False
            case Header() as header:
                self._header(header)
            case Chunk() as chunk:
                self._chunk(chunk)
            case Noise.CANCEL:
                self._end(Cancelled())
            case Noise.BAD_HEADER:
                self._bad_header()
            case Noise.BAD_DATA:
                self._bad_data()
        return True

    def _header(self, header: Header) -> None:
        if (answer := self._answers.get(header.frame)) is not None:
            answer(header)

    def _all_said(self) -> bool:
        """Whether only goodbyes are left."""
        raise NotImplementedError

    def _chunk(self, chunk: Chunk) -> None:
        """Take data of a frame."""

    def _bad_header(self) -> None:
        """Take a header that fails its CRC."""

    def _bad_data(self) -> None:
        """Take a subpacket that fails."""

    def _expire(self) -> None:
        """Do what is to be done when the wait was in vain."""

    def _hex(self, frame: Frame, value: int = 0) -> bytes:
        return hex_header(frame, value, plain=self._link.plain)

    def _say(self, frame: Frame, value: int = 0, wait: float | None = None) -> None:
        """Send a header, and wait that long for its answer."""
        self._ask(self._hex(frame, value), wait)

    def _ask(self, wire: bytes, wait: float | None) -> None:
        self._last = wire
        self._out.append(wire)
        if wait is not None:
            self._timer.start(wait)

    def _repeat(self) -> None:
        """Send the last header again."""
        if not self._struck():
            self._out.append(self._last)

    def _struck(self) -> bool:
        """Count an answer that brought nothing; True where it was one too many."""
        self._strikes += 1
        if self._strikes > MOST_STRIKES:
            self._fail(Reason.GARBLED)
        return self.over

    def _end(self, event: Finished | Cancelled | Failed) -> None:
        self.over, self.behind = True, False
        self._timer.stop()
        self._events.append(event)

    def _fail(self, reason: Reason) -> None:
        if not self.over:
            self._out.append(ABORT)
            self._end(Failed(reason))

    def _progress(self) -> None:
        """Forget errors and waits: something got on."""
        self._strikes = 0
        self._timer.reset()
