"""A program's output as plain text: no escape sequences, no control characters, "\\n" between lines."""

from __future__ import annotations

import re
from typing import Final

from sttelnet.ansi import strip
from sttelnet.charset import clean

# A console that draws (ConPTY) moves the cursor instead of writing line ends and blanks.
_TO_A_LINE: Final = re.compile(r"\x1b\[\d*(?:;1?)?H")
_OVER_BLANKS: Final = re.compile(r"\x1b\[(\d{1,3})C")
_TITLE: Final = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


def plain(output: str) -> str:
    """Return what a person would read. What a line was overwritten with counts, as on a screen."""
    text = _TITLE.sub("", output)
    text = _OVER_BLANKS.sub(lambda found: " " * int(found[1]), _TO_A_LINE.sub("\n", text))
    lines = (strip(line).rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return clean("\n".join(lines))
