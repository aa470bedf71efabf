"""The command shell behind real clients: full-screen programs, a window that changes, Ctrl-C, a client that is killed."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from tests.interop.test_clients import CLIENTS, Window, need, window
from tests.shell_site import alive, eventually, shells

pytestmark = [pytest.mark.interop, pytest.mark.parametrize("client", CLIENTS)]

if sys.platform == "win32":
    pytest.skip("a pty is POSIX's", allow_module_level=True)


async def enter(shown: Window) -> None:
    """Log in as ada and open the shell."""
    await shown.until("GUEST?")
    await shown.type("l")
    await shown.until("name:")
    await shown.type("ada", "Enter")
    await shown.until(lambda screen: "ada?" in screen)
    await shown.type("x")
    await shown.until("$>")


async def test_full_screen_programs_work_and_the_menu_comes_again(client: str, tmp_path: Path) -> None:
    need("tmux", client, "vi", "top")
    async with shells(tmp_path) as server, window(CLIENTS[client].format(server.ports[0])) as shown:
        await enter(shown)
        await shown.type("vi letter.txt", "Enter")
        await shown.until("~")
        await shown.type("i", "Grüße aus vi", "Escape")
        await shown.type(":wq", "Enter")
        await shown.until(lambda screen: "$>" in screen.splitlines()[-1])
        assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "Grüße aus vi\n"

        await shown.type("top", "Enter")
        await shown.until("load average")
        await shown.tmux("resize-window", "-t", "0", "-x", "110", "-y", "40")
        await shown.until(lambda screen: len(screen.splitlines()) > 30 and "load average" in screen)
        await shown.type("q")
        await shown.until(lambda screen: "$>" in screen.splitlines()[-1])  # top drops what is typed before it has ended
        await shown.type("clear", "Enter")
        await shown.until(lambda screen: screen.startswith("$>"))

        await shown.type("yes", "Enter")
        await shown.until("y\ny\ny\ny")
        await shown.type("C-c")
        await shown.type("echo o''ver", "Enter")
        await shown.until(lambda screen: "over\n" in screen)
        await shown.type("exit", "Enter")
        assert "the root page" in await shown.until("The shell has ended: exit status 0")


async def test_a_client_that_is_killed_takes_all_it_started_along(client: str, tmp_path: Path) -> None:
    need("tmux", client)
    async with shells(tmp_path) as server:
        async with window(CLIENTS[client].format(server.ports[0])) as shown:
            await enter(shown)
            await shown.type("sleep 621 & (trap '' HUP; sleep 622) & sleep 623", "Enter")
            this = psutil.Process()
            await eventually(lambda: len(sleepers(this)) == 3)
            family = sleepers(this)
        await eventually(lambda: not any(map(alive, family)))
        await eventually(lambda: not list(server.hub))


def sleepers(this: psutil.Process) -> list[psutil.Process]:
    return [child for child in this.children(recursive=True) if child.name() == "sleep"]
