"""cmd.exe on a client's line: a daemon, its pages, its shell."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from sttelnet.charset import Charset
from tests.daemon import dial
from tests.shell_site import eventually, log_in, shells

if sys.platform != "win32":
    pytest.skip("for Windows", allow_module_level=True)

CMD = ("cmd.exe", "/d", "/k", "prompt ready$G")


async def test_commands_run_in_the_client_s_window_and_the_page_comes_again(tmp_path: Path) -> None:
    async with shells(tmp_path, command=CMD) as server, dial(server) as peer:
        await log_in(peer)
        await peer.send("x")
        await peer.until("ready>")
        await peer.line("echo hi-%OS%")
        await peer.until("hi-Windows_NT")
        await peer.send("exit 5\r\n")
        await peer.until("The shell has ended: exit status 5")
        assert "the root page" in peer.shown()


async def test_a_cp437_client_types_and_reads_accents(tmp_path: Path) -> None:
    async with shells(tmp_path, command=CMD) as server, dial(server, "syncterm", charset=Charset.CP437) as peer:
        await log_in(peer)
        await peer.send("x")
        await peer.until("ready>")
        await peer.line("echo <é>")
        await peer.until("<é>\r")


async def test_a_client_that_hangs_up_takes_all_it_started_along(tmp_path: Path) -> None:
    this = psutil.Process()
    async with shells(tmp_path, command=CMD) as server:
        before = set(this.children(recursive=True))
        async with dial(server) as peer:
            await log_in(peer)
            await peer.send("x")
            await peer.until("ready>")
            await peer.line("ping -n 600 127.0.0.1")
            await eventually(lambda: len(set(this.children(recursive=True)) - before) >= 2)
            family = set(this.children(recursive=True)) - before
        await eventually(lambda: not any(process.is_running() for process in family))
        await eventually(lambda: not list(server.hub))
