"""The shipped pages of the file areas in a daemon, and the way through them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from sttelnet.config import AreaConfig
from sttelnet.role import Role
from sttelnet.server import Server
from tests.bridge import Bridge
from tests.daemon import config_with, daemon

SCRIPTS = Path(__file__).parents[1] / "scripts"
DATE = 1_234_526_400  # noon of 2009-02-13 in UTC: that day in nearly every time zone
PASSWORD = "correct horse"
PUBLIC = AreaConfig(directory="areas/public", title="Public files")
OPEN = AreaConfig(directory="areas/public", title="Public files", download="guest", upload="guest")


def shipped() -> dict[str, str]:
    """Return the scripts that ship."""
    return {
        path.relative_to(SCRIPTS).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in SCRIPTS.rglob("*.txt")
    }


@asynccontextmanager
async def serving(folder: Path, areas: Mapping[str, AreaConfig], **limits: object) -> AsyncIterator[Server]:
    """Serve the shipped pages over some areas, with these keys of [files]."""
    config = config_with(files={"areas": areas, "disk_reserve": 0, **limits})
    async with daemon(folder, shipped(), config) as server:
        yield server


def area_folder(server: Server, area: str = "public") -> Path:
    """Return the folder of an area."""
    found = server.areas.find(area)
    assert found is not None
    return found.directory


def written(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files of the date DATE into a folder, which is made if need be; return their paths by name."""
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, (DATE, DATE))
    return sorted(folder / name for name in files)


async def become_member(bridge: Bridge, server: Server, name: str = "kim") -> None:
    """Log in on the first page, as a member who is added if need be."""
    added = await server.members.add(name, Role.MEMBER)
    if isinstance(added, tuple):
        await server.members.change_password(added[0].id, None, PASSWORD)
    await log_in(bridge, name)


async def log_in(bridge: Bridge, name: str) -> None:
    """Log in on the first page, as a member there is."""
    await bridge.until(b"Your choice: ")
    await bridge.say(b"l")
    await bridge.until(b"Name: ")
    await bridge.line(name)
    await bridge.until(b"Password: ")
    await bridge.line(PASSWORD)


async def go_to(bridge: Bridge, area: str) -> None:
    """Open an area from the first page."""
    await bridge.until(b"Your choice: ")
    await bridge.say(b"f")
    await bridge.until(b"Area: ")
    await bridge.line(area)
    await bridge.until(b"\r\n> ")


async def mark(bridge: Bridge, which: str) -> str:
    """Mark files of the list; return the page that shows them."""
    await bridge.say(b"m")
    await bridge.until(b"Mark: ")
    await bridge.line(which)
    return (await bridge.until(b"\r\n> ")).decode("cp437")
