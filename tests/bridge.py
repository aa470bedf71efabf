"""A terminal program with ZModem: a telnet client in front of `rz`, `sz` or any other program that speaks it.

It starts the program by itself when the daemon's ZModem header appears, as SyncTERM and others do, and carries its
bytes: doubled IACs, BINARY agreed or refused, and where it is refused the NVT's ends of line (RFC 854, RFC 856).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sttelnet import iac

PATIENCE = 30.0  # seconds until a wait counts as a hang
SENDS, RECEIVES = b"**\x18B00", b"**\x18B01"  # what clients look for: the host sends; the host receives
PAGE = b"\x1b[0m\x1b[2J\x1b[H"  # how the page behind a transfer begins: it is for the terminal again
BINARY, ECHO, SGA, TTYPE, NAWS = 0, 1, 3, 24, 31


@dataclass
class Outcome:
    """What came of a program."""

    status: int
    seconds: float
    said: str  # on standard error


class Bridge:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, binary: bool) -> None:
        self.reader, self.writer, self.binary = reader, writer, binary
        self.shown = b""  # everything received, as data
        self.wire_in = self.wire_out = 0
        self.harm: Callable[[bytes], bytes] | None = None
        self.program: asyncio.subprocess.Process | None = None  # that has the connection
        self.terminates = False  # it when the line ends: rz, which reads its end instead, deletes what it has
        self._scanner = iac.Scanner()
        self._on = {True: False, False: False}  # BINARY: what we send, what we receive
        self._return = False  # the last byte sent was a CR

    async def line(self, text: str) -> None:
        """Type a line."""
        await self.say(text.encode() + b"\r\0")

    async def say(self, data: bytes) -> None:
        """Send bytes as they are, doubled."""
        self.wire_out += len(data)
        self.writer.write(iac.doubled(data))
        await self.writer.drain()

    async def until(self, wanted: bytes) -> bytes:
        """Read until this has been received since the last call; return what was."""
        async with asyncio.timeout(PATIENCE):
            while wanted not in self.shown:
                if not await self.read():
                    raise AssertionError(f"hung up before {wanted!r}; got {self.shown!r}")
        at = self.shown.index(wanted) + len(wanted)
        found, self.shown = self.shown[:at], self.shown[at:]
        return found

    async def read(self) -> bytes:
        """Read once; b"" at the end."""
        data = await self.reader.read(65536)
        self.wire_in += len(data)
        for event in self._scanner.receive_data(data):
            match event:
                case bytes():
                    self.shown += self._received(event)
                case iac.Command(command, int(option)):
                    self._answer(command, option)
                case iac.Subnegotiation(iac.TTYPE, _):
                    self.writer.write(bytes((iac.IAC, iac.SB, TTYPE, 0)) + b"syncterm" + bytes((iac.IAC, iac.SE)))
                case _:
                    pass
        return data

    def _answer(self, command: int, option: int) -> None:
        yes = option in {ECHO, SGA, TTYPE, NAWS} or (option == BINARY and self.binary)
        match command:
            case iac.DO:
                self.writer.write(bytes((iac.IAC, iac.WILL if yes else iac.WONT, option)))
                if option == NAWS:
                    self.writer.write(bytes((iac.IAC, iac.SB, NAWS, 0, 80, 0, 24, iac.IAC, iac.SE)))
            case iac.WILL:
                self.writer.write(bytes((iac.IAC, iac.DO if yes else iac.DONT, option)))
            case iac.DONT:
                self.writer.write(bytes((iac.IAC, iac.WONT, option)))
            case iac.WONT:
                self.writer.write(bytes((iac.IAC, iac.DONT, option)))
        if option == BINARY:
            self._on[command in {iac.DO, iac.DONT}] = yes and command in {iac.DO, iac.WILL}

    def _received(self, data: bytes) -> bytes:
        if self._on[False]:
            return data
        return data.replace(b"\r\0", b"\r")  # cut between the two it stays: nobody minds a NUL

    def _sent(self, data: bytes) -> bytes:
        if self._on[True]:
            return data
        return data.replace(b"\r", b"\r\0")

    async def run(self, command: Sequence[str | Path], folder: Path, *, first: bytes = b"") -> Outcome:
        """Let a program have the connection until it ends; what it leaves unread is kept."""
        ours, its = socket.socketpair()
        loop = asyncio.get_running_loop()
        began = loop.time()
        process = self.program = await asyncio.create_subprocess_exec(
            *map(str, command), stdin=its.fileno(), stdout=its.fileno(), stderr=asyncio.subprocess.PIPE, cwd=folder
        )
        its.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        self.shown = first + self.shown
        async with asyncio.TaskGroup() as tasks:
            down = tasks.create_task(self._down(writer))
            up = tasks.create_task(self._up(reader))
            try:
                async with asyncio.timeout(4 * PATIENCE):
                    _, said = await process.communicate()
            except TimeoutError:
                process.kill()
                raise
            await up
            down.cancel()
        writer.close()
        return Outcome(process.returncode or 0, loop.time() - began, said.decode(errors="replace"))

    def terminate(self) -> None:
        """End the program, if it runs. Its own `terminate` could reap it, and asyncio would not learn its status."""
        if self.program is not None and self.program.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.program.pid, signal.SIGTERM)

    async def _down(self, writer: asyncio.StreamWriter) -> None:
        while PAGE not in self.shown:
            data, self.shown = self.shown, b""
            if not await self._give(writer, data):
                return
            if not await self.read():
                if self.terminates:
                    self.terminate()
                else:
                    writer.write_eof()
                return
        at = self.shown.index(PAGE)
        data, self.shown = self.shown[:at], self.shown[at:]
        await self._give(writer, data)

    async def _give(self, writer: asyncio.StreamWriter, data: bytes) -> bool:
        try:
            writer.write(self.harm(data) if self.harm and data else data)
            await writer.drain()
        except ConnectionError:  # the program has ended: this is for the terminal again
            self.shown = data + self.shown
            return False
        return True

    async def _up(self, reader: asyncio.StreamReader) -> None:
        try:
            while data := await reader.read(65536):
                await self.say(self._sent(data))
        except ConnectionError:
            return


@asynccontextmanager
async def dialled(port: int, *, binary: bool = True) -> AsyncIterator[Bridge]:
    """Call a daemon."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Bridge(reader, writer, binary=binary)
    finally:
        writer.close()
        try:
            await writer.wait_closed()
        except ConnectionError:
            pass


async def download(bridge: Bridge, folder: Path, command: Sequence[str] = ("rz", "-q", "-b")) -> Outcome:
    """Wait for the host to send, and receive."""
    before = await bridge.until(SENDS)
    return await bridge.run(command, folder, first=before[-len(SENDS) :])


async def upload(bridge: Bridge, paths: Sequence[Path], command: Sequence[str] = ("sz", "-q", "-b")) -> Outcome:
    """Wait for the host to be ready to receive, and send."""
    before = await bridge.until(RECEIVES)
    return await bridge.run((*command, *map(str, paths)), Path(os.curdir), first=before[-len(RECEIVES) :])
