"""One command's output as it comes from a pty, between the marks that a shell prints around it."""

from __future__ import annotations

from sttelnet.shell.dialect import Marks
from sttelnet.shell.plain import plain


class Reading:
    """Bytes in, and at the end a text and an exit status. No more than `most` bytes are kept."""

    def __init__(self, marks: Marks, most: int) -> None:
        self.cut = False
        self.status: int | None = None
        self._begin, self._end = marks.begin.encode(), marks.end.encode()
        self._most = most
        self._begun = False
        self._kept = bytearray()
        self._fresh = 0  # of what is kept, up to here it has been asked for
        self._tail = b""  # where the mark at the end may begin

    def take(self, data: bytes) -> None:
        """Take the next bytes."""
        data, self._tail = self._tail + data, b""
        if not self._begun:
            data = self._from_begin(data)
            if not self._begun:
                return
        at = data.find(self._end)
        if at >= 0 and b"\n" in data[at:]:
            self._keep(data[:at])
            self.status = _number(data[at + len(self._end) :])
            return
        # The status may still be on its way: the mark, or what may become one, is kept for the next piece.
        held = len(data) - at if at >= 0 else _begun(data, self._end)
        self._keep(data[: len(data) - held])
        self._tail = data[len(data) - held :]

    def _from_begin(self, data: bytes) -> bytes:
        """Return what stands behind the first mark and its line end, as far as it has come."""
        at = data.find(self._begin)
        end = data.find(b"\n", at) if at >= 0 else -1
        if end < 0:
            self._tail = data[at:] if at >= 0 else data[-len(self._begin) :]
            return b""
        self._begun = True
        return data[end + 1 :]

    def fresh(self) -> bytes:
        """Return what has been kept since the last call. A line end at the end waits: it may be the mark's own."""
        end = len(self._kept) - self._kept.endswith(b"\n")
        fresh = bytes(self._kept[self._fresh : end])
        self._fresh = max(self._fresh, end)
        return fresh

    def output(self) -> str:
        """Return what has come, as plain text."""
        if self.status is None:
            self._keep(self._tail)
            self._tail = b""
        return plain(self._kept.decode("utf-8", "replace"))

    def _keep(self, data: bytes) -> None:
        room = self._most - len(self._kept)
        self.cut = self.cut or len(data) > room
        self._kept += data[: max(0, room)]


def _begun(data: bytes, mark: bytes) -> int:
    """Return how many bytes at the end may be the beginning of a mark."""
    return next((length for length in range(len(mark) - 1, 0, -1) if data.endswith(mark[:length])), 0)


def _number(rest: bytes) -> int:
    digits = plain(rest.partition(b"\n")[0].decode("ascii", "replace")).split()
    return int(digits[0]) & 0xFFFFFFFF if digits and digits[0].lstrip("-").isdecimal() else 0
