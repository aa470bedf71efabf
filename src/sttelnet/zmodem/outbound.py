"""Files sent over a pipe."""

from __future__ import annotations

import errno
import os
import stat
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from sttelnet.zmodem.driver import Driver
from sttelnet.zmodem.events import CrcWanted, Event, Ready, Refused, Rewound, Sent, Skipped, Started
from sttelnet.zmodem.info import FileInfo
from sttelnet.zmodem.pipe import Pipe
from sttelnet.zmodem.progress import Progress
from sttelnet.zmodem.sender import Sender

_REGION: Final = 128 * 1024


def send(sender: Sender, paths: Sequence[Path], pipe: Pipe, progress: Progress) -> int:
    """Send files; return how many did not make it."""
    return _Sending(sender, paths, pipe, progress).run()


class _Sending(Driver):
    def __init__(self, sender: Sender, paths: Sequence[Path], pipe: Pipe, progress: Progress) -> None:
        super().__init__(sender, pipe, progress)
        self._sender = sender
        self._paths = list(paths)
        self._sizes = [_size(path) for path in paths]
        self._file: BinaryIO | None = None
        self._place = 0  # in the file

    def _more(self) -> bytes:
        if self._file is None or (span := self._sender.wanted(_REGION)) is None:
            return b""
        self._sender.supply(span, self._read(span.offset, span.size))
        self._progress.at(span.offset)
        return self._sender.data_to_send()

    def _busy(self) -> bool:
        return self._sender.wanted() is not None

    def _read(self, offset: int, size: int) -> bytes:
        if self._file is None:
            return b""
        if offset != self._place:
            self._file.seek(offset)
        data = self._file.read(size)
        self._place = offset + len(data)
        return data

    def _on_event(self, event: Event) -> None:
        match event:
            case Ready():
                self._next()
            case Started(offset):
                self._progress.begin(self._paths[0].name, self._sizes[0], offset)
            case Rewound():
                self._out = memoryview(b"")
            case CrcWanted(length):
                self._sender.prove(length, self._crc(length))
            case Sent(size):
                self._progress.end(size)
                self._close()
            case Skipped():
                self._lost(f"{self._paths[0].name}: not wanted")
                self._close()
            case Refused(_, refusal):
                self._lost(f"{self._paths[0].name}: {refusal.value}")
                self._close()
            case _:
                super()._on_event(event)

    def _next(self) -> None:
        """Offer the next file that can be opened."""
        while self._paths:
            path = self._paths[0]
            try:
                self._offer(path)
            except OSError as error:
                self._lost(f"{path}: {error.strerror}")
                self._close()
            else:
                return
        self._sender.finish()

    def _offer(self, path: Path) -> None:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(errno.EINVAL, "no regular file")
        self._file = path.open("rb", buffering=0)
        self._sizes[0] = facts.st_size
        name = os.fsencode(path.name)
        self._sender.offer(FileInfo(name, facts.st_size, int(facts.st_mtime), len(self._paths), sum(self._sizes)))

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._place = None, 0
        del self._paths[0], self._sizes[0]

    def _crc(self, length: int) -> int:
        crc = offset = 0
        while offset < length and (data := self._read(offset, min(_REGION, length - offset))):
            crc = zlib.crc32(data, crc)
            offset += len(data)
        return crc


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
