"""Between a program, which speaks UTF-8 to its pty, and a client's terminal, which has a charset and a telnet line."""

from __future__ import annotations

import codecs
import re

from sttelnet.charset import Charset, Decoder, encode

_END_OF_LINE = re.compile(rb"\r[\n\0]")
_BACKSPACE, _DELETE = b"\x08", b"\x7f"


class Shown:
    """What a program writes, on its way to the client; a character may be split between calls."""

    def __init__(self, charset: Charset) -> None:
        self._charset = charset
        self._utf_8 = codecs.getincrementaldecoder("utf-8")("replace")

    def convert(self, data: bytes) -> bytes:
        """Return the bytes for the client. A CR by itself is CR NUL on a telnet line (RFC 854)."""
        if self._charset is not Charset.UTF_8:
            data = encode(self._utf_8.decode(data), self._charset)
        if b"\r" in data:
            data = data.replace(b"\r", b"\r\0").replace(b"\r\0\n", b"\r\n")
        return data


class Typed:
    """What a client types, on its way to the program; an end of line or a character may be split between calls."""

    def __init__(self, charset: Charset, *, line_feed_is_enter: bool) -> None:
        self._charset = charset
        self._decoder = Decoder(charset)
        self._line_feed_is_enter = line_feed_is_enter
        self._returned = False  # the last byte was a CR: the LF or NUL behind it belongs to it (RFC 854)

    def convert(self, data: bytes) -> bytes:
        """Return the bytes for the program: Enter is CR, as the key of a terminal is."""
        if self._returned and data[:1] in {b"\n", b"\0"}:
            data = data[1:]
            self._returned = False
        if data:
            self._returned = data[-1:] == b"\r"
        data = _END_OF_LINE.sub(b"\r", data)
        if self._line_feed_is_enter:
            data = data.replace(b"\n", b"\r")
        if self._charset is Charset.CP437:
            # Their terminals say 08 where a pty expects 7F; ESC sequences hold neither.
            return self._decoder.decode(data).encode().replace(_BACKSPACE, _DELETE)
        return data
