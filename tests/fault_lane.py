"""One direction of a bad line: what is read at one end is written at the other, harmed as its toxics say."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import NamedTuple, Protocol, TypeVar

from tests.toxics import Bandwidth, Ending, Latency, LimitData, Noise, ResetPeer, Slicer, SlowClose, Timeout, Toxic

PIECE = 16 * 1024  # bytes read at once
WAITING = 64  # pieces that latency may hold
IAC = 255
FLIPPED = 0x04  # the bit noise turns over
T = TypeVar("T", bound=Toxic)


class End(NamedTuple):
    """One of the two sockets of a connection through the proxy."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Line(Protocol):
    """What a direction is one of."""

    def close(self) -> None:
        """End it, behind what is on its way."""

    def reset(self) -> None:
        """End it at once; both ends are told that it was reset."""


class Lane:
    """One direction of a connection. `passed` is all that came out of it."""

    def __init__(self, line: Line, source: End, sink: End, seed: str) -> None:
        self.passed = bytearray()
        self.ending: Ending | None = None  # the toxic that has ended the line
        self._line, self._source, self._sink = line, source, sink
        self._random = random.Random(seed)
        self._toxics: tuple[Toxic, ...] = ()
        self._since = 0  # bytes before the toxics
        self._quiet = 0  # bytes since the last noise
        self._loop = asyncio.get_running_loop()
        self._held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(WAITING)

    def poison(self, *toxics: Toxic) -> None:
        """Put these toxics on it in place of those there are; they count bytes from now on."""
        self._toxics, self._since, self._quiet = toxics, len(self.passed), 0

    async def run(self) -> None:
        """Carry, to the end of the direction or of the line."""
        async with asyncio.TaskGroup() as tasks:
            taking = tasks.create_task(self._take())
            try:
                self.ending = await self._give()
            finally:
                taking.cancel()
            match self.ending:
                case LimitData():
                    self._line.close()
                case ResetPeer():
                    self._line.reset()
                case Timeout():
                    await asyncio.Event().wait()  # and nobody reads
                case _:
                    await asyncio.sleep(sum(toxic.seconds for toxic in self._all(SlowClose)))
                    self._sink.writer.write_eof()

    async def _take(self) -> None:
        """Read, and note when it may go on."""
        due, data = 0.0, b"-"
        while data:
            data = await self._source.reader.read(PIECE)
            due = max(due, self._loop.time() + self._delay())
            await self._held.put((due, data))

    async def _give(self) -> Ending | None:
        """Pass on what was read; return the toxic that ends the line, None at the end of the direction."""
        while True:
            due, data = await self._held.get()
            await asyncio.sleep(due - self._loop.time())
            if not data:
                return None
            for piece in self._sliced(data):
                if ending := await self._pass(piece):
                    return ending

    def _delay(self) -> float:
        return sum(toxic.seconds + self._random.uniform(-1, 1) * toxic.jitter for toxic in self._all(Latency))

    def _sliced(self, data: bytes) -> Iterator[bytes]:
        size = min((toxic.size for toxic in self._all(Slicer)), default=PIECE)
        return (data[at : at + size] for at in range(0, len(data), size))

    async def _pass(self, piece: bytes) -> Ending | None:
        endings: list[Ending] = [*self._all(LimitData), *self._all(ResetPeer), *self._all(Timeout)]
        ending = min(endings, key=lambda toxic: toxic.after, default=None)
        room = len(piece) + 1 if ending is None else ending.after - (len(self.passed) - self._since)
        if piece := self._harmed(piece[: max(0, room)]):
            self.passed += piece
            self._sink.writer.write(piece)
            await self._sink.writer.drain()
        for bandwidth in self._all(Bandwidth):
            await asyncio.sleep(len(piece) / bandwidth.rate)
        for slicer in self._all(Slicer):
            await asyncio.sleep(slicer.pause)
        return ending if len(piece) >= room else None

    def _harmed(self, piece: bytes) -> bytes:
        every = min((toxic.every for toxic in self._all(Noise)), default=0)
        if not every:
            return piece
        bad, before = bytearray(piece), self.passed[-1] if self.passed else 0
        for at, byte in enumerate(piece):
            self._quiet += 1
            if self._quiet >= every and IAC not in {before, byte, byte ^ FLIPPED}:
                bad[at], self._quiet = byte ^ FLIPPED, 0
            before = byte
        return bytes(bad)

    def _all(self, kind: type[T]) -> list[T]:
        return [toxic for toxic in self._toxics if isinstance(toxic, kind)]
