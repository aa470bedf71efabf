"""Descriptions as text: bytes in the charsets there are, made safe and of a size that fits a list."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

from sttelnet.charset import clean, cut

# FILE_ID.DIZ as PCBoard had it (FILE_ID.TXT 1.9): ten lines of 45 columns, without colours.
BLOCK_LINES: Final = 10
BLOCK_COLUMNS: Final = 45
LONGEST_LINE: Final = BLOCK_LINES * BLOCK_COLUMNS  # characters of a description that is one line

UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # how such text begins
_SEQUENCE: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # ECMA-48, 5.4: whole, so that "[1;31m" does not stay


def decoded(data: bytes, *, whole: bool = True) -> str:
    """Return text in UTF-16 with its mark, else in UTF-8, else in CP437, up to ^Z (1A), which ends a text of DOS.

    Never raises. Where the data is not `whole`, a character that is cut at its end is dropped.
    """
    if data.startswith(UTF_16):
        return data.decode("utf-16", "replace").partition("\x1a")[0]
    data, end, _ = data.partition(b"\x1a")
    try:
        return codecs.utf_8_decode(data, "strict", whole or bool(end))[0].removeprefix("\ufeff")
    except UnicodeDecodeError:
        return data.decode("cp437")


def line(text: str) -> str:
    """Return text as one safe line, blanks drawn together, at most LONGEST_LINE characters."""
    return " ".join(clean(text).split())[:LONGEST_LINE]


def block(text: str) -> str:
    """Return text as at most ten safe lines of 45 columns."""
    lines = [_fitted(row) for row in clean(_SEQUENCE.sub("", text)).expandtabs().split("\n")]
    while lines and not lines[0]:
        del lines[0]
    return "\n".join(lines[:BLOCK_LINES]).rstrip("\n")


def summary(text: str) -> str:
    """Return the line that says most in a list: the first that has a letter or a digit, not a frame."""
    lines = text.split("\n")
    return next((row for row in lines if any(map(str.isalnum, row))), lines[0]).strip()


def key(name: str) -> str:
    """Return what two names of one file have in common: case, and how accents are written, do not count."""
    return unicodedata.normalize("NFC", name).casefold()


def _fitted(row: str) -> str:
    # Accents that combine take no column: without the first bound a line could carry thousands of them.
    return cut(row[: 2 * BLOCK_COLUMNS], BLOCK_COLUMNS).rstrip()
