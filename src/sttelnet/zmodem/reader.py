"""The stream from the other side, cut into headers, data, faults and cancellations."""

from __future__ import annotations

import enum
import re
from typing import Final, NamedTuple

from sttelnet.zmodem.decode import LONGEST, Region, decode
from sttelnet.zmodem.frames import CANCEL, FLOW, LARGEST_SUBPACKET, ZDLE, End
from sttelnet.zmodem.headers import Header, Parsed, Style, Unparsed, parse_header
from sttelnet.zmodem.run import Pattern, end_of_last, pattern, read_run

_SIGHT: Final = re.compile(rb"\x18{5}|\*\x18[AC]|[*\xaa][\x18\x98][B\xc2]")
_END: Final = re.compile(rb"\x18[\x11\x13\x91\x93]*[h-k]")
# Stands between a hex header and its data; telnet without BINARY puts a NUL behind CR (RFC 854).
_LINE_END: Final = re.compile(rb"(?:[\r\x8d]\0?)?[\n\x8a]?\x11?")
_TAIL: Final = 4  # bytes that may begin a header or a cancellation
_FIRST_REACH: Final = 4096  # of the buffer decoded at once: doubled while a frame goes on, so that short ones are cheap
_LAST_REACH: Final = 1 << 16
_CRC: Final = 10  # bytes on the wire that end a subpacket, at most: ZDLE, the end, and its CRC, all escaped


class Chunk(NamedTuple):
    """Data of a frame, proven."""

    data: bytes
    queries: tuple[int, ...]
    end: End | None


class Noise(enum.Enum):
    """What is neither header nor data."""

    CANCEL = enum.auto()  # five CANs
    BAD_HEADER = enum.auto()
    BAD_DATA = enum.auto()  # the frame is left


Item = Header | Chunk | Noise


