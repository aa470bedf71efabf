"""Opening files that may be anything: only a regular one is read. A FIFO or a device would be waited for."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

# Not to wait for the other end of a FIFO that has taken the file's place since it was looked at.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)


def open_regular(path: Path) -> BinaryIO | str:
    """Return a regular file, opened, or why it cannot be. Blocks; raises no OSError."""
    try:
        if (wrong := what_is(path.stat())) is None:
            descriptor = os.open(path, _FLAGS)
            wrong = what_is(os.fstat(descriptor))
            if wrong is None:
                return open(descriptor, "rb", buffering=0)
            os.close(descriptor)
    except (OSError, ValueError) as error:
        return absence(error)
    return f"it is {wrong}"


def read_start(path: Path, most: int) -> bytes | str:
    """Return the first bytes of a regular file, or why there are none. Raises OSError where its disk fails."""
    file = open_regular(path)
    if isinstance(file, str):
        return file
    with file:
        return file.read(most)


def what_is(status: os.stat_result) -> str | None:
    """Return what something is that is no regular file; None for one that is."""
    if stat.S_ISREG(status.st_mode):
        return None
    if stat.S_ISDIR(status.st_mode):
        return "a directory"
    return "a FIFO" if stat.S_ISFIFO(status.st_mode) else "no file but a device or a socket"


def absence(error: OSError | ValueError) -> str:
    """Return why a file is not there, in words for people."""
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
