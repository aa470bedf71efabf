"""A daemon that moves files at the press of a key, and what it leaves behind."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from sttelnet.config import Config
from sttelnet.health.host import reader
from sttelnet.passwords import Cost, Passwords
from sttelnet.server import Server, server
from sttelnet.store import TransferRow
from sttelnet.transfer import line, zmodem
from tests.daemon import config_with, daemon
from tests.transfer.caller import Caller, calling

SITE = {
    "root": """menu
{% key:down("d"); key:up("u"); key:mine("m"); key:area("a"); key:hello("h"); key:logoff("q") %}""",
    "down": "{% post:Down %}",
    "up": "{% post:Up %}",
    "mine": '{% post:Up("member 1") %}',
    "area": "{% post:Area %}",
    "hello": """hello {% get:Size %}
{% key:root("r") %}""",
    "h.py": """
from sttelnet.handlers.choice import choice_of
from sttelnet.handlers.transfer import STUpload

async def Down(client):
    files = sorted((client.services.files / "out").iterdir())
    return _tell(client, await client.zmodem.send_files(files))

async def Up(client, sender=""):
    return _tell(client, await client.zmodem.receive_files(client.services.files / "in", sender=sender))

async def Area(client):
    choice_of(client).area = "public"
    await STUpload(client)
    return "root"

def Size(client):
    return "{}x{}".format(*client.terminal.size)

def _tell(client, report):
    for line in report.lines():
        client.notice(line)
    client.notice("That was all.")
    return "root"
""",
}
ALL = "That was all."


@dataclass
class House:
    """A daemon and its folders."""

    server: Server
    folder: Path

    @property
    def outgoing(self) -> Path:
        return self.folder / "files" / "out"

    @property
    def incoming(self) -> Path:
        return self.folder / "files" / "in"

    @property
    def area(self) -> Path:
        return self.folder / "areas" / "public"

    def put(self, **files: bytes) -> None:
        """Lay files out; their names end in .bin."""
        for name, content in files.items():
            (self.outgoing / f"{name}.bin").write_bytes(content)

    def arrived(self) -> dict[str, bytes]:
        """Return the files received so far; the halves of others are not among them."""
        return {path.name: path.read_bytes() for path in self.incoming.iterdir() if not path.name.startswith(".")}

    def halves(self) -> list[Path]:
        """Return what is kept of files that were cut off."""
        return sorted(self.incoming.glob(".*.part"))

    @asynccontextmanager
    async def caller(self, *, binary: bool = True) -> AsyncIterator[Caller]:
        """Call, and wait for the menu."""
        async with calling(self.server.ports[0], binary=binary) as caller:
            await caller.sees("menu")
            yield caller

    async def rows(self) -> list[TransferRow]:
        """Return what the database says of transfers, oldest first."""
        return (await self.server.services.store.transfers.latest(1000))[::-1]

    async def results(self) -> list[tuple[str, str, str]]:
        """Return direction, name and result of every transfer, oldest first."""
        return [(row.direction, row.name, row.result) for row in await self.rows()]

    async def empty(self) -> None:
        """Wait until every client has left, and see that they left nothing open."""
        await until(lambda: not len(self.server.hub))
        await until(lambda: not disk_threads())
        await until(lambda: not held_open(self.folder / "files"))


def hasten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits a test is not about."""
    monkeypatch.setattr(zmodem, "LEAVING", 0.01)
    monkeypatch.setattr(line, "QUIET", 0.1)
    monkeypatch.setattr(reader, "PRIME_SECONDS", 0.01)
    monkeypatch.setattr(server, "Passwords", partial(Passwords, Cost(memory=8, passes=1)))


async def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


def disk_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "transfer"]


def held_open(folder: Path) -> list[str]:
    """Return what this process has open below a folder, where the system tells."""
    if sys.platform != "linux":
        return []
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:
            continue
    return [path for path in found if Path(path).is_relative_to(folder.resolve())]


def with_files(**files: object) -> Config:
    """Return a config with some keys of [files] changed; the disk of the test may be nearly full."""
    return config_with(files={"disk_reserve": 0, **files})


@asynccontextmanager
async def house(
    folder: Path, config: Config | None = None, scripts: Mapping[str, str] | None = None
) -> AsyncIterator[House]:
    """Run a daemon; where the block ends nothing of its transfers may be left."""
    for name in ("out", "in"):
        (folder / "files" / name).mkdir(parents=True, exist_ok=True)
    async with daemon(folder, scripts or SITE, config or with_files()) as server:
        yield House(server, folder)
    await until(lambda: not disk_threads())
    await until(lambda: not held_open(folder / "files"))
