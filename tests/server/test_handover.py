"""Bans handed over to a program, which writes down what it is told."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sttelnet.administration import CONSOLE, Actor, Ban, Done
from sttelnet.server import handover
from sttelnet.server.handover import Handover
from tests.daemon import config_with, daemon

BY = Actor(CONSOLE)
DOCS = Path(__file__).parents[2] / "docs"
WRITER = """
import sys, pathlib
with open("told.txt", "a") as told:
    print(*sys.argv[1:], file=told)
sys.exit(3 if pathlib.Path("broken").exists() else 0)
"""


class Firewall:
    """A program in a folder, and what it was told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "firewall.py").write_text(WRITER, encoding="utf-8")
        self.command: tuple[str, ...] = (sys.executable, "firewall.py")
        self.bans: list[Ban] = []
        self.handover = Handover(lambda: self.bans, lambda: self.command, folder, lambda: 1000.0)

    def ban(self, address: str, until: float) -> None:
        self.bans = [*(ban for ban in self.bans if ban.address != address), Ban(address, until, "kim", "")]

    def lift(self, address: str) -> None:
        self.bans = [ban for ban in self.bans if ban.address != address]

    async def told(self) -> list[str]:
        """Return what it was told in this round."""
        await self.handover.look()
        path = self.folder / "told.txt"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines


@pytest.fixture
def firewall(tmp_path: Path) -> Firewall:
    return Firewall(tmp_path)


async def test_each_ban_and_its_end_is_told_once(firewall: Firewall) -> None:
    firewall.ban("192.0.2.1", 1059.5)
    firewall.ban("2001:db8::1", 4600.0)

    assert await firewall.told() == ["ban 192.0.2.1 60", "ban 2001:db8::1 3600"]
    assert await firewall.told() == []
    firewall.lift("192.0.2.1")
    assert await firewall.told() == ["unban 192.0.2.1"]
    assert await firewall.told() == []


async def test_a_ban_made_longer_is_told_anew_and_one_lifted_before_it_was_told_never(firewall: Firewall) -> None:
    firewall.ban("192.0.2.1", 1060.0)
    await firewall.told()
    firewall.ban("192.0.2.1", 2000.0)
    firewall.ban("192.0.2.2", 2000.0)
    firewall.lift("192.0.2.2")

    assert await firewall.told() == ["ban 192.0.2.1 1000"]


async def test_what_failed_is_told_again_and_is_one_warning(
    firewall: Firewall, caplog: pytest.LogCaptureFixture
) -> None:
    (firewall.folder / "broken").touch()
    firewall.ban("192.0.2.1", 1060.0)
    firewall.ban("192.0.2.2", 1060.0)
    assert len(await firewall.told()) == 2
    [warning] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "ban 192.0.2.1 60" in warning
    assert "exit status 3" in warning

    (firewall.folder / "broken").unlink()
    assert await firewall.told() == ["ban 192.0.2.1 60", "ban 192.0.2.2 60"]


async def test_another_program_is_told_of_every_ban_and_none_of_nothing(firewall: Firewall) -> None:
    firewall.ban("192.0.2.1", 1060.0)
    await firewall.told()
    before, firewall.command = firewall.command, ()
    firewall.ban("192.0.2.2", 1060.0)
    assert await firewall.told() == []

    firewall.command = before
    assert await firewall.told() == ["ban 192.0.2.1 60", "ban 192.0.2.2 60"]


async def test_a_program_that_is_not_there_or_hangs_holds_up_nothing_for_long(
    firewall: Firewall, monkeypatch: pytest.MonkeyPatch
) -> None:
    firewall.ban("192.0.2.1", 1060.0)
    firewall.command = ("no-such-program-anywhere",)
    assert await firewall.handover.look() == 1

    monkeypatch.setattr(handover, "SECONDS", 0.2)
    firewall.command = (sys.executable, "-c", "import time; time.sleep(60)")
    async with asyncio.timeout(20):
        assert await firewall.handover.look() == 1


async def test_a_daemon_hands_over_what_operators_do_and_what_it_knew_at_its_start(tmp_path: Path) -> None:
    (tmp_path / "firewall.py").write_text(WRITER, encoding="utf-8")
    config = config_with(bans={"command": (sys.executable, "firewall.py")})
    told = tmp_path / "told.txt"
    async with daemon(tmp_path, {"root": "menu"}, config) as server:
        assert await server.operations.ban("192.0.2.9", 3600, "", BY) is Done.DONE
        async with asyncio.timeout(20):
            while not (told.exists() and re.fullmatch(r"ban 192\.0\.2\.9 3[56]\d\d\n", told.read_text())):
                await asyncio.sleep(0.05)
    told.unlink()
    async with daemon(tmp_path, {"root": "menu"}, config) as server:
        async with asyncio.timeout(20):
            while not told.exists():
                await asyncio.sleep(0.05)
        await server.operations.unban("192.0.2.9", BY)  # and the daemon stops at once

    first, last = told.read_text().splitlines()
    assert re.fullmatch(r"ban 192\.0\.2\.9 3[56]\d\d", first)
    assert last == "unban 192.0.2.9"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no sh")
@pytest.mark.parametrize(
    ("words", "commands"),
    [
        (
            ["ban", "192.0.2.9", "60"],
            [
                "delete element inet sttelnet banned4 { 192.0.2.9 }",
                "add element inet sttelnet banned4 { 192.0.2.9 timeout 60s }",
            ],
        ),
        (["unban", "2001:db8::9"], ["delete element inet sttelnet banned6 { 2001:db8::9 }"]),
    ],
)
def test_the_script_in_the_docs_tells_nft(tmp_path: Path, words: list[str], commands: list[str]) -> None:
    """With an nft that writes its arguments down, and refuses to delete."""
    script = re.search(r"```sh\n(#!/bin/sh\n.*?)```", (DOCS / "security.md").read_text(encoding="utf-8"), re.DOTALL)
    assert script is not None
    (tmp_path / "ban").write_text(script[1], encoding="utf-8")
    nft = tmp_path / "nft"
    nft.write_text('#!/bin/sh\necho "$*" >> told.txt\n[ "$1" = add ]\n', encoding="utf-8")
    nft.chmod(0o755)

    shell = shutil.which("sh")
    assert shell is not None
    subprocess.run(
        [shell, "ban", *words], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=True, timeout=20
    )

    assert (tmp_path / "told.txt").read_text(encoding="utf-8").splitlines() == commands
