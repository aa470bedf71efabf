"""The audit's file: each row of the table as a line of JSON, written behind the table by the daemon alone."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from sttelnet.errors import StoreError
from sttelnet.logs import event_logger
from sttelnet.store import BEGINS, MAX_ROW, Audit, Link

log = event_logger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

EVERY: Final = 1.0  # seconds until the table is looked at again: the command line writes rows too
AT_ONCE: Final = 500  # rows
FINISH_WITHIN: Final = 2.0  # seconds a disk that hangs is waited for at the end
_TAIL: Final = 1 << 20  # bytes at the file's end that hold its last line
_BEGINNINGS: Final = (b'{"at":', b'{"' + BEGINS.encode())  # of a file's first line
_BEGINNING: Final = 16  # bytes to know it by
_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class AuditFile:
    """Follows the table, which is the authority: what the file cannot take now it is given later."""

    def __init__(self, audit: Audit, path: Callable[[], Path | None]) -> None:
        self._audit, self._path = audit, path
        self._open: Path | None = None
        self._handle = -1
        self._belongs = False  # what is open is known to be of this table
        self._at = 0  # the number of the last row that stands in it
        self._anew = False
        self._thread = ThreadPoolExecutor(1, "audit")  # its own: at the stop all others may be taken
        self._doing: Future[Any] | None = None  # what the thread was last given
        self._said = ""

    def reopen(self) -> None:
        """Open the file anew at the next row: another one may have taken its place."""
        self._anew = True

    async def run(self) -> None:
        """Write what the table has, for as long as the daemon runs."""
        while True:
            await self.copy()
            await asyncio.sleep(EVERY)

    async def finish(self) -> None:
        """Write what is left, and close the file."""
        until = time.monotonic() + FINISH_WITHIN
        while self._busy() and time.monotonic() < until:  # noqa: ASYNC110 - a thread has no event for it
            await asyncio.sleep(0.01)
        await self.copy()
        if not self._busy():
            self._close()
        self._thread.shutdown(wait=False)

    async def copy(self) -> None:
        """Write the rows that are new. Raises nothing: the log has why they wait."""
        if self._busy():
            return
        try:
            problem = await self._copy()
        except StoreError as error:
            problem = str(error)
        except OSError as error:
            problem = f"{self._path()}: {error.strerror or error}"
            self._close()  # opening it again cuts off a line that is half written
        if problem and problem != self._said:
            log.error("the audit's file is behind its table: %s", problem)
        self._said = problem

    async def _copy(self) -> str:
        path = self._path()
        if self._anew or path != self._open:
            self._close()
            self._anew = False
        if path is None:
            return ""
        if not self._belongs:
            self._close()
            last = await self._in_thread(self._begin, path)
            if not await self._has(last):
                self._close()
                return f"{path} does not belong to it (`sttelnet audit verify` says more; moved away it is begun anew)"
            self._belongs, self._at = True, last.id if isinstance(last, Link) else last
        while rows := await self._audit.after(self._at, AT_ONCE):
            await self._in_thread(self._write, rows)
        return ""

    async def _has(self, last: Link | int) -> bool:
        """Whether the table has the row a file ends with, or got as far as the one it begins behind."""
        if isinstance(last, Link):
            return await self._audit.has(last.id, last.hash)
        return last <= await self._audit.last()

    def _busy(self) -> bool:
        """Whether the thread is at the file."""
        return self._doing is not None and not self._doing.done()

    async def _in_thread(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Do what may wait for a disk. Its state is its own, so that it is whole when this task is cancelled."""
        self._doing = doing = self._thread.submit(work, *arguments, **named)
        return await asyncio.wrap_future(doing)

    def _begin(self, path: Path) -> Link | int:
        """Open the file and find out where it ends; return its last row, or the number it begins behind."""
        self._handle, self._open = os.open(path, _FLAGS, 0o600), path
        size = os.fstat(self._handle).st_size
        if not _is_ours(_read(self._handle, _BEGINNING)):
            message = "it is another file"
            raise OSError(message)
        os.lseek(self._handle, max(0, size - _TAIL), os.SEEK_SET)
        tail = _read(self._handle, min(size, _TAIL))
        whole = tail[: tail.rfind(b"\n") + 1]
        if len(whole) < len(tail):
            os.ftruncate(self._handle, size - len(tail) + len(whole))
        if not whole:
            if self._at:
                self._append([json.dumps({BEGINS: self._at})])
            return self._at
        content = _content(whole.splitlines()[-1])
        if content is None:
            message = "its last line is no record"
            raise OSError(message)
        return content

    def _write(self, rows: Sequence[Link]) -> None:
        self._append([row.line() for row in rows])
        self._at = rows[-1].id

    def _append(self, lines: list[str]) -> None:
        data = memoryview("".join(line + "\n" for line in lines).encode("ascii"))
        while data:
            data = data[os.write(self._handle, data) :]

    def _close(self) -> None:
        handle, self._handle, self._open, self._belongs = self._handle, -1, None, False
        if handle >= 0:
            os.close(handle)


def _is_ours(start: bytes) -> bool:
    """Whether a file with that beginning may be written to, and what is half written in it cut off."""
    return not start or any(start.startswith(ours) or ours.startswith(start) for ours in _BEGINNINGS)


def _read(handle: int, count: int) -> bytes:
    pieces = []
    while count and (piece := os.read(handle, count)):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _content(line: bytes) -> Link | int | None:
    """Return the row of a line, or the number of the row that the file begins behind."""
    try:
        content = json.loads(line)
        found = int(content[BEGINS]) if BEGINS in content else Link(**content)
        number = found if isinstance(found, int) else found.id
        return found if 0 <= number <= MAX_ROW else None
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
