"""Bringing a database file up to the form this version knows."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sttelnet.errors import StoreError, StoreTooNew
from sttelnet.store.copying import copy_database, create
from sttelnet.store.faults import sentences
from sttelnet.store.migrations import APPLICATION_ID, MIGRATIONS, Migration


def prepare(path: Path, patience: float, steps: Sequence[Migration] = MIGRATIONS) -> None:
    """Make the file, or bring it up to date. Blocks: run it in a thread.

    An existing file is copied to `<name>.v<its version>` first. Raises StoreError, StoreTooNew, StoreBusy.
    """
    create(path)
    with sentences(path), closing(_connect(path, patience)) as connection:
        version = _version(connection)
        if version > len(steps):
            message = (
                f"{path} was written by a newer sttelnet (form {version}, this one knows {len(steps)}):"
                " start the newer one, or put back an older copy"
            )
            raise StoreTooNew(message)
        _refuse_foreign(connection, path)
        copy = version > 0
        while version < len(steps) and _take_next(connection, path, steps, copy=copy):
            copy = False
        _choose_wal(connection, patience)
        _refuse_unwritable(connection)


def _connect(path: Path, patience: float) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=patience, isolation_level=None)


def _number(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def _version(connection: sqlite3.Connection) -> int:
    return _number(connection, "PRAGMA user_version")


def _refuse_unwritable(connection: sqlite3.Connection) -> None:
    """Raise where nothing could be written later. Somebody else who writes just now is no reason not to start."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA user_version = {_version(connection)}")  # BEGIN alone asks for no right to write
        connection.rollback()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Leave alone a file that another program made."""
    tables = _number(connection, "SELECT count(*) FROM sqlite_master")
    if tables and _number(connection, "PRAGMA application_id") != APPLICATION_ID:
        message = f"{path} is another program's database"
        raise StoreError(message)


def _take_next(connection: sqlite3.Connection, path: Path, steps: Sequence[Migration], *, copy: bool) -> bool:
    """Take the step the file has not had, in one transaction; False when it has had them all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # read under the lock: another process may be upgrading as well
        if version < len(steps):
            if copy:
                _copy(path, path.with_name(f"{path.name}.v{version}"))
            for statement in steps[version].statements:
                if callable(statement):
                    statement(connection)
                else:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return version < len(steps)


def _copy(path: Path, target: Path) -> None:
    try:
        copy_database(path, target)
    except OSError as error:
        message = f"cannot copy the database to {target} before changing its form: {error.strerror}"
        raise StoreError(message) from error


def _choose_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Write-ahead logging is a property of the file: readers and the writer do not wait for each other.

    SQLite does not wait by itself for others who are about to do the same.
    """
    until = time.monotonic() + patience
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
