"""Copies of the database for people to keep, and putting one back."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from sttelnet.errors import StoreBusy, StoreError, StoreTooNew
from sttelnet.store.copying import sync_folder, unfinished_of, write_copy
from sttelnet.store.faults import busy, sentences
from sttelnet.store.migrations import APPLICATION_ID, MIGRATIONS

BEFORE: Final = ".before-restore"  # behind the name of what was there
_BESIDE: Final = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database that is open, or was cut off


def back_up(database: Path, target: Path) -> None:
    """Copy a database, which a daemon may be writing to, into a file; one of that name is replaced.

    Blocks. Raises StoreError, OSError.
    """
    if target.exists() and target.samefile(database):
        message = f"{target} is the database itself"
        raise StoreError(message)
    check(database)
    unfinished = unfinished_of(target)
    try:
        with sentences(unfinished):
            write_copy(database, unfinished)
        check(unfinished)  # before the last copy goes
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(target.parent)


def check(file: Path) -> int:
    """Return the form of a database that is ours and whole. Raises StoreError, StoreTooNew."""
    if not file.is_file():
        message = f"{file}: no such file"
        raise StoreError(message)
    with sentences(file), closing(_open_read_only(file)) as connection:
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            message = f"{file} is not a database of sttelnet"
            raise StoreError(message)
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            message = f"{file} was written by a newer sttelnet (form {version}, this one knows {len(MIGRATIONS)})"
            raise StoreTooNew(message)
        if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            message = f"{file} is damaged"
            raise StoreError(message)
    return version


def restore(source: Path, database: Path, *, again: bool = False) -> Path | None:
    """Put a copy in the place of a database that nobody uses; return where that one is now, None where there was none.

    What an earlier restore put aside is replaced only with `again`. At every moment there is one of both under the
    database's name. Blocks. Raises StoreError, StoreBusy, OSError.
    """
    check(source)
    if database.exists() and source.samefile(database):
        message = f"{source} is the database itself"
        raise StoreError(message)
    aside = database.with_name(database.name + BEFORE)
    if aside.exists() and database.exists() and not again:
        message = f"{aside} is there already, from an earlier restore (move it away, or --force replaces it)"
        raise StoreError(message)
    unfinished = unfinished_of(database)
    try:
        with sentences(source):
            write_copy(source, unfinished)
        kept = _put_aside(database, aside)
        unfinished.replace(database)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(database.parent)
    return kept


def _put_aside(database: Path, aside: Path) -> Path | None:
    """Give the database a second name; what SQLite keeps beside it must never meet another one."""
    if not database.exists():
        return None
    _claim(database)
    aside.unlink(missing_ok=True)
    try:
        os.link(database, aside)
    except OSError:  # a file system without second names
        shutil.copy2(database, aside)
    for suffix in _BESIDE:
        beside = database.with_name(database.name + suffix)
        if beside.exists():  # only where the database could not be read
            beside.replace(aside.with_name(aside.name + suffix))
    return aside


def _claim(database: Path) -> None:
    """See that nobody has it open, and bring what was committed into the one file. Raises StoreBusy."""
    try:
        with closing(_open_read_only(database)) as reader:  # which keeps what stands beside a damaged one as it is
            reader.execute("SELECT count(*) FROM sqlite_master")
        with closing(sqlite3.connect(database, timeout=1, isolation_level=None)) as connection:
            # Leaving write-ahead logging needs the file for oneself (sqlite.org/wal.html, 2.3).
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreBusy(f"{busy(database)}: stop it first") from error
    except sqlite3.DatabaseError:
        pass  # damaged, or no database: that may be why a copy is put back


def _open_read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5, isolation_level=None)
