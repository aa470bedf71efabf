"""A directory files are received into, and what is done in it. Everything here blocks."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

_BESIDE: Final = {os.open, os.link, os.unlink, os.stat, os.rename}
_HELD: Final = os.supports_dir_fd >= _BESIDE  # where the system can work beside an open directory
_FLAGS: Final = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_BINARY", "O_CLOEXEC", "O_NONBLOCK"))
_DIRECTORY: Final = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_DIRECTORY", "O_CLOEXEC"))
_PART: Final = re.compile(r"\.[0-9a-f]{32}\.part")
PRIVATE: Final = 0o600  # whatever mode a sender wants for its file


class Place:
    """One directory, held open where the system can: nothing can be put in its stead meanwhile. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = os.open(path, _DIRECTORY) if _HELD else None

    def open(self, name: str, flags: int) -> int:
        """Open a file in it, never through a link."""
        return os.open(self._at(name), flags | _FLAGS, PRIVATE, dir_fd=self._fd)

    def link(self, old: str, new: str) -> None:
        """Give a file another name besides. Raises FileExistsError where that is taken."""
        if self._fd is None:
            os.link(self._at(old), self._at(new))
        else:
            os.link(old, new, src_dir_fd=self._fd, dst_dir_fd=self._fd, follow_symlinks=False)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, on a file system without links. Raises FileExistsError where that is taken."""
        os.close(self.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        try:
            os.replace(self._at(old), self._at(new), src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except OSError:
            self.unlink(new)  # it only held the name
            raise

    def unlink(self, name: str) -> None:
        """Take a file away, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._at(name), dir_fd=self._fd)

    def sync(self) -> None:
        """Make names last. Windows makes them by itself."""
        if self._fd is not None:
            os.fsync(self._fd)

    def free(self) -> int:
        """Return how many bytes the disk has left for us."""
        return shutil.disk_usage(self.path).free

    def names(self) -> set[str]:
        """Return the names there are, without case."""
        return {name.casefold() for name in os.listdir(self.path if self._fd is None else self._fd)}

    def parts(self, wanted: Callable[[str, os.stat_result], bool]) -> list[tuple[str, os.stat_result]]:
        """Return those half-received files that are wanted."""
        found = []
        for name in os.listdir(self.path if self._fd is None else self._fd):
            if not _PART.fullmatch(name):
                continue
            with contextlib.suppress(FileNotFoundError):
                facts = os.stat(self._at(name), dir_fd=self._fd, follow_symlinks=False)
                if stat.S_ISREG(facts.st_mode) and wanted(name, facts):
                    found.append((name, facts))
        return found

    def purge(self, older: float, busy: set[str]) -> int:
        """Take away half-received files that nobody went on with for so many seconds; return how many."""
        before = time.time() - older
        old = self.parts(lambda name, facts: facts.st_mtime < before and name not in busy)
        for name, _ in old:
            self.unlink(name)
        return len(old)

    def close(self) -> None:
        """Let it go."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _at(self, name: str) -> str:
        return name if self._fd is not None else os.path.join(self.path, name)
