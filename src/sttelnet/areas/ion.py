"""descript.ion: a directory's own list of descriptions, as 4DOS and Total Commander keep it.

One line for a file: its name, in quotation marks where it has blanks, and the description. A ^D ends the
description; behind it stands what programs note for themselves (JP Software, "Using DESCRIPT.ION"). Total
Commander notes the byte C2 there where `\\n` in the description is a line end.
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import Final

from sttelnet.areas.reading import open_file
from sttelnet.areas.text import UTF_16, decoded, key, line

NAME: Final = "descript.ion"
LARGEST: Final = 1024 * 1024  # bytes read; a longer file counts up to the last line that is whole
MOST_LINES: Final = 20_000

_MARK: Final = "\x04"
# C2 alone is no UTF-8, and in CP437 another letter: it becomes a second mark before the text is decoded.
_RAW_LINE_ENDS: Final = re.compile(rb"\x04\xc2(?![\x80-\xbf])")
_LINE_ENDS: Final = ("\x04", "Â")
_ROW: Final = re.compile(r"[^\r\n]+")
_PARTS: Final = re.compile(r'(?:"([^"]*)"|(\S+))[ \t]+(.*)', re.DOTALL)


def read_ion(path: Path) -> dict[str, str]:
    """Return the descriptions in a descript.ion, by the file's `key`; none where it cannot be read. Blocks."""
    try:
        with open_file(path) as file:
            return descriptions(file.read(LARGEST + 1))
    except (OSError, ValueError):  # a name no disk takes is a ValueError
        return {}


def descriptions(data: bytes) -> dict[str, str]:
    """Return what a descript.ion says, by the file's `key`; of two lines for a file the later counts. Never raises."""
    if len(data) > LARGEST:
        data = data[: data.rfind(b"\n", 0, LARGEST) + 1]
    if not data.startswith(UTF_16):
        data = _RAW_LINE_ENDS.sub(b"\x04\x04", data)
    text = decoded(data)
    rows = (_split(row[0]) for row in islice(_ROW.finditer(text), MOST_LINES))
    return {name: said for name, said in rows if name and said}


def _split(row: str) -> tuple[str, str]:
    """Return the key of a line's file and its description, each "" where the line has none."""
    said, _, notes = row.partition(_MARK)
    if notes.startswith(_LINE_ENDS):
        said = said.replace("\\n", " ")
    parts = _PARTS.match(said.lstrip())
    return (key(parts[1] or parts[2] or ""), line(parts[3])) if parts else ("", "")
