"""A daemon with the command shell enabled, and an admin who has logged in."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from sttelnet.charset import Charset
from sttelnet.role import Role
from sttelnet.server import Server
from tests.daemon import ALL_OPTIONS, PATIENCE, Peer, config_with, daemon, dial

MODULE = """\
async def Enter(client, data):
    await client.log_in(data, "correct horse")
    return "root"
"""
SITE = {
    "root": 'the root page\n{% get:STMe %}\n{% page:Prompt("? "); key:shell("x"); key:login("l") %}',
    "login": '{% page:Prompt("name: "); set:Enter %}',
    "shell": "{% post:STShell %}",
    "h.py": MODULE,
}
WORD = "correct horse"
SHELL = ("/bin/sh",)
PROMPT = "$> "


@asynccontextmanager
async def shells(folder: Path, site: dict[str, str] | None = None, **keys: object) -> AsyncIterator[Server]:
    """Serve a site whose shell is /bin/sh with the prompt PROMPT, in `folder`; `keys` are those of [shell]."""
    shell = {
        "enabled": True,
        "command": SHELL,
        "directory": str(folder),
        "environment": (f"PS1={PROMPT}", "HISTFILE=/dev/null"),
        **keys,
    }
    async with daemon(folder, site or SITE, config_with(shell=shell)) as server:
        for name, role in (("ada", Role.ADMIN), ("mia", Role.MEMBER)):
            await server.members.register(name, WORD, "127.0.0.1")
            await server.members.set_role(name, role)
        yield server


async def log_in(peer: Peer, name: str = "ada") -> None:
    """Become a member."""
    await peer.until("? ")
    await peer.send("l")
    await peer.until("name: ")
    await peer.line(name)
    await peer.until("? ")


@asynccontextmanager
async def in_shell(
    server: Server,
    terminal_type: str = "xterm",
    agrees: frozenset[int] = ALL_OPTIONS,
    size: tuple[int, int] = (80, 24),
    charset: Charset = Charset.UTF_8,
) -> AsyncIterator[Peer]:
    """Dial as ada and open the shell, up to its first prompt."""
    async with dial(server, terminal_type, agrees, size, charset) as peer:
        await log_in(peer)
        await open_shell(peer)
        yield peer


async def open_shell(peer: Peer) -> None:
    """Open the shell from the root page."""
    await peer.send("x" if peer.terminal_type else "x\n")
    await peer.until(PROMPT)


async def command(peer: Peer, line: str) -> str:
    """Run a command; return what came up to the next prompt, the echo among it."""
    await peer.line(line)
    return await peer.until(PROMPT)


async def pid_of(peer: Peer) -> psutil.Process:
    """Return the shell's process."""
    told = await command(peer, "echo pid=$$.")
    return psutil.Process(int(told.rpartition("pid=")[2].partition(".")[0]))


async def eventually(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


def alive(process: psutil.Process) -> bool:
    """Whether a process runs: one that has ended and waits to be noticed does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def own_memory() -> int:
    """Return the bytes this process has in memory."""
    return int(psutil.Process(os.getpid()).memory_info().rss)
