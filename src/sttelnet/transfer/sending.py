"""Files on their way to a client."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from sttelnet.channel import Line
from sttelnet.errors import DiskHung
from sttelnet.transfer.disk import Disk, reason
from sttelnet.transfer.driver import Driver
from sttelnet.transfer.ledger import Ledger
from sttelnet.transfer.progress import Progress
from sttelnet.transfer.report import Ending, FileReport
from sttelnet.transfer.source import Source
from sttelnet.zmodem import (
    CrcWanted,
    Event,
    FileInfo,
    Ready,
    Refused,
    Sender,
    Sent,
    Skipped,
    Started,
)

REGION: Final = 64 * 1024  # bytes of a file made into subpackets at once: half a millisecond
CHUNK: Final = 256 * 1024  # bytes read at once

NOT_WANTED: Final = "Your program did not want it, or has it."


class ReadAhead:
    """A file read a chunk at a time, the next chunk while this one is sent."""

    def __init__(self, disk: Disk, source: Source) -> None:
        self._disk, self._source = disk, source
        self._offset, self._chunk = 0, b""
        self._next: tuple[int, asyncio.Future[bytes]] | None = None

    async def read(self, offset: int, size: int) -> bytes:
        """Return a piece, shorter only at the file's end. Raises OSError, DiskHung."""
        piece = await self._part(offset, size)
        while 0 < len(piece) < size and (more := await self._part(offset + len(piece), size - len(piece))):
            piece += more
        return piece

    async def _part(self, offset: int, size: int) -> bytes:
        if not self._offset <= offset < self._offset + len(self._chunk):
            await self._fetch(offset)
        start = offset - self._offset
        return self._chunk[start : start + size]

    async def _fetch(self, offset: int) -> None:
        if self._next is None or self._next[0] != offset:
            self._start(offset)
        assert self._next is not None  # noqa: S101 - the line above has set it
        future, self._next = self._next[1], None
        self._offset, self._chunk = offset, await self._disk.result(future)
        if len(self._chunk) == CHUNK:
            self._start(offset + CHUNK)

    def _start(self, offset: int) -> None:
        self._next = offset, self._disk.start(partial(self._source.read, offset, CHUNK))


class Sending(Driver):
    """One batch. `reports` tells of every file in turn."""

    def __init__(
        self, sender: Sender, line: Line, disk: Disk, progress: Progress, paths: Sequence[Path], ledger: Ledger
    ) -> None:
        super().__init__(sender, line, disk, progress)
        self.reports: list[FileReport] = []
        self._sender, self._ledger = sender, ledger
        self._waiting = deque(paths)
        self._source: Source | None = None
        self._ahead: ReadAhead | None = None
        self._bytes_left = 0

    async def run(self) -> None:
        """Carry the batch to its end; what did not get through is reported too."""
        self._bytes_left = await self._disk.run(lambda: sum(map(_size, self._waiting)))
        try:
            await super().run()
            await self._finish_file(self.ending, why=self.why)
        finally:
            if self._source is not None:  # the session was cut off
                self._disk.post(self._source.close, 0)

    async def _on_event(self, event: Event) -> None:
        match event:
            case Ready():
                await self._offer_next()
            case Started(offset) if self._source is not None:
                self._progress.begin(self._source.name, self._source.size, offset, self._loop.time())
            case CrcWanted(length) if self._source is not None:
                self._sender.prove(length, await self._disk.run(partial(self._source.crc, length)))
            case Sent(size):
                self._progress.at(size, self._loop.time())
                await self._finish_file(Ending.DONE)
            case Skipped():
                await self._finish_file(Ending.SKIPPED, why=NOT_WANTED)
            case Refused(_, refusal):
                await self._finish_file(Ending.REFUSED, why=refusal.value)
            case _:
                await super()._on_event(event)

    async def _offer_next(self) -> None:
        """Offer the next file that can be opened."""
        while self._waiting:
            path = self._waiting.popleft()
            try:
                self._source = source = await self._disk.run(partial(Source, path), Source.close)
            except OSError as error:
                await self._report(FileReport(path.name, Ending.REFUSED, why=reason(error), path=path))
                continue
            self._ahead = ReadAhead(self._disk, source)
            left, self._bytes_left = max(source.size, self._bytes_left), self._bytes_left - source.size
            self._sender.offer(
                FileInfo(os.fsencode(source.name), source.size, source.mtime, 1 + len(self._waiting), left)
            )
            return
        self._sender.finish()

    async def _supply(self) -> bool:
        span = self._sender.wanted(REGION)
        if span is None or self._ahead is None:
            return False
        try:
            data = await self._ahead.read(span.offset, span.size)
        except OSError as error:
            self.break_off(f"The file could not be read: {reason(error)}")
            return True
        except DiskHung:
            self.break_off("The file could not be read: the disk does not answer.")
            return True
        self._sender.supply(span, data)
        self._moved += len(data)
        self._progress.at(span.offset + len(data), self._loop.time())
        return True

    async def _finish_file(self, ending: Ending, why: str = "") -> None:
        source, progress = self._source, self._progress
        self._source = self._ahead = None
        if source is None:
            return
        sha256 = await self._sha256(source) if ending is Ending.DONE else ""
        self._disk.post(source.close, 0)
        began = progress.name == source.name
        await self._report(
            FileReport(
                source.name,
                ending,
                size=progress.moved if began else 0,
                seconds=progress.seconds if began else 0.0,
                sha256=sha256,
                errors=progress.errors if began else 0,
                why=why,
                path=source.path,
            )
        )
        progress.begin("", None, 0, self._loop.time())

    async def _sha256(self, source: Source) -> str:
        """Return the hash of a file that has arrived; "" where it cannot be read again, which matters no more."""
        try:
            return await self._disk.run(source.sha256)
        except (OSError, DiskHung):
            return ""

    async def _report(self, report: FileReport) -> None:
        self.reports.append(report)
        await self._ledger.moved("download", report)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
