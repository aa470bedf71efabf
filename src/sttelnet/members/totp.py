"""Time-based one-time passwords, RFC 6238 over RFC 4226: SHA-1, six digits and steps of 30 s, as every app has them.

Pure: who calls brings the time and remembers which steps were used.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

STEP: Final = 30  # seconds (RFC 6238 4.1: X)
DIGITS: Final = 6
SECRET_BYTES: Final = 20  # RFC 4226 4, R6: 160 bits are recommended
WINDOW: Final = 1  # steps either way that are taken: clocks differ, and typing takes a while (RFC 6238 5.2)
LONGEST_LABEL: Final = 40  # bytes of a URI's label: with them its QR code has 37 modules at most


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a step: RFC 4226 5.3, dynamic truncation."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_at(now: float) -> int:
    """Return the step a time is in; `now` is in seconds since 1970."""
    return int(now // STEP)


def step_of(secret: bytes, code: str, now: float, after: int) -> int | None:
    """Return the step behind `after` whose code that is, of those the window has; None where there is none."""
    middle = step_at(now)
    found = None
    for step in range(middle - WINDOW, middle + WINDOW + 1):
        if hmac.compare_digest(code_at(secret, step), code) and step > after and found is None:
            found = step
    return found


def is_code(text: str) -> bool:
    """Whether that can be a code at all: six digits of ASCII."""
    return len(text) == DIGITS and text.isascii() and text.isdecimal()


def secret_text(secret: bytes) -> str:
    """Return a secret as people type it into an app: base32 in groups of four."""
    text = base64.b32encode(secret).decode("ascii").rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def uri(secret: bytes, account: str, issuer: str) -> str:
    """Return what an app reads out of a QR code (github.com/google/google-authenticator/wiki/Key-Uri-Format).

    The issuer stands in the label alone, and cut where it is long, so that the QR code stays small enough for a
    terminal. SHA-1, 6 digits and 30 s are what apps take where nothing is said.
    """
    room = LONGEST_LABEL - len(_quoted(account)) - 1
    label = f"{_cut(issuer, room)}:{_quoted(account)}"
    return f"otpauth://totp/{label}?secret={secret_text(secret).replace(' ', '')}"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _cut(text: str, most: int) -> str:
    """Return as much of a text as fits, quoted."""
    return next(_heads(text, most), "")


def _heads(text: str, most: int) -> Iterator[str]:
    for end in range(len(text), 0, -1):
        head = _quoted(text[:end])
        if len(head) <= most:
            yield head
