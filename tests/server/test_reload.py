"""Edits while the daemon runs: good ones go live, broken ones never do."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from sttelnet.role import Role
from tests.daemon import Peer, announced_by, config_with, daemon, dial

LIVE = config_with(scripts={"poll_interval": 0.05})


async def test_an_edited_page_changes_on_screen(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": "before\n"}, LIVE) as server, dial(server) as peer:
        await peer.until("before")
        (tmp_path / "scripts/root.txt").write_text("after\n")
        await peer.until("after")


async def test_a_broken_edit_never_goes_live_and_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with daemon(tmp_path, {"root": 'good\n{% key:refresh("r") %}'}, LIVE) as server, dial(server) as peer:
        await peer.until("good")
        (tmp_path / "scripts/root.txt").write_text("bad {% get:Nobody %}\n")
        await until_logged(caplog, 'scripts/root.txt:1:12: unknown handler "Nobody"')
        await peer.send("r")
        await peer.until("good")
        assert server.site.tree.problems
        (tmp_path / "scripts/root.txt").write_text("mended\n")
        await peer.until("mended")
        assert not server.site.tree.problems


async def until_logged(caplog: pytest.LogCaptureFixture, text: str) -> None:
    import asyncio

    async with asyncio.timeout(10):
        while text not in caplog.text:
            await asyncio.sleep(0.02)


async def test_an_edit_waits_until_the_line_being_typed_is_done(tmp_path: Path) -> None:
    scripts = {"root": "before> {% set:Take %}", "h.py": "def Take(c, d):\n    c.notice(f'<{d}>')\n"}
    async with daemon(tmp_path, scripts, LIVE) as server, dial(server) as peer:
        await peer.until("before> ")
        await peer.send("half")
        (tmp_path / "scripts/root.txt").write_text("after> {% set:Take %}")
        assert "after" not in await peer.quiet(0.5)
        await peer.line(" a line")
        await peer.until("after> ")


async def test_a_new_page_and_a_removed_one_are_noticed(tmp_path: Path) -> None:
    scripts = {"root": 'root\n{% key:two("2") %}', "two": "two\n"}
    async with daemon(tmp_path, scripts, LIVE) as server, dial(server) as peer:
        await peer.until("root")
        (tmp_path / "scripts/three.txt").write_text("three\n")
        (tmp_path / "scripts/root.txt").write_text('new root\n{% key:three("3") %}')
        (tmp_path / "scripts/two.txt").unlink()
        await peer.until("new root")
        await peer.send("3")
        await peer.until("three")
        assert server.site.tree.get("two") is None


async def test_a_clients_page_that_is_removed_stays_until_they_move(tmp_path: Path) -> None:
    scripts = {"root": 'root\n{% key:two("2") %}', "two": 'two\n{% key:back("b") %}'}
    async with daemon(tmp_path, scripts, LIVE) as server, dial(server) as peer:
        await peer.until("root")
        await peer.send("2")
        await peer.until("two")
        (tmp_path / "scripts/root.txt").write_text("root alone\n")
        (tmp_path / "scripts/two.txt").unlink()
        await _gone(server, "two")
        await peer.send("b")
        await peer.until("root alone")


async def _gone(server: object, keyword: str) -> None:
    import asyncio

    async with asyncio.timeout(10):
        while server.site.tree.get(keyword) is not None:  # type: ignore[attr-defined]
            await asyncio.sleep(0.02)


async def test_an_edited_handler_goes_live(tmp_path: Path) -> None:
    scripts = {"root": '{% get:Word %}\n{% key:refresh("r") %}', "h.py": "def Word(client):\n    return 'one'\n"}
    async with daemon(tmp_path, scripts, LIVE) as server, dial(server) as peer:
        await peer.until("one")
        (tmp_path / "scripts/h.py").write_text("def Word(client):\n    return 'two'\n")
        await _shows(peer, "two")


async def _shows(peer: Peer, text: str) -> None:
    for _ in range(100):
        await peer.send("r")
        if text in await peer.quiet(0.05):
            return
    raise AssertionError(peer.shown())


async def test_a_handler_module_that_fails_or_breaks_a_page_is_refused_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scripts = {
        "root": '{% get:Word %}\n{% key:refresh("r") %}',
        "h.py": "def Word(client):\n    return 'one'\n",
        "lib.py": "WORD = 1\n",
    }
    async with daemon(tmp_path, scripts, LIVE) as server, dial(server) as peer:
        await peer.until("one")
        (tmp_path / "scripts/h.py").write_text("def Word(client):\n    return 'two'\n\n1/0\n")
        await until_logged(caplog, "scripts/h.py:4:1: cannot load: ZeroDivisionError")
        (tmp_path / "scripts/h.py").write_text("def Other(client):\n    return 'two'\n")
        await until_logged(caplog, 'unknown handler "Word"')
        await peer.quiet()
        await peer.send("r")
        await peer.until("one")
        (tmp_path / "scripts/h.py").write_text(
            "from . import lib\n\ndef Word(client):\n    return f'three {lib.WORD}'\n"
        )
        await _shows(peer, "three 1")


async def test_a_start_without_any_admin_says_so(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": "root\n"}) as server:
        await server.members.set_role("sysop", Role.MEMBER)
    lines = await announced_by(tmp_path, {"root": "root\n"})
    assert any("no member has that role" in line for line in lines)


async def test_a_shell_over_open_lines_is_warned_of_at_the_start_and_at_a_reload(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = config_with(shell={"enabled": True, "insecure": True})
    async with daemon(tmp_path, {"root": "r"}, config) as server:
        assert caplog.text.count("shell.insecure: ") == 1
        await server.reload()
        assert caplog.text.count("shell.insecure: ") == 2


async def test_a_shell_over_secure_lines_only_is_not_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with daemon(tmp_path, {"root": "r"}, config_with(shell={"enabled": True})):
        assert "shell" not in caplog.text
