"""People at once: clients of a room, and clients who type while they are written to.

`python -m tests.bench.people` serves a bare room on asyncio's streams: each line goes to everybody else.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, cast

import pyte

from tests.bench.load import PATIENCE, LoadError
from tests.bench.loops import ASYNCIO
from tests.bench.process import Subject, python
from tests.bench.subjects import OURS, STREAMS

_IAC, _SB, _SE, _WILL, _DO, _TTYPE = 255, 250, 240, 251, 253, 24
# Said without being asked, as many clients do: a terminal that speaks UTF-8, keys one by one.
TERMINAL: Final = (
    bytes((_IAC, _WILL, _TTYPE, _IAC, _DO, 1, _IAC, _DO, 3, _IAC, _WILL, 3))
    + bytes((_IAC, _SB, _TTYPE, 0))
    + b"xterm"
    + bytes((_IAC, _SE))
)
_CONFIG: Final = """\
[server]
listen = ["127.0.0.1"]
port = 0
max_sessions = 20000
idle_timeout = 3600
"""
_PAGES: Final = {
    "root": 'bench\n{% page:Prompt("> "); set:BenchEcho %}\n',
    "chat": "room\n{% post:STChat %}\n",
}
_HANDLERS: Final = '''\
"""The bench's handlers."""

from sttelnet.members import Member
from sttelnet.role import Role


async def BenchEcho(client, data):
    """Answer a line with a line, "number" with the session's number; "sender" makes somebody who may write."""
    if data == "sender":  # guests of one address share what they may write
        client.member = Member(client.number, f"sender{client.number}", Role.MEMBER, False, None, False, 0, 0, "", "")
    client.send(f"echo: {data} {client.number if data == 'number' else ''}\\n")
    return "repeat"
'''


def people_site(folder: Path) -> Subject:
    """Return a daemon with a room, and a prompt that repeats what is entered."""
    (scripts := folder / "people" / "scripts").mkdir(parents=True)
    for name, text in _PAGES.items():
        (scripts / f"{name}.txt").write_text(text, encoding="utf-8")
    (scripts / "bench.py").write_text(_HANDLERS, encoding="utf-8")
    (config := folder / "people" / "config.toml").write_text(_CONFIG, encoding="utf-8")
    return Subject(OURS, ASYNCIO, python("-m", "sttelnet", "serve", "--config", str(config)))


def bare_room() -> Subject:
    """Return a server that gives each line to everybody else, and does nothing besides."""
    return Subject(STREAMS, ASYNCIO, python("-m", "tests.bench.people"))


class Person(asyncio.Protocol):
    """One client; `saw(text)` is told of what comes while the person listens for it."""

    __slots__ = ("_gone", "_hears", "_transport", "_wanted", "_woken", "gone_at", "text")

    def __init__(self) -> None:
        self.text = bytearray()
        self._transport: asyncio.Transport | None = None
        self._wanted = b""
        self._hears: Callable[[], None] | None = None
        self._woken: asyncio.Future[None] | None = None
        self._gone = asyncio.Event()
        self.gone_at = 0.0  # by time.monotonic(), when the connection ended

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send small segments at once."""
        self._transport = cast("asyncio.Transport", transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Keep what comes; look for what is listened for."""
        self.text += data
        if self._hears is not None and self._wanted in self.text[-2048 - len(data) :]:
            hears, self._hears = self._hears, None
            hears()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail whoever waits."""
        self.gone_at = time.monotonic()
        self._gone.set()
        if self._woken is not None and not self._woken.done():
            self._woken.set_exception(LoadError(f"the server hung up ({exc or 'end of file'})"))

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self._transport is not None
        self._transport.write(data)

    def listen(self, wanted: bytes, hears: Callable[[], None]) -> None:
        """Call `hears` when these bytes come."""
        self._wanted, self._hears = wanted, hears

    async def until(self, wanted: bytes) -> None:
        """Wait until these bytes have come. Raises LoadError."""
        if wanted in self.text:
            return
        woken = self._woken = asyncio.get_running_loop().create_future()

        def came() -> None:
            if not woken.done():
                woken.set_result(None)

        self.listen(wanted, came)
        try:
            async with asyncio.timeout(PATIENCE):
                await woken
        except TimeoutError:
            message = f"no {wanted!r} in {bytes(self.text[-256:])!r}"
            raise LoadError(message) from None

    async def gone(self) -> None:
        """Wait until the server has hung up."""
        async with asyncio.timeout(PATIENCE):
            await self._gone.wait()

    def hang_up(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def screen(self) -> pyte.Screen:
        """Return what the terminal shows of all that has come."""
        screen = pyte.Screen(80, 24)
        stream = pyte.Stream(screen)
        stream.feed(_without_commands(bytes(self.text)).decode("utf-8", "replace"))
        return screen


async def gather_people(port: int, count: int, *, terminal: bool, ready: bytes, at_once: int = 50) -> list[Person]:
    """Connect so many and wait until each has been sent `ready`."""
    loop = asyncio.get_running_loop()
    people: list[Person] = []
    turns = asyncio.Semaphore(at_once)

    async def come() -> None:
        async with turns, asyncio.timeout(PATIENCE):
            _, person = await loop.create_connection(Person, "127.0.0.1", port)
            if terminal:
                person.send(TERMINAL)
            await person.until(ready)
            people.append(person)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(count):
            tasks.create_task(come())
    return people


async def tell(speaker: Person, others: Sequence[Person], line: bytes, marker: bytes) -> float:
    """Have one say a line; return the seconds until it has come to all the others."""
    done = asyncio.get_running_loop().create_future()
    left = len(others)

    def heard() -> None:
        nonlocal left
        left -= 1
        if not left and not done.done():
            done.set_result(None)

    for other in others:
        other.listen(marker, heard)
    began = time.perf_counter()
    speaker.send(line)
    async with asyncio.timeout(PATIENCE):
        await done
    return time.perf_counter() - began


def _without_commands(data: bytes) -> bytes:
    """Return what is no telnet command, RFC 854; no text here has a byte 255."""
    out = bytearray()
    at = 0
    while at < len(data):
        if data[at] != _IAC:
            out.append(data[at])
            at += 1
        elif data[at + 1 : at + 2] == bytes((_SB,)):
            at = data.find(bytes((_IAC, _SE)), at) + 2
        else:
            at += 3 if data[at + 1] >= _WILL else 2
    return bytes(out).replace(b"\0", b"")


async def _serve() -> None:
    writers: set[asyncio.StreamWriter] = set()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        writer.write(b"room\r\n> ")
        try:
            while line := await reader.readline():
                for other in writers:
                    if other is not writer:
                        other.write(b"\r<x> " + line.rstrip() + b"\r\n> ")
        finally:
            writers.discard(writer)
            writer.close()

    server = await asyncio.start_server(join, "127.0.0.1", 0, backlog=1024)
    print(f"listening telnet  127.0.0.1:{server.sockets[0].getsockname()[1]}\nready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
