"""A real daemon on a free loopback port, and a telnet client to call it with."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pyte

from sttelnet.charset import Charset
from sttelnet.config import Config, HealthConfig, Thresholds
from sttelnet.server import Plan, Server

PATIENCE = 10.0  # seconds until a wait counts as a hang

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, ECHO, SGA, TTYPE, NAWS = 0, 1, 3, 24, 31


_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def write_site(folder: Path, scripts: Mapping[str, str]) -> Path:
    """Write scripts (and modules, named with their suffix) below folder/scripts; return that folder."""
    tree = folder / "scripts"
    tree.mkdir(exist_ok=True)
    for name, text in scripts.items():
        path = tree / (name if "." in name else f"{name}.txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return tree


AT_ANY_LOAD = Thresholds(warning=100, critical=100)


def at_any_load(config: HealthConfig) -> HealthConfig:
    """Return it for a host that is all right at any load: it may be the tests that make it."""
    return msgspec.structs.replace(config, cpu=AT_ANY_LOAD, memory=AT_ANY_LOAD, disk=AT_ANY_LOAD)


def config_with(**sections: Mapping[str, object]) -> Config:
    """Return the default config with some keys of some sections changed, listening on a free port."""
    changes = {"server": {"port": 0, "listen": ("127.0.0.1",), **sections.pop("server", {})}, **sections}
    config = Config(health=at_any_load(HealthConfig()))
    replaced = {
        name: msgspec.structs.replace(getattr(config, name), **{str(k): v for k, v in keys.items()})
        for name, keys in changes.items()
    }
    return msgspec.structs.replace(config, **replaced)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@asynccontextmanager
async def daemon(
    folder: Path,
    scripts: Mapping[str, str],
    config: Config | None = None,
    announce: Callable[[str], None] | None = None,
) -> AsyncIterator[Server]:
    """Serve scripts until the block ends; the daemon is drained and its end awaited."""
    config = config or config_with()
    (folder / "files").mkdir(exist_ok=True)
    plan = Plan(
        config=config,
        scripts=write_site(folder, scripts),
        files=folder / "files",
        data=folder,
        home=folder,
        config_path=None,
        announce=announce or (lambda line: None),
        config_reload=lambda: config,
    )
    server = Server(plan)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(server.run())
        started = tasks.create_task(server.started.wait())
        await asyncio.wait({running, started}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            started.cancel()
            running.cancel()
        try:
            yield server
        finally:
            server.stop()
            server.stop()


async def announced_by(folder: Path, scripts: Mapping[str, str]) -> list[str]:
    """Return what a daemon says at its start."""
    lines: list[str] = []
    async with daemon(folder, scripts, announce=lines.append):
        return lines


class Peer:
    """A telnet client: answers the options it is told to, and keeps a screen of what it is sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.text = ""
        self.raw = b""
        self.agrees: frozenset[int] = frozenset()
        self.terminal_type = b""
        self.size = (80, 24)
        self.charset = "utf-8"
        self._held = b""
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.Stream(self.screen)

    async def send(self, data: bytes | str) -> None:
        """Send bytes as they are."""
        self.writer.write(data.encode(self.charset) if isinstance(data, str) else data)
        await self.writer.drain()

    async def line(self, text: str) -> None:
        """Send a line as a client in character mode does."""
        await self.send(text + "\r\0")

    async def until(self, wanted: str | Callable[[Peer], bool]) -> str:
        """Read until the text received since the last call holds what is wanted; return that text."""
        before, holds = self.text, self._test(wanted)
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds():
                    data = await self.reader.read(65536)
                    if not data:
                        raise AssertionError(f"hung up before {wanted!r}; got {self.text!r}")
                    self._take(data)
        except TimeoutError:
            raise AssertionError(f"no {wanted!r} in {self.text!r}; screen:\n{self.shown()}") from None
        found, self.text = self.text, ""
        del before
        return found

    def _test(self, wanted: str | Callable[[Peer], bool]) -> Callable[[], bool]:
        if callable(wanted):
            return lambda: wanted(self)
        return lambda: wanted in self.text or wanted in _COLOURS.sub("", self.text)

    async def rest(self) -> str:
        """Read until the daemon hangs up; return the text."""
        async with asyncio.timeout(PATIENCE):
            while data := await self.reader.read(65536):
                self._take(data)
        found, self.text = self.text, ""
        return found

    async def quiet(self, seconds: float = 0.15) -> str:
        """Read until nothing has come for a moment; return the text."""
        try:
            while True:
                async with asyncio.timeout(seconds):
                    data = await self.reader.read(65536)
                if not data:
                    break
                self._take(data)
        except TimeoutError:
            pass
        found, self.text = self.text, ""
        return found

    def shown(self) -> str:
        """Return the screen as text, blank rows at the end dropped."""
        return "\n".join(row.rstrip() for row in self.screen.display).rstrip()

    async def resize(self, columns: int, rows: int) -> None:
        """Change the window and say so."""
        self.size = (columns, rows)
        self.screen.resize(rows, columns)
        await self.send(self._naws())

    def _naws(self) -> bytes:
        columns, rows = self.size
        payload = columns.to_bytes(2, "big") + rows.to_bytes(2, "big")
        return bytes((IAC, SB, NAWS)) + payload.replace(b"\xff", b"\xff\xff") + bytes((IAC, SE))

    def _take(self, data: bytes) -> None:
        self.raw += data
        data, self._held = self._held + data, b""
        out = bytearray()
        at = 0
        while at < len(data):
            if data[at] != IAC:
                out.append(data[at])
                at += 1
                continue
            if at + 1 >= len(data):
                break
            command = data[at + 1]
            if command == IAC:
                out.append(IAC)
                at += 2
            elif command == SB:
                end = data.find(bytes((IAC, SE)), at)
                if end < 0:
                    break
                if data[at + 2] == TTYPE:
                    self.writer.write(bytes((IAC, SB, TTYPE, 0)) + self.terminal_type + bytes((IAC, SE)))
                at = end + 2
            elif command >= WILL:
                if at + 2 >= len(data):
                    break
                self._answer(command, data[at + 2])
                at += 3
            else:
                at += 2
        self._held = data[at:]
        text = bytes(out).replace(b"\0", b"").decode(self.charset, "replace")
        self.text += text
        self._stream.feed(text)

    def _answer(self, command: int, option: int) -> None:
        if not self.agrees and not self.terminal_type:
            return  # a client that knows no telnet, such as nc
        yes = option in self.agrees
        if command == DO:
            self.writer.write(bytes((IAC, WILL if yes else WONT, option)))
            if yes and option == NAWS:
                self.writer.write(self._naws())
        elif command == WILL:
            self.writer.write(bytes((IAC, DO if yes else DONT, option)))


