"""A file that is being received. Everything here blocks: it is asked in the disk's thread.

Until it is whole it has a name of its own that no list shows. What is left of it when a connection is cut is kept
under that name for the member who sent it: the name is made of who sends what, so it needs no note beside it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
import zlib
from typing import Final

from sttelnet.transfer.place import Place

_PIECE: Final = 256 * 1024
_LATEST: Final = 24 * 60 * 60  # seconds a file may be dated ahead of our clock
_busy: set[tuple[str, str]] = set()  # the half-received files of this process's transfers


def part_name(*facts: object) -> str:
    """Return the name of the half of a file: the same for the same facts."""
    digest = hashlib.sha256("\0".join(map(str, facts)).encode("utf-8", "surrogateescape"))
    return f".{digest.hexdigest()[:32]}.part"


def random_part_name() -> str:
    """Return a name nobody will come back to."""
    return f".{os.urandom(16).hex()}.part"


def busy_parts(place: Place) -> set[str]:
    """Return the half-received files of a directory that are being worked on."""
    return {name for path, name in _busy if path == str(place.path)}


class Target:
    """One file, from its first byte until it is published, kept for later or dropped. Raises OSError.

    Making one raises BlockingIOError where another transfer works on the same half.
    """

    def __init__(self, place: Place, name: str, part: str) -> None:
        self.name = name
        self._place, self._part = place, part
        self._key = (str(place.path), part)
        if self._key in _busy:
            raise BlockingIOError
        _busy.add(self._key)
        try:
            self._file = place.open(part, os.O_RDWR | os.O_CREAT)
            self.size = self._there()
        except OSError:
            _busy.discard(self._key)
            raise
        self.crc = 0
        self._hash = hashlib.sha256()

    def _there(self) -> int:
        facts = os.fstat(self._file)
        if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1:
            os.close(self._file)
            raise PermissionError(f"{self._part} was tampered with")
        return facts.st_size

    def read_back(self) -> int:
        """Take up what was received before; return its CRC-32."""
        os.lseek(self._file, 0, os.SEEK_SET)
        left = self.size
        while left > 0 and (data := os.read(self._file, min(_PIECE, left))):
            self._count(data)
            left -= len(data)
        self.size -= left
        return self.crc

    def start_over(self) -> None:
        """Forget what was received before."""
        os.lseek(self._file, 0, os.SEEK_SET)
        os.ftruncate(self._file, 0)
        self.size = self.crc = 0
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Append."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]
        self.size += len(data)
        self._hash.update(data)

    def _count(self, data: bytes) -> None:
        self.crc = zlib.crc32(data, self.crc)
        self._hash.update(data)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of what has been received."""
        return self._hash.hexdigest()

    def publish(self, mtime: int | None) -> None:
        """Make it last under its name. Raises FileExistsError where that is taken: then the half is still there."""
        if mtime and os.utime in os.supports_fd:
            os.utime(self._file, (_no_later(mtime),) * 2)
        os.fsync(self._file)
        self._close()
        if mtime and os.utime not in os.supports_fd:
            os.utime(os.path.join(self._place.path, self._part), (_no_later(mtime),) * 2)
        if self.name.casefold() in self._place.names():  # in another case it may have come meanwhile
            raise FileExistsError(self.name)
        try:
            self._place.link(self._part, self.name)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            self._place.rename(self._part, self.name)
        try:
            self._place.unlink(self._part)
            self._place.sync()
        except OSError:
            self.withdraw()
            raise

    def withdraw(self) -> None:
        """Take a published file back: it could not be entered in the books."""
        self._place.unlink(self.name)

    def keep(self) -> None:
        """Let it go, half received as it is."""
        self._close()

    def drop(self) -> None:
        """Leave nothing behind of what was not published."""
        self._close()
        self._place.unlink(self._part)

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            _busy.discard(self._key)


def _no_later(mtime: int) -> int:
    return min(mtime, int(time.time()) + _LATEST)