class Reader:
    """Buffers what arrived and gives it out item by item. It is in a frame from `enter` to its end or a fault."""

    def __init__(self) -> None:
        self.garbage = 0  # bytes passed over since the last good item
        self.noise = FLOW  # bytes a line may put into the stream
        self._buffer = b""
        self._at = 0
        self._frame: Style | None = None
        self._lead = False  # the line end of a hex header is still to be passed over
        self._reach = _FIRST_REACH
        self._seen = 0  # up to here the buffer is known to hold no end of a subpacket
        self._begun = False
        self._trusted = 0  # length of subpackets with CRC-16
        self._pattern: Pattern | None = None  # what the next subpackets should look like
        self._odd = False  # … but for the first of them

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._buffer = self._buffer[self._at :] + data if self._at < len(self._buffer) else data
        self._seen = max(0, self._seen - self._at)
        self._at = 0

    def enter(self, style: Style) -> None:
        """Read data, of the kind that follows a header of this style."""
        self._lead = style is Style.HEX
        self._frame, self._reach, self._begun, self._seen = style, _FIRST_REACH, False, self._at
        self._pattern, self._odd = None, False

    @property
    def pouring(self) -> bool:
        """Whether it is in a run of data: there is more to come at once."""
        return self._pattern is not None

    @property
    def reading(self) -> bool:
        """Whether it is in a frame."""
        return self._frame is not None

    def leave(self) -> None:
        """Look for a header."""
        self._frame = None

    def rest(self) -> bytes:
        """Hand over what was not read."""
        rest, self._buffer, self._at, self._seen = self._buffer[self._at :], b"", 0, 0
        return rest

    def peek(self) -> bytes:
        """Return the next byte."""
        return self._buffer[self._at : self._at + 1]

    def drop(self) -> None:
        """Pass over the next byte."""
        self._at += 1

    def read(self) -> Item | None:
        """Return the next item; None until more arrives."""
        return self._hunt() if self._frame is None else self._data(self._frame)

    def _hunt(self) -> Item | None:
        sight = _SIGHT.search(self._buffer, self._at)
        if sight is None:
            self._pass(max(self._at, len(self._buffer) - _TAIL))
            return None
        self._pass(sight.start())
        if sight[0] == CANCEL:
            self._pass(sight.end())
            return Noise.CANCEL
        return self._header()

    def _header(self) -> Item | None:
        match parse_header(self._buffer, self._at):
            case Parsed(header, end):
                self._at, self.garbage = end, 0
                return header
            case Unparsed.BAD:
                self._pass(self._at + 1)
                return Noise.BAD_HEADER
            case Unparsed.SHORT:
                return None

    def _pass(self, to: int) -> None:
        self.garbage += to - self._at
        self._at = to

    def _data(self, style: Style) -> Item | None:
        if self._lead and not self._past_line_end():
            return None
        if self._pattern and not self._odd and (chunk := self._run(self._pattern)):
            return chunk
        if not self._worthwhile():
            return None
        while True:
            piece = self._buffer[self._at : self._at + self._reach]
            region = decode(piece, wide=style is Style.WIDE, trusted=self._trusted)
            self._trusted = max(self._trusted, region.longest)
            if region.used:
                return self._chunk(region, whole=len(piece) == len(self._buffer) - self._at)
            if CANCEL in piece:
                return self._cancelled()
            bad = region.fault or len(piece) > LONGEST
            last = len(piece) == len(self._buffer) - self._at
            if (bad or last) and self._cleaned():
                continue
            if bad:
                return self._fault()
            if last:
                self._seen, self._begun = len(self._buffer), region.begun
                return None
            self._reach = min(2 * self._reach, _LAST_REACH)

    def _run(self, pattern: Pattern) -> Chunk | None:
        if (stop := end_of_last(self._buffer, self._at)) is None:
            return None
        run = read_run(self._buffer[self._at : stop], pattern)
        self._at += run.used
        if self._at < stop:  # one that is other comes next; behind it the run may go on
            self._odd = True
            self._reach = max(self._buffer.find(b"\x18i", self._at) + _CRC - self._at, _CRC)
        if not run.used:
            return None
        self.garbage, self._begun, self._seen = 0, False, self._at
        return Chunk(run.data, (), None)

    def _past_line_end(self) -> bool:
        end = _LINE_END.match(self._buffer, self._at)
        if end is None or end.end() == len(self._buffer):
            return False
        self._at = self._seen = end.end()
        self._lead = False
        return True

    def _worthwhile(self) -> bool:
        """Whether there may be more to read than when nothing was found: bytes may come one at a time."""
        if len(self._buffer) == self._seen:
            return False
        if self._begun or len(self._buffer) - self._at > LONGEST:
            return True
        from_ = self._buffer.find(ZDLE, max(self._at, self._seen - _TAIL))
        if from_ >= 0 and (_END.search(self._buffer, from_) or CANCEL in self._buffer[from_:]):
            return True
        self._seen = len(self._buffer)
        return False

    def _chunk(self, region: Region, *, whole: bool) -> Chunk:
        self._at += region.used
        self.garbage, self._begun, self._seen = 0, False, self._at
        if whole and not region.fault and CANCEL not in self._buffer[self._at :]:
            self._seen, self._begun = len(self._buffer), region.begun
        self._reach = min(2 * self._reach, _LAST_REACH)
        self._guess(region)
        if region.end is not None:
            self._frame = None
        return Chunk(region.data, tuple(region.queries), region.end)

    def _guess(self, region: Region) -> None:
        """Say what the next subpackets should look like."""
        odd, self._odd = self._odd, False
        if not (odd and self._pattern and region.longest == self._pattern.size and region.end is None):
            self._pattern = pattern(region) if self._frame is Style.WIDE else None

    def _cancelled(self) -> Noise:
        self._frame = None
        self._pass(self._buffer.index(CANCEL, self._at) + len(CANCEL))
        return Noise.CANCEL

    def _cleaned(self) -> bool:
        """Take XON and XOFF out of what is buffered, where there are any: a line may have put them there."""
        rest = self._buffer[self._at :]
        clean = rest.translate(None, self.noise)
        self._buffer, self._at, self._seen = clean, 0, 0
        return len(clean) != len(rest)

    def _fault(self) -> Noise:
        self._frame = None
        self._trusted = LARGEST_SUBPACKET  # what looked like two in one is taken if it comes again
        return Noise.BAD_DATA
