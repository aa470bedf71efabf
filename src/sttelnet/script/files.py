"""Script files: their names and their bytes."""

from __future__ import annotations

import codecs
import re

from sttelnet.outcome import RESERVED_WORDS
from sttelnet.script.model import Place, Problem
from sttelnet.script.source import Source, shown

_KEYWORD = re.compile(r"[a-z][a-z0-9_/-]*")


def decode(data: bytes, path: str) -> str | Problem:
    """Return a script file's text: UTF-8, a byte-order mark dropped."""
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # The picture shows U+FFFD for what cannot be read; what stands before it counts right.
        source = Source(data.decode("utf-8", errors="replace"), path)
        start = len(data[: error.start].decode("utf-8").replace("\r\n", "\n"))
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        cure = "it looks like UTF-16: save it as UTF-8" if utf_16 else "save the file as UTF-8"
        return source.problem(start, start + 1, message, cure, code="encoding")


def keyword_problem(keyword: str, path: str) -> Problem | None:
    """Return why a file of this keyword can be no script, or None."""
    message, cure = _fault(keyword)
    return Problem(Place(path, 1, 1), shown(message), shown(cure), code="keyword") if message else None


def _fault(keyword: str) -> tuple[str, str]:
    if keyword in RESERVED_WORDS:
        return f'no script can be named "{keyword}"', "the word is an outcome"
    if keyword != keyword.lower():
        return f'the name "{keyword}" is not lower case', f'rename the file to "{keyword.lower()}.txt"'
    if not _KEYWORD.fullmatch(keyword) or "//" in keyword or keyword.endswith("/"):
        return f'"{keyword}" is no script name', 'a letter, then letters a to z, digits, "_" and "-"'
    return "", ""
