"""What lies in the directory of an area."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from sttelnet.zmodem.folder import safe_name

MOST_FILES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """One file of a directory; another size or time is another file."""

    name: str
    size: int  # bytes
    modified: float  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why an area's files cannot be shown: a sentence for the client."""

    reason: str


MISSING: Final = Unavailable("The folder of this area is not there; tell the operators.")
UNREADABLE: Final = Unavailable("The folder of this area cannot be read; tell the operators.")


def scan(directory: Path) -> tuple[Found, ...] | Unavailable:
    """Return the regular files right in a directory, by name without case. Blocks.

    Left out are links, folders, pipes and devices, names that begin with a dot, and names that would not be
    safe everywhere as they stand. Past MOST_FILES the looking stops: which files are shown is then the
    directory's own order, and a result of that many says that there may be more.
    """
    try:
        with os.scandir(directory) as entries:
            found = _first_files(entries)
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except (OSError, ValueError):  # a name no disk takes is a ValueError
        return UNREADABLE
    return tuple(sorted(found, key=lambda file: (file.name.casefold(), file.name)))


def _first_files(entries: Iterator[os.DirEntry[str]]) -> list[Found]:
    found: list[Found] = []
    for entry in entries:
        if is_safe(entry.name) and (file := _look_at(entry)) is not None:
            found.append(file)
            if len(found) == MOST_FILES:
                break
    return found


@lru_cache(maxsize=2 * MOST_FILES)  # a folder has the same names at each look
def is_safe(name: str) -> bool:
    """Return whether a file of that name can be offered as it is called."""
    # What is no Unicode (a surrogate) becomes "?", which no safe name has.
    return safe_name(name.encode("utf-8", "replace")) == name


def _look_at(entry: os.DirEntry[str]) -> Found | None:
    try:
        if not entry.is_file(follow_symlinks=False):
            return None
        facts = entry.stat(follow_symlinks=False)
    except OSError:  # gone meanwhile
        return None
    return Found(entry.name, facts.st_size, facts.st_mtime)
