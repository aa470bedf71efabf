"""Text to a terminal's bytes. What the charset lacks becomes something as wide that looks like it.

The bytes 00-1F and 7F of CP437 have pictures too (☺ ♥ → ↑ …), but on the wire they are control codes: 07
rings, 1B opens a sequence. So those pictures are replaced as well, and the control characters in text,
which `clean` and `Ansi` answer for, pass as they are.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable
from encodings import cp437
from functools import lru_cache
from typing import Final

from sttelnet.charset.charsets import Charset
from sttelnet.charset.glyphs import ASCII_GLYPHS, CP437_GLYPHS
from sttelnet.charset.width import cells

_GLYPHS: Final = {Charset.CP437: (CP437_GLYPHS, ASCII_GLYPHS), Charset.ASCII: (ASCII_GLYPHS,)}
_CP437: Final = codecs.charmap_build(cp437.decoding_table)  # 20 times as fast as the codec's own dict
_ACCENTED: Final = re.compile("[^\u0300-\u036f][\u0300-\u036f]+", re.DOTALL)


def encode(text: str, charset: Charset) -> bytes:
    """Return the text as the terminal's bytes, of as many cells as the text has. Never raises."""
    if text.isascii():
        return text.encode("ascii")
    try:
        return _strictly(text, charset)
    except UnicodeEncodeError:
        return _with_stand_ins(text, charset)


def _strictly(text: str, charset: Charset) -> bytes:
    if charset is Charset.CP437:
        return codecs.charmap_encode(text, "strict", _CP437)[0]
    return text.encode(charset.value)


def _with_stand_ins(text: str, charset: Charset) -> bytes:
    if charset is Charset.UTF_8:  # only surrogates are missing; they come from file names that are no UTF-8
        return text.encode("utf-8", "replace")
    return _compose(text).encode(charset.value, f"sttelnet.{charset.value}")


def _compose(text: str) -> str:
    """Join letters and their accents, since é may be there where a combining accent is not."""
    return _ACCENTED.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)


@lru_cache(maxsize=4096)
def _substitute(char: str, charset: Charset) -> str:
    width = cells(char)
    for candidate in (*(table.get(char, "") for table in _GLYPHS[charset]), _base(char, charset)):
        if candidate and cells(candidate) <= width:
            return candidate.ljust(width)
    return "?".ljust(width) if width else ""


def _base(char: str, charset: Charset) -> str:
    """Return what is left of a character without accents, width variants and styles, or nothing."""
    parts = [part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part)]
    shown = [part if _has(part, charset) else ASCII_GLYPHS.get(part, "") for part in parts]
    return "".join(shown) if all(shown) else ""


def _has(char: str, charset: Charset) -> bool:
    try:
        char.encode(charset.value)
    except UnicodeEncodeError:
        return False
    return char.isprintable()


def _handler(charset: Charset) -> Callable[[UnicodeError], tuple[str, int]]:
    def replace(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - registered for encoding only
        missing = error.object[error.start : error.end]
        return "".join([_substitute(char, charset) for char in missing]), error.end

    return replace


for _charset in _GLYPHS:
    codecs.register_error(f"sttelnet.{_charset.value}", _handler(_charset))
