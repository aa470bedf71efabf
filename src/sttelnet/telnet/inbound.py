"""Bytes from the client, until the session asks for them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from sttelnet.telnet.limits import Limits

PIECE: Final = 16 * 1024  # what one receive returns at most, so that a session works on it for milliseconds
BULK_PIECE: Final = 128 * 1024  # … and at most during a transfer, where a piece costs less
PIECE_COST: Final = 64  # counted with every piece: one-byte packets cost memory too
TURN: Final = 0.001  # seconds a session may go on receiving before the other sessions have their turn


class Inbound:
    """A queue with one reader. Above the high mark the transport stops reading, at the low one it goes on."""

    __slots__ = (
        "_ended",
        "_limits",
        "_loop",
        "_paused",
        "_queue",
        "_queued",
        "_reader",
        "_transport",
        "_turn",
        "_woken",
        "bulk",
    )

    def __init__(self, transport: asyncio.Transport, limits: Limits) -> None:
        self._transport = transport
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._reader: asyncio.Future[None] | None = None
        self._turn = self._loop.time()  # since when the session has had the loop to itself
        self._woken = self._paused = self._ended = False
        self.bulk = False  # a file is carried

    def put(self, data: bytes) -> None:
        """Queue bytes for the session."""
        piece = BULK_PIECE if self.bulk else PIECE
        if len(data) <= piece:
            self._append(data)
        else:
            for at in range(0, len(data), piece):
                self._append(data[at : at + piece])
        self._wake_reader()
        if self._queued > self._limits.receive_high and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    async def receive(self) -> bytes | None:
        """Return the next bytes; `b""` at the end of input; None when `wake` was called meanwhile."""
        if self._queue and self._loop.time() - self._turn > TURN:
            await asyncio.sleep(0)
            self._turn = self._loop.time()
        while not (self._woken or self._queue or self._ended):
            self._reader = self._loop.create_future()
            try:
                await self._reader
            finally:
                self._reader = None
            self._turn = self._loop.time()
        if self._woken:
            self._woken = False
            return None
        if self.bulk and len(self._queue) > 1:
            self._gather()
        return self._take() if self._queue else b""

    def unread(self, data: bytes) -> None:
        """Put bytes back in front."""
        if data:
            self._queue.appendleft(data)
            self._queued += len(data) + PIECE_COST
            self._wake_reader()

    def wake(self) -> None:
        """Make a waiting (or else the next) `receive` return None."""
        self._woken = True
        self._wake_reader()

    def end(self) -> None:
        """Nothing more will come, so there is nothing to resume: the transport may be gone."""
        self._ended = True
        self._paused = False
        self._wake_reader()

    def forget(self) -> None:
        """Drop what is queued and read on: the session wants no more."""
        self._queue.clear()
        self._queued = 0
        self._resume()
        self.end()

    def _append(self, piece: bytes) -> None:
        self._queue.append(piece)
        self._queued += len(piece) + PIECE_COST

    def _gather(self) -> None:
        """Make the pieces at the head one, as long as a piece may be."""
        pieces: list[bytes] = []
        room = BULK_PIECE
        while self._queue and len(self._queue[0]) <= room:
            pieces.append(self._queue.popleft())
            room -= len(pieces[-1])
        if pieces:
            self._queue.appendleft(b"".join(pieces))
            self._queued -= (len(pieces) - 1) * PIECE_COST

    def _take(self) -> bytes:
        piece = self._queue.popleft()
        self._queued -= len(piece) + PIECE_COST
        if self._queued <= self._limits.receive_low:
            self._resume()
        return piece

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def _wake_reader(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
