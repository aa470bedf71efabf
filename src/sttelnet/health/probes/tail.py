"""The end of a file that grows: what has been written since the last look, whatever was done to the file meanwhile."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from sttelnet.health.probes.regular import open_regular

MOST_READ: Final = 1024 * 1024  # bytes of one look; the rest is for the next
BEFORE: Final = 64  # bytes in front of the place that are remembered, to know the file by
MOST_ROTATED: Final = 10_000  # entries of the folder that are looked at for a file that was renamed


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next look begins."""

    file: tuple[int, int]  # device and number; (0, 0) where the file system has none
    at: int
    before: bytes  # what stands in front of it
    in_line: bool = False  # within a line that is longer than a look, and has been told

    def is_in(self, file: BinaryIO, size: int) -> bool:
        """Whether this place is in a file of that size: a number may be used again, and a file written anew."""
        if size < self.at:
            return False
        file.seek(self.at - len(self.before))
        return file.read(len(self.before)) == self.before


@dataclass(frozen=True, slots=True)
class Grown:
    """What was written since the last look."""

    lines: list[bytes]
    size: int = 0  # bytes they were
    behind: int = 0  # bytes that are left for the next look


class Tail:
    """Follows one path through rotation (the file is renamed, or deleted) and truncation (it is emptied in place)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place: Place | None = None
        self._was_asked = False

    def grown(self) -> Grown | str:
        """Return what is new, or why it cannot be told. At the first look nothing is. Blocks; raises OSError."""
        is_first, self._was_asked = not self._was_asked, True
        file = open_regular(self._path)
        if isinstance(file, str):
            return file
        with file:
            status = os.fstat(file.fileno())
            if is_first:
                self._place = _place(file, status, status.st_size)
                return Grown([])
            return self._since(self._place, file, status)

    def _since(self, place: Place | None, file: BinaryIO, status: os.stat_result) -> Grown:
        first = Grown([])
        if place is None or _number(status) != place.file:
            first, left = self._rotated(place) if place is not None else (first, None)
            if left is not None:  # the renamed file is more than one look can read
                self._place = left
                return first
            place = None
        elif not place.is_in(file, status.st_size):
            place = None
        more, self._place = _read(file, status, place, MOST_READ - first.size)
        return Grown(first.lines + more.lines, first.size + more.size, more.behind)

    def _rotated(self, place: Place) -> tuple[Grown, Place | None]:
        """Return what was still written to the file before it was renamed; and where to go on, if that is not all."""
        file = self._renamed(place)
        if file is None:
            return Grown([]), None
        with file:
            status = os.fstat(file.fileno())
            grown, then = _read(file, status, place, MOST_READ)
            return grown, then if grown.behind else None

    def _renamed(self, place: Place) -> BinaryIO | None:
        """Return the file of that place under the name it has now: "app.log.1" beside "app.log"."""
        with os.scandir(self._path.parent) as entries:
            names = [entry.name for _, entry in zip(range(MOST_ROTATED), entries, strict=False)]
        for name in names:
            path = self._path.parent / name
            if name.startswith(self._path.stem) and (file := _opened(path, place)) is not None:
                return file
        return None


def _opened(path: Path, place: Place) -> BinaryIO | None:
    """Return a file, where it is the one of that place."""
    try:
        if _number(path.stat(follow_symlinks=False)) != place.file:
            return None
    except OSError:  # it is gone by now
        return None
    file = open_regular(path)
    if isinstance(file, str):
        return None
    if place.is_in(file, os.fstat(file.fileno()).st_size):
        return file
    file.close()
    return None


def _read(file: BinaryIO, status: os.stat_result, place: Place | None, most: int) -> tuple[Grown, Place]:
    """Return the whole lines from a place on, and the place behind them."""
    at, in_line = (place.at, place.in_line) if place else (0, False)
    file.seek(at)
    data = file.read(max(0, most))
    end = data.rfind(b"\n") + 1
    if not end and len(data) >= MOST_READ:  # a line longer than a look: its beginning stands for it
        end, ends_in_line = len(data), True
    else:
        ends_in_line = in_line and not end
    lines = data[:end].split(b"\n")
    if in_line:
        lines = lines[1:]
    then = _place(file, status, at + end, in_line=ends_in_line)
    return Grown([line for line in lines if line], end, max(0, status.st_size - at - len(data))), then


def _place(file: BinaryIO, status: os.stat_result, at: int, *, in_line: bool = False) -> Place:
    start = max(0, at - BEFORE)
    file.seek(start)
    before = file.read(at - start)
    return Place(_number(status), start + len(before), before, in_line)


def _number(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
