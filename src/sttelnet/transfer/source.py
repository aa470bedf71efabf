"""A file that is being sent. Everything here blocks: it is asked in the disk's thread."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import zlib
from pathlib import Path
from typing import Final

_PIECE: Final = 256 * 1024
# A FIFO would let its opener wait, a link could lead anywhere, and Windows' text mode changes line ends.
_FLAGS: Final = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC", "O_NOCTTY")
)


def open_regular(path: Path) -> int:
    """Open a regular file for reading and return its descriptor. Raises OSError for anything else."""
    descriptor = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


class Source:
    """One regular file, open for reading. Raises OSError, as does every method."""

    def __init__(self, path: Path) -> None:
        self._file = open_regular(path)
        facts = os.fstat(self._file)
        self.path, self.name = path, path.name
        self.size = facts.st_size
        self.mtime = int(facts.st_mtime)
        self._place = 0  # of the descriptor
        self._hash = hashlib.sha256()
        self._hashed = 0  # bytes from the beginning that are in it

    def read(self, offset: int, size: int) -> bytes:
        """Return that piece, shorter only at the file's end."""
        if offset != self._place:
            os.lseek(self._file, offset, os.SEEK_SET)
        pieces = []
        while size > 0 and (piece := os.read(self._file, size)):
            pieces.append(piece)
            size -= len(piece)
        data = b"".join(pieces)
        self._place = offset + len(data)
        if offset == self._hashed:
            self._hash.update(data)
            self._hashed = self._place
        return data

    def crc(self, length: int) -> int:
        """Return the CRC-32 of the first bytes, so many."""
        crc = place = 0
        while place < length and (data := self.read(place, min(_PIECE, length - place))):
            crc = zlib.crc32(data, crc)
            place += len(data)
        return crc

    def sha256(self) -> str:
        """Return the whole file's SHA-256. What was not sent, as behind a resume, is read now."""
        while self.read(self._hashed, _PIECE):
            pass
        return self._hash.hexdigest()

    def close(self) -> None:
        """Let it go."""
        os.close(self._file)
