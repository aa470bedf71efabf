"""Secrets that stand in files of their own. They are read at each use, and never logged."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sttelnet.config import is_loopback
from sttelnet.server.outgoing.batch import Failure

LONGEST: Final = 4096  # bytes

IN_THE_CLEAR: Final = "a password or token is sent over TLS, or to this host itself, only"


def read_secret(path: Path, key: str) -> str | Failure:
    """Return the first line of a file, without blanks around it. Blocks."""
    try:
        with path.open("rb") as file:
            line = file.readline(LONGEST + 1).strip()
    except OSError as error:
        return Failure(f"{key}: {error.strerror or 'cannot be read'}")
    if not line or len(line) > LONGEST or not line.isascii() or not line.decode("ascii").isprintable():
        return Failure(f"{key}: its first line is to have 1 to {LONGEST} printable characters of ASCII")
    return line.decode("ascii")


def may_be_sent(host: str, *, tls: bool) -> bool:
    """Whether a secret may go to a host: nobody on the way can read it."""
    return tls or is_loopback(host)
