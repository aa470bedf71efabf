"""What SQLite says went wrong, as StoreError with a sentence for people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sttelnet.errors import StoreBusy, StoreError

# https://sqlite.org/rescode.html: the low byte is the primary code, the rest says more about it.
_PRIMARY = 0xFF
_SENTENCES = {
    sqlite3.SQLITE_READONLY: "{path} is read-only: the account of the daemon must be able to write it and its folder",
    sqlite3.SQLITE_PERM: "{path} may not be used by this account: give it the file and its folder",
    sqlite3.SQLITE_FULL: "the disk is full, so nothing was written to {path}",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened: does its folder exist, and may it be written?",
    sqlite3.SQLITE_CORRUPT: "{path} is damaged: put back a copy",
    sqlite3.SQLITE_NOTADB: "{path} is not a SQLite database: move it away, or put back a copy",
}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Raise what SQLite raises inside as StoreBusy or StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise read_fault(error, path) from error


def read_fault(error: sqlite3.Error, path: Path) -> StoreError:
    """Return the StoreError that says what a SQLite error means."""
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    if code in _BUSY:
        return busy(path)
    sentence = _SENTENCES.get(code, "{path} cannot be used ({error})")
    return StoreError(sentence.format(path=path, error=error))


def busy(path: Path, who: str = "another process") -> StoreBusy:
    """Return the error for a file that somebody else writes to for too long."""
    return StoreBusy(f"{path} is being written by {who}: try again when that is done")
