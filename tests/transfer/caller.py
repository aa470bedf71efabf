"""A terminal program whose ZModem the test drives itself, so that it can misbehave at any moment."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from sttelnet.zmodem import (
    CrcWanted,
    Data,
    Event,
    FileEnd,
    FileInfo,
    Offer,
    Proof,
    Ready,
    Receiver,
    Sender,
    SendOptions,
    Sent,
    Skipped,
    Started,
)
from sttelnet.zmodem.frames import Frame
from sttelnet.zmodem.headers import Header
from sttelnet.zmodem.machine import Machine
from sttelnet.zmodem.reader import Reader
from tests.bridge import PATIENCE, RECEIVES, SENDS, Bridge

DATE = 1_234_567_890
REGION = 65536


def never() -> bool:
    return False


class Script:
    """What a machine is told to do on its events."""

    machine: Machine

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.mute = False  # it says nothing any more, and listens
        self.holds: type[Event] | None = None  # at the first of these events it stops, and leaves it unanswered

    def act(self, event: Event) -> None:
        self.events.append(event)

    def supply(self) -> bool:
        return False


class Taking(Script):
    """Takes every file it is offered; of those in `halves` only what is missing."""

    def __init__(self, receiver: Receiver | None = None, halves: Mapping[bytes, bytes] | None = None) -> None:
        super().__init__()
        self.machine = self.receiver = receiver or Receiver()
        self.files: dict[bytes, bytes] = {}
        self.dates: list[int | None] = []
        self.content = bytearray()
        self._halves = dict(halves or {})
        self._name = b""

    def act(self, event: Event) -> None:
        super().act(event)
        match event:
            case Offer(info):
                self._name = info.name
                self.dates.append(info.mtime)
                self.content = bytearray(self._halves.get(info.name, b""))
                if self.content:
                    self.receiver.ask_crc(len(self.content))
                else:
                    self.receiver.accept()
            case Proof(length, crc):
                if crc != zlib.crc32(self.content[:length]):
                    self.content.clear()
                self.receiver.accept(len(self.content))
            case Data(offset, data):
                assert offset == len(self.content)
                self.content += data
            case FileEnd():
                self.files[self._name] = bytes(self.content)
                self.receiver.complete()
            case _:
                pass


class Giving(Script):
    """Gives files, one after the other. `lies` are sizes it announces instead of the true ones."""

    def __init__(
        self,
        files: Iterable[tuple[str | bytes, bytes]],
        sender: Sender | None = None,
        *,
        date: int | None = DATE,
        lies: int | None = None,
    ) -> None:
        super().__init__()
        self.machine = self.sender = sender or Sender(SendOptions(greeting=b"", window=65536))
        self.started: list[int] = []
        self.arrived = self.unwanted = 0
        self.supplied = 0
        self._files = [(name if isinstance(name, bytes) else name.encode(), content) for name, content in files]
        self._date, self._lies = date, lies
        self._content = b""

    def act(self, event: Event) -> None:
        super().act(event)
        match event:
            case Ready() if self._files:
                name, self._content = self._files.pop(0)
                size = len(self._content) if self._lies is None else self._lies
                self.sender.offer(FileInfo(name, size, self._date))
                self.sender._stream.size = len(self._content)
            case Ready():
                self.sender.finish()
            case Started(offset):
                self.started.append(offset)
            case CrcWanted(length):
                self.sender.prove(length, zlib.crc32(self._content[:length]))
            case Sent():
                self.arrived += 1
            case Skipped():
                self.unwanted += 1
            case _:
                pass

    def supply(self) -> bool:
        span = self.sender.wanted(REGION)
        if span is None:
            return False
        data = self._content[span.offset : span.offset + span.size]
        self.supplied += len(data)
        self.sender.supply(span, data)
        return True


class Caller(Bridge):
    """One call. `wire` is everything the daemon has sent, as it travels."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, binary: bool) -> None:
        super().__init__(reader, writer, binary=binary)
        self.wire = bytearray()

    async def read(self) -> bytes:
        data = await super().read()
        self.wire += data
        return data

    async def key(self, data: bytes) -> None:
        """Press a key, or send whatever else as a telnet client does."""
        await self.say(self._sent(data))

    async def sees(self, *wanted: str) -> str:
        """Read until all of this has come; return what has."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not all(text.encode() in self.shown for text in wanted):
                    if not await self.read():
                        raise AssertionError(f"hung up before {wanted!r}; got {self.shown[-2000:]!r}")
        except TimeoutError:
            raise AssertionError(f"no {wanted!r} in {self.shown[-2000:]!r}") from None
        found, self.shown = self.shown, b""
        return found.decode("cp437")

    async def invited(self, key: bytes, sight: bytes) -> None:
        """Press a key and wait for the header that starts a program's ZModem; it is read by that."""
        await self.key(key)
        await self.until(sight)
        self.shown = sight + self.shown

    async def run_script(self, script: Script, until: Callable[[], bool] = never, behind: bytes = b"") -> None:
        """Let a machine have the line until it is over, or `until` says so; `behind` goes out with its last words."""
        machine, loop = script.machine, asyncio.get_running_loop()
        async with asyncio.timeout(2 * PATIENCE):
            while not until():
                due = machine.timeout(loop.time())
                for event in machine.events():
                    if script.holds is not None and isinstance(event, script.holds):
                        return
                    script.act(event)
                moved = not script.mute and script.supply()
                words = machine.data_to_send()
                if behind and (machine.over or (isinstance(machine, Receiver) and _is_last(words))):
                    words, behind = words + behind, b""
                if words and not script.mute:
                    await self.key(words)
                if machine.over:
                    self.shown = machine.leftover() + self.shown
                    return
                if not (words or moved):
                    await self._hear(machine, due)

    async def _hear(self, machine: Machine, due: float | None) -> None:
        if not self.shown:
            try:
                async with asyncio.timeout_at(due):
                    if not await self.read():
                        machine.receive_end()
            except TimeoutError:
                return
        heard, self.shown = self.shown, b""
        machine.receive_data(heard)

    async def take(
        self, taking: Taking | None = None, key: bytes = b"d", until: Callable[[], bool] = never, behind: bytes = b""
    ) -> Taking:
        """Take what the daemon sends after a key."""
        taking = taking or Taking()
        await self.invited(key, SENDS)
        await self.run_script(taking, until, behind)
        return taking

    async def give(
        self, giving: Giving, key: bytes = b"u", until: Callable[[], bool] = never, behind: bytes = b""
    ) -> Giving:
        """Give the daemon files after a key."""
        await self.invited(key, RECEIVES)
        await self.run_script(giving, until, behind)
        return giving

    async def hears(self, *frames: Frame) -> Header:
        """Read until one of these headers comes, and no further."""
        reader = Reader()
        async with asyncio.timeout(PATIENCE):
            while True:
                heard, self.shown = self.shown, b""
                reader.feed(heard)
                while (item := reader.read()) is not None:
                    if isinstance(item, Header) and item.frame in frames:
                        self.shown = reader.rest()
                        return item
                if not self.shown and not await self.read():
                    raise AssertionError(f"hung up before {frames}")

    def cut(self) -> None:
        """Cut the line, as a program that is killed does."""
        self.writer.transport.abort()

    async def gone(self) -> bytes:
        """Read until the daemon has hung up; return what it said."""
        async with asyncio.timeout(PATIENCE):
            while await self.read():
                pass
        found, self.shown = self.shown, b""
        return found


def _is_last(words: bytes) -> bool:
    """Whether a receiver says goodbye: what a person types may follow in the same packet."""
    return words.startswith(b"**\x18B08")


@asynccontextmanager
async def calling(port: int, *, binary: bool = True, tls: ssl.SSLContext | None = None) -> AsyncIterator[Caller]:
    """Call a daemon."""
    name = "localhost" if tls else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
    try:
        yield Caller(reader, writer, binary=binary)
    finally:
        writer.close()
        try:
            await writer.wait_closed()
        except ConnectionError:
            pass