ALL_OPTIONS = frozenset({BINARY, ECHO, SGA, TTYPE, NAWS})
LINE_MODE = frozenset({TTYPE, NAWS})


@asynccontextmanager
async def dial(
    server: Server,
    terminal_type: str = "xterm-256color",
    agrees: frozenset[int] = ALL_OPTIONS,
    size: tuple[int, int] = (80, 24),
    charset: Charset = Charset.UTF_8,
) -> AsyncIterator[Peer]:
    """Call the daemon; with no terminal type and no options the client is as silent as nc."""
    async with call(server.ports[0], terminal_type, agrees, size, charset) as peer:
        yield peer


@asynccontextmanager
async def call(
    port: int,
    terminal_type: str = "xterm-256color",
    agrees: frozenset[int] = ALL_OPTIONS,
    size: tuple[int, int] = (80, 24),
    charset: Charset = Charset.UTF_8,
    *,
    tls: ssl.SSLContext | None = None,
    source: str | None = None,
) -> AsyncIterator[Peer]:
    """Call whoever listens on a port of this machine, over TLS where there is a context, from that address of it."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1",
        port,
        ssl=tls,
        server_hostname="localhost" if tls else None,
        local_addr=(source, 0) if source else None,
    )
    peer = Peer(reader, writer)
    peer.agrees, peer.terminal_type, peer.size = agrees, terminal_type.encode(), size
    peer.charset = charset.value
    peer.screen.resize(size[1], size[0])
    try:
        yield peer
    finally:
        writer.close()
        try:
            await writer.wait_closed()
        except OSError:
            pass  # the daemon was first
