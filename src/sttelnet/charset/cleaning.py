"""Text that may go to a screen, a log or another member."""

from __future__ import annotations

import re

# Kept: \n and \t, and \r until the line ends are one kind. Dropped besides C0, DEL and C1:
# what turns the direction of writing (U+061C, 200E-F, 202A-E, 2066-9), what cannot be seen and serves to
# forge names (U+00AD, 180E, 200B, 2060-206F, FEFF, FFF9-B, 1BCA0-3, 1D173-A, tags), further line ends
# (U+2028-9) and surrogates, which no charset can carry. Joiners (U+200C-D) stay: Persian needs them.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]+"
)
# Letters and marks that show nothing, which serve to push the rest of a line where it looks like another one.
_INVISIBLE = re.compile("[\u115f\u1160\u2800\u3164\uffa0]+")


def one_line(text: str) -> str:
    """Return what somebody wrote as one line, blanks drawn together, with nothing in it that acts on a terminal."""
    return " ".join(clean(text).split())


def clean(text: str) -> str:
    """Return the text without anything that acts on a terminal; \\r\\n and \\r become \\n, \\t stays."""
    if text.isascii() or _INVISIBLE.search(text) is None:
        if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
            return text
    else:
        text = _INVISIBLE.sub("", text)
    text = _UNSAFE.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text
