"""A copy of a database file, whole or not there, while others write to it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sttelnet.errors import StoreError


def create(path: Path) -> None:
    """Make an empty file nobody else may read; SQLite gives its -wal and -shm the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        message = f"cannot make {path}: {error.strerror}"
        raise StoreError(message) from error


def unfinished_of(target: Path) -> Path:
    """Return what a copy is called until it is whole."""
    return target.with_name(f"{target.name}.unfinished")


def copy_database(path: Path, target: Path) -> None:
    """Copy the database as last committed; a file named `target` is a whole copy, whenever the machine stops.

    Blocks. Raises OSError, sqlite3.Error, StoreError.
    """
    unfinished = unfinished_of(target)
    write_copy(path, unfinished)
    unfinished.replace(target)
    sync_folder(target.parent)


def write_copy(path: Path, target: Path) -> None:
    """Copy the database as last committed into a file that may be there already, and see it onto the disk."""
    target.unlink(missing_ok=True)
    create(target)
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as reader:
        reader.execute("VACUUM INTO ?", (str(target),))
    handle = os.open(target, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """See the names in a folder onto the disk, where the system has a way to."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
