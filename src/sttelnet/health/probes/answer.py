"""The answer of a web server, read as it comes (RFC 9110, RFC 9112). Pure: bytes in, facts out; it never raises."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

MOST_HEAD: Final = 64 * 1024  # bytes of status line and headers
MOST_BODY: Final = 1024 * 1024  # bytes of the body that are read
MOST_INTERIM: Final = 10  # answers with 1xx in front of the real one

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9]\d\d)(?: ([^\r\n]*))?")
_HEAD_END = re.compile(rb"\r?\n\r?\n")  # a bare LF is a line end, too: RFC 9112, section 2.2
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?", re.DOTALL)
LONGEST_CHUNK_LINE: Final = 1024


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and headers, uncleaned."""

    status: int
    words: str  # "Not Found"
    headers: dict[str, str]  # by lower-case name; the first of several

    @property
    def length(self) -> int | None:
        """The length of the body where the server tells it."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None

    @property
    def has_body(self) -> bool:
        """Whether a body follows: RFC 9112, section 6.3."""
        return self.status not in (204, 304) and (self.is_chunked or self.length != 0)

    @property
    def is_chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return self.headers.get("transfer-encoding", "").rpartition(",")[2].strip().lower() == "chunked"


@dataclass(slots=True)
class Answer:
    """Takes what comes; `head` is there once it is whole, `fault` says why it never will be."""

    head: Head | None = None
    fault: str = ""
    body: bytearray = field(default_factory=bytearray)
    done: bool = False  # nothing more is to be read
    whole: bool = False  # the body has come to its own end
    _rest: bytearray = field(default_factory=bytearray)
    _chunk: int = 0  # bytes of the chunk that are to come
    _interim: int = 0

    def take(self, data: bytes) -> None:
        """Take the next bytes; b"" is the end of the connection."""
        if not data:
            self._end()
            return
        seen = max(0, len(self._rest) - 3)  # the end of the head may have begun there
        self._rest += data
        if self.head is None:
            self._read_head(seen)
        if self.head is not None and not self.done:
            self._read_body(self.head)

    def _end(self) -> None:
        self.done = True
        if self.head is None:
            self.fault = self.fault or "the connection ended before the answer did"
        else:
            self.whole = self.head.length is None and not self.head.is_chunked
            if not self.whole:
                self.fault = self.fault or "its body is cut short"

    def _read_head(self, seen: int) -> None:
        while self.head is None and not self.done:
            end = _HEAD_END.search(self._rest, seen)
            seen = 0
            if end is None:
                if len(self._rest) > MOST_HEAD:
                    self._fail(f"its headers are longer than {MOST_HEAD // 1024} KB")
                elif len(self._rest) >= 5 and not self._rest.startswith(b"HTTP/"):
                    self._fail("it does not speak HTTP")
                return
            head = read_head(bytes(self._rest[: end.start()]))
            del self._rest[: end.end()]
            if head is None:
                self._fail("it does not speak HTTP")
            elif head.status >= 200:
                self.head = head
            else:
                self._interim += 1
                if self._interim > MOST_INTERIM:
                    self._fail("it only ever tells of an answer to come")

    def _fail(self, fault: str) -> None:
        self.fault, self.done = fault, True

    def _read_body(self, head: Head) -> None:
        if not head.has_body:
            self.done = self.whole = True
        elif head.is_chunked:
            self._read_chunks()
        else:
            self.body += self._rest
            self._rest.clear()
            if head.length is not None and len(self.body) >= head.length:
                del self.body[head.length :]
                self.done = self.whole = True
        if len(self.body) >= MOST_BODY:
            self.whole = self.whole and len(self.body) == MOST_BODY
            del self.body[MOST_BODY:]
            self.done = True

    def _read_chunks(self) -> None:
        """Read what is there of the chunks: RFC 9112, section 7.1. The trailers are not waited for."""
        while not self.done and self._rest and len(self.body) < MOST_BODY:
            if self._chunk:
                piece = self._rest[: self._chunk]
                self.body += piece
                del self._rest[: len(piece)]
                self._chunk -= len(piece)
            elif not self._read_chunk_line():
                return

    def _read_chunk_line(self) -> bool:
        """Read how long the next chunk is; False where the line is not all there. A blank line ends each chunk."""
        end = self._rest.find(b"\n", 0, LONGEST_CHUNK_LINE)
        if end < 0:
            if len(self._rest) >= LONGEST_CHUNK_LINE:
                self._fail("its body is broken")
            return False
        line = bytes(self._rest[:end]).rstrip(b"\r")
        del self._rest[: end + 1]
        if not line:
            return True
        size = _CHUNK.fullmatch(line)
        if size is None:
            self._fail("its body is broken")
            return False
        self._chunk = int(size[1], 16)
        self.done = self.whole = self._chunk == 0
        return True


def read_head(data: bytes) -> Head | None:
    """Return status line and headers, None where they are none. What is no header line is passed over."""
    first, *lines = data.replace(b"\r\n", b"\n").split(b"\n")
    status = _STATUS.fullmatch(first)
    if status is None:
        return None
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return Head(int(status[1]), (status[2] or b"").decode("latin-1"), headers)
