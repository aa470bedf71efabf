"""A client in a command shell: of the daemon, or of a pty with nothing but a relay before it.

python -m tests.bench.shells PORT SECONDS      runs `yes` there and reads it, for so long
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from tests.bench.load import PATIENCE
from tests.bench.loops import ASYNCIO
from tests.bench.process import Subject, python
from tests.bench.subjects import OURS, STREAMS

SHELL: Final = "/bin/sh"
READY: Final = b"READY> "  # the shell's prompt
_SETTLED: Final = 0.3  # seconds for the first page, and for the one in the terminal's own manner
_READ_SIZE: Final = 256 * 1024
_IAC, _SB, _SE, _WILL, _DO, _TTYPE = 255, 250, 240, 251, 253, 24
# Said without being asked, as many clients do: a terminal that speaks UTF-8, keys one by one.
_TERMINAL: Final = (
    bytes((_IAC, _WILL, _TTYPE, _IAC, _DO, 1, _IAC, _DO, 3))
    + bytes((_IAC, _SB, _TTYPE, 0))
    + b"xterm"
    + bytes((_IAC, _SE))
)
_CONFIG: Final = f"""\
[server]
listen = ["127.0.0.1"]
port = 0

[shell]
enabled = true
role = "guest"
command = ["{SHELL}"]
environment = ["PS1={READY.decode()}", "PS2=", "ENV=", "HISTFILE=/dev/null"]
"""
_PAGES: Final = {
    "root": '{% page:Prompt("> "); key:shell("s") %}\nbench\n',
    "shell": "{% post:STShell %}\n",
}


def shell_site(folder: Path) -> Subject:
    """Return a daemon in which everybody has a shell."""
    (scripts := folder / "shells" / "scripts").mkdir(parents=True)
    for name, text in _PAGES.items():
        (scripts / f"{name}.txt").write_text(text, encoding="utf-8")
    (config := folder / "shells" / "config.toml").write_text(_CONFIG, encoding="utf-8")
    return Subject(OURS, ASYNCIO, python("-m", "sttelnet", "serve", "--config", str(config)))


def relay() -> Subject:
    """Return a server that joins each connection to a shell on a pty, and does nothing else."""
    return Subject(STREAMS, ASYNCIO, python("-m", "tests.bench.servers", "pty-relay", ASYNCIO))


class Caller:
    """One client in a shell."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._kept = b""

    async def until(self, wanted: bytes) -> int:
        """Read until this has come; return how many bytes have."""
        total = 0
        async with asyncio.timeout(PATIENCE):
            while wanted not in self._kept:
                data = await self.reader.read(_READ_SIZE)
                if not data:
                    message = f"hung up before {wanted!r}"
                    raise OSError(message)
                total += len(data)
                self._kept = self._kept[-len(wanted) :] + data
        self._kept = self._kept.partition(wanted)[2]
        return total

    async def read_for(self, seconds: float) -> None:
        """Read what comes, and forget it."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until and await self.reader.read(_READ_SIZE):
            pass

    async def type(self, line: bytes) -> None:
        """Type a line."""
        self.writer.write(line + b"\r\0")
        await self.writer.drain()

    async def flood(self, path: Path) -> float:
        """Let the shell show a file; return the bytes a second."""
        began = time.perf_counter()
        await self.type(b"cat " + str(path).encode() + b"; echo d''one")
        total = await self.until(b"done")
        await self.until(READY)
        return total / (time.perf_counter() - began)

    async def echo(self, keys: int, pause: float) -> list[float]:
        """Press a key again and again; return the seconds to each echo."""
        took: list[float] = []
        for number in range(keys):
            key = b"abcdefghij"[number % 10 : number % 10 + 1]
            began = time.perf_counter()
            self.writer.write(key)
            await self.until(key)
            took.append(time.perf_counter() - began)
            await asyncio.sleep(pause)
        self.writer.write(b"\x15")
        return took


@contextlib.asynccontextmanager
async def in_shell(subject: Subject, port: int) -> AsyncIterator[Caller]:
    """Dial, and open the shell up to its prompt."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2 * _READ_SIZE)
    try:
        caller = Caller(reader, writer)
        if subject.name == OURS:
            writer.write(_TERMINAL)
            await asyncio.sleep(_SETTLED)
            writer.write(b"s")
        await caller.until(READY)
        yield caller
    finally:
        writer.transport.abort()


async def _read_yes(port: int, seconds: float) -> None:
    async with in_shell(Subject(OURS, ASYNCIO, ()), port) as caller:
        await caller.type(b"yes")
        await caller.read_for(seconds)


if __name__ == "__main__":
    asyncio.run(_read_yes(int(sys.argv[1]), float(sys.argv[2])))
