"""Where in a file a sender stands, what it may send next, and how the pieces end."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from sttelnet.zmodem.frames import LARGEST_SUBPACKET, USUAL_SUBPACKET, End


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the file that is wanted."""

    offset: int
    size: int


class BlockSize:
    """The length of subpackets: halved where the line is bad, doubled again where it is good."""

    _LEAST = 128
    _GOOD = 64  # subpackets in a row

    def __init__(self, most: int) -> None:
        self._most = self.size = max(1, min(most, LARGEST_SUBPACKET))
        self._clean = 0

    def limit(self, most: int) -> None:
        """Never be longer than this."""
        self._most = min(self._most, most)
        self.size = min(self.size, self._most)

    def bad(self) -> None:
        """Take an error."""
        self.size = max(self.size // 2, min(self._LEAST, self._most))
        self._clean = 0

    def good(self, sent: int) -> None:
        """Take so many bytes without an error."""
        self._clean += sent
        if self.size < self._most and self._clean > self._GOOD * self.size:
            self.size = min(2 * self.size, self._most)
            self._clean = 0


class Window:
    """How many bytes may be on their way unacknowledged: no more than the line carries in a second or two.

    A receiver that leaves without a word (SyncTERM's Escape) is noticed by the ZACK that does not come, and what was
    on its way is rubbish on its screen. So the window opens while answers come quickly, and closes where they do not.
    """

    _LEAST = 8192
    _QUERIES = 4  # ZACKs asked for in a window
    _QUICK, _SLOW = 0.5, 2.0  # seconds from a query to its answer

    def __init__(self, most: int) -> None:
        self._most = most
        self._least = self.size = min(self._LEAST, most)
        self._asked: deque[tuple[int, float]] = deque()

    @property
    def stride(self) -> int:
        """Return after how many bytes the next ZACK is asked for."""
        return max(1, self.size // self._QUERIES)

    def ask(self, offset: int, now: float) -> None:
        """Note that a ZACK for this offset has been asked for."""
        self._asked.append((offset, now))

    def asked(self, offset: int) -> bool:
        """Whether a ZACK for this offset has been asked for and has not come."""
        return any(offset == asked for asked, _ in self._asked)

    def answer(self, offset: int, now: float) -> None:
        """Take a ZACK."""
        asked_at = now
        while self._asked and self._asked[0][0] <= offset:
            asked_at = self._asked.popleft()[1]
        if now - asked_at > self._SLOW:
            self.size = max(self._least, self.size // 2)
        elif now - asked_at <= self._QUICK:
            self.size = min(self._most, self.size + self.stride)

    def close(self) -> None:
        """Take an error: what is on its way behind it has to be sent again."""
        self.size = self._least
        self._asked.clear()


class Stream:
    """The way through a file."""

    def __init__(self, block: int, window: int) -> None:
        self.block = BlockSize(block)
        self.segment = 0  # bytes the receiver takes before it must answer; 0: no limit
        self.now = 0.0  # as the driver last told
        self._window = Window(window) if window else None
        self.open(0)

    def open(self, size: int) -> None:
        """Turn to a file."""
        self.size = size
        self.offset = self.acked = self._query_at = 0
        self.furthest = -1  # place gone back to
        self.framed = False  # between a ZDATA and the end of its frame
        self.proving = False  # the next subpacket must be acknowledged before another goes

    @property
    def done(self) -> bool:
        """Whether all has been sent."""
        return self.offset >= self.size

    def start(self, offset: int) -> None:
        """Go on from here; the receiver has what comes before."""
        self.offset = self.acked = offset
        self._ask_next()

    def back(self, offset: int) -> None:
        """Go back to what the receiver misses."""
        self.furthest = max(self.furthest, offset)
        self.framed = False
        self.proving = offset < self.size
        self.block.bad()
        if self._window:
            self._window.close()

    def wanted(self, limit: int) -> Span | None:
        """Return the next piece; None where nothing may be sent."""
        size = min(limit, self.size - self.offset)
        if self.proving:
            size = min(size, self.block.size, USUAL_SUBPACKET)
        elif self.segment:
            size = min(size, self.segment)
        elif self._window:
            size = min(size, self._query_at - self.offset, self._window.size - (self.offset - self.acked))
        return Span(self.offset, size) if size > 0 else None

    def advance(self, length: int) -> End:
        """Pass over a piece that is sent; return how it ends."""
        self.offset += length
        self.block.good(length)
        end = self._end()
        self.framed = end in {End.MORE, End.QUERY}
        if end in {End.QUERY, End.WAIT}:
            self.ask()
            self._ask_next()
        return end

    def ask(self) -> None:
        """Note that a ZACK for where it stands is asked for."""
        if self._window:
            self._window.ask(self.offset, self.now)

    def _ask_next(self) -> None:
        if self._window:
            self._query_at = self.offset + self._window.stride

    def _end(self) -> End:
        if self.proving:
            return End.WAIT
        if self.done:
            return End.LAST
        if self.segment:
            return End.WAIT
        return End.QUERY if self._window and self.offset >= self._query_at else End.MORE

    def skipped(self, offset: int) -> bool:
        """Whether a ZACK names a place where none was asked for: whole subpackets before it were lost.

        Their CRCs are lost with them, and none of the rest says where it belongs: the receiver kept it at the wrong
        place, and there is no way to take it back.
        """
        if self._window is None or self.proving or not self.acked < offset <= self.offset:
            return False
        return not self._window.asked(offset)

    def acknowledge(self, offset: int) -> bool:
        """Take a ZACK; whether it tells anything."""
        if not self.acked < offset <= self.offset or (self.proving and offset != self.offset):
            return False
        self.acked, self.proving = offset, False
        if self._window:
            self._window.answer(offset, self.now)
        return True
