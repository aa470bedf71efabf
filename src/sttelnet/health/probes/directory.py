"""A directory: how much stands in it, with all that is below."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.dialing import left
from sttelnet.health.probes.judging import failed, judged
from sttelnet.health.probes.model import Asked
from sttelnet.health.probes.regular import absence
from sttelnet.health.ranges import Range
from sttelnet.health.states import State
from sttelnet.words import count_words, size_words

MOST_ENTRIES: Final = 500_000
MIB: Final = 1024 * 1024


@dataclass(slots=True)
class Tree:
    """What has been counted."""

    size: int = 0  # bytes
    files: int = 0
    entries: int = 0
    unreadable: int = 0
    cut: str = ""  # why there may be more


def look_at_directory(asked: Asked, home: Path, deadline: float) -> Result:
    """Measure a directory. Blocks."""
    path = str(home / asked.target)
    try:
        os.scandir(path).close()
    except (OSError, ValueError) as error:
        return failed(absence(error))
    tree = measure(path, deadline)
    size = Figure("size", round(tree.size / MIB, 3), "MiB", asked.warning, asked.critical, 0)
    text = f"{size_words(tree.size)} in {count_words(tree.files, 'file')}"
    if tree.unreadable:
        text += f", {tree.unreadable} not readable"
    if not tree.cut:
        return judged(text, size, Figure("files", tree.files, least=0))
    state = State.WARNING if _is_beyond(asked.warning, size.value) else State.UNKNOWN
    if _is_beyond(asked.critical, size.value):
        state = State.CRITICAL
    return judged(f"more than {text}: {tree.cut}", state=state)


def measure(path: str, deadline: float) -> Tree:
    """Add the files of a tree up. Links are not followed; what cannot be read is counted."""
    tree, waiting = Tree(), [path]
    try:
        while waiting and not tree.cut:
            _add(tree, waiting.pop(), waiting, deadline)
    except TimeoutError:
        tree.cut = "it takes too long to count"
    return tree


def _add(tree: Tree, path: str, waiting: list[str], deadline: float) -> None:
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                left(deadline)
                tree.entries += 1
                if tree.entries > MOST_ENTRIES:
                    tree.cut = f"only {MOST_ENTRIES} entries are counted"
                    return
                _count(tree, entry, waiting)
    except TimeoutError:
        raise
    except OSError:
        tree.unreadable += 1


def _count(tree: Tree, entry: os.DirEntry[str], waiting: list[str]) -> None:
    try:
        if entry.is_dir(follow_symlinks=False):
            if not _is_reparsed(entry.stat(follow_symlinks=False)):
                waiting.append(entry.path)
        elif entry.is_file(follow_symlinks=False):
            tree.size += entry.stat(follow_symlinks=False).st_size
            tree.files += 1
    except OSError:
        tree.unreadable += 1


def _is_reparsed(status: os.stat_result) -> bool:
    """Whether a directory is Windows' kind of link, a junction or a mount point, which Python takes for a directory."""
    return bool(getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT)


def _is_beyond(limit: Range | None, value: float) -> bool:
    """Whether a value is too much, so that more of it is, too."""
    return limit is not None and not limit.inside and value > limit.end
