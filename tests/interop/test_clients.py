"""Real clients against a real daemon: inetutils telnet and PuTTY's plink in a tmux window, nc through pipes."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.server import Server
from tests.daemon import PATIENCE, config_with, daemon
from tests.required import missing

pytestmark = pytest.mark.interop

SHIPPED = Path(__file__).parents[2] / "scripts"


def need(*programs: str) -> None:
    """Skip where a peer is not installed, unless the machine is said to have them all."""
    absent = [name for name in programs if shutil.which(name) is None]
    if absent:
        missing(f"{', '.join(absent)} is not installed")


async def run(*command: str) -> str:
    """Run a short program; return what it printed."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(PATIENCE):
        output, _ = await process.communicate()
    return output.decode("utf-8", "replace")


class Window:
    """A tmux window of its own server, with a program in it."""

    def __init__(self, socket: str) -> None:
        self._socket = socket

    async def tmux(self, *command: str) -> str:
        """Give tmux one command."""
        return await run("tmux", "-L", self._socket, *command)

    async def type(self, *keys: str) -> None:
        """Type keys, by tmux's names for them."""
        await self.tmux("send-keys", "-t", "0", *keys)

    async def shown(self) -> str:
        """Return what stands in the window."""
        return (await self.tmux("capture-pane", "-t", "0", "-p")).rstrip()

    async def until(self, wanted: str | Callable[[str], bool]) -> str:
        """Wait until the window shows something; return all it shows."""
        holds = wanted if callable(wanted) else lambda screen: wanted in screen
        screen = ""
        for _ in range(int(PATIENCE / 0.05)):
            screen = await self.shown()
            if holds(screen):
                return screen
            await asyncio.sleep(0.05)
        raise AssertionError(f"no {wanted!r} in the window:\n{screen}")


@asynccontextmanager
async def window(command: str, term: str = "xterm-256color") -> AsyncIterator[Window]:
    """Run a command in a tmux window of 80 x 24."""
    name = f"sttelnet-{uuid.uuid4().hex[:8]}"
    shown = Window(name)
    await shown.tmux(
        "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", f"env TERM={term} LC_ALL=C.UTF-8 {command}"
    )
    try:
        yield shown
    finally:
        await shown.tmux("kill-server")


def shipped() -> dict[str, str]:
    """Return the scripts that ship."""
    return {path.relative_to(SHIPPED).with_suffix("").as_posix(): path.read_text() for path in SHIPPED.rglob("*.txt")}


CLIENTS = {"telnet": "telnet 127.0.0.1 {}", "plink": "plink -telnet -P {} 127.0.0.1"}


@pytest.mark.parametrize("client", CLIENTS)
async def test_an_operator_registers_logs_in_browses_and_leaves(client: str, tmp_path: Path) -> None:
    need("tmux", client)
    config = config_with(members={"registration": "open"})
    async with daemon(tmp_path, shipped(), config) as server:
        async with window(CLIENTS[client].format(server.ports[0])) as shown:
            await visit(shown, server)


async def visit(shown: Window, server: Server) -> None:
    """Walk through the shipped pages."""
    screen = await shown.until("\u2514")
    assert "\u250c" in screen
    await shown.type("h")
    await shown.until("HEALTH")
    await asyncio.sleep(0.1)
    await shown.type("q")
    await shown.until("Log in")
    await shown.type("n")
    await shown.until("Name")
    await asyncio.sleep(0.1)
    await shown.type("kim", "Enter")
    await asyncio.sleep(0.2)
    await shown.type("correct horse", "Enter")
    await asyncio.sleep(0.2)
    assert "correct horse" not in await shown.shown()
    await shown.type("correct horse", "Enter")
    await shown.until(lambda screen: [p.name for p in server.hub.presences()] == ["kim"])
    await shown.type("/who", "Enter")
    await shown.until("Enter returns")
    await shown.type("Enter")
    await shown.until("\u2514")
    await shown.type("/charset ascii", "Enter")
    await shown.until(lambda screen: "now ascii" in screen and "+--" in screen)
    await shown.tmux("resize-window", "-t", "0", "-x", "100", "-y", "30")
    await asyncio.sleep(0.3)
    assert server.hub.presences()[0].size == (100, 30)
    await shown.type("/quit", "Enter")
    await shown.until(lambda screen: not server.hub.presences())


@pytest.mark.parametrize("client", CLIENTS)
async def test_ctrl_c_and_backspace_do_what_they_should(client: str, tmp_path: Path) -> None:
    need("tmux", client)
    scripts = {"root": "go> {% set:Take %}", "h.py": "def Take(c, d):\n    c.notice(f'<{d}>')\n    return 'refresh'\n"}
    async with daemon(tmp_path, scripts) as server, window(CLIENTS[client].format(server.ports[0])) as shown:
        await shown.until("go>")
        await shown.type("abx", "BSpace", "c", "Left", "Left", "X", "Enter")
        await shown.until("<aXbc>")
        await shown.type("rubbish", "C-c")
        await shown.type("good", "Enter")
        await shown.until("<good>")


async def test_nc_reads_plain_lines_and_leaves_by_end_of_input(tmp_path: Path) -> None:
    need("nc")
    async with daemon(tmp_path, shipped()) as server:
        process = await asyncio.create_subprocess_exec(
            "nc", "-N", "127.0.0.1", str(server.ports[0]), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(PATIENCE):
            output, _ = await process.communicate(b"h\nq\n/who\n\n/quit\n")
        text = output.decode("ascii", "replace")
        assert "\x1b" not in text
        assert "HEALTH" in text.upper()
        assert "DOING" in text


async def test_a_half_closed_nc_gets_its_page_all_the_same(tmp_path: Path) -> None:
    need("nc")
    async with daemon(tmp_path, {"root": "the root page\n"}) as server:
        process = await asyncio.create_subprocess_exec(
            "nc", "-N", "127.0.0.1", str(server.ports[0]), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(PATIENCE):
            output, _ = await process.communicate(b"")
        assert b"the root page" in output
