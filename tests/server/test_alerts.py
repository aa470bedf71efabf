"""The program that is told of changes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.config import MembersConfig
from sttelnet.health import Alert, State
from sttelnet.health.track import Change
from sttelnet.hub import LocalHub, Mail
from sttelnet.members import Members
from sttelnet.passwords import Cost, Passwords
from sttelnet.server.alerts import MOST_WAITING, TRIES, Alerts, sentence
from sttelnet.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of sh")


def alert(text: str = "full", *, quiet: bool = False, tell: str = "nobody") -> Alert:
    return Alert("disk", "Disk space", text, Change(State.OK, State.CRITICAL, 1.0), tell, quiet)


@asynccontextmanager
async def telling(folder: Path, script: str) -> AsyncIterator[Alerts]:
    """Alerts with a program of sh."""
    passwords = Passwords(Cost(memory=8, passes=1))
    async with Store.open(folder / "members.db") as store, asyncio.TaskGroup() as tasks:
        members = Members(store, passwords, MembersConfig(), all_loopback=True)
        mail = Mail(LocalHub(), store, lambda: 5)
        command = ("/bin/sh", "-c", script, "sh", "own") if script else ()
        alerts = Alerts(members, mail, lambda: command, folder, pause=0.01)
        running = tasks.create_task(alerts.run())
        yield alerts
        running.cancel()
    passwords.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not holds():
            await asyncio.sleep(0.02)


def test_people_are_told_in_one_line() -> None:
    assert sentence(alert()) == "CRITICAL Disk space (was OK): full"
    assert len(sentence(alert("x" * 1000))) == 400


async def test_the_program_is_given_what_has_changed_behind_its_own_arguments(tmp_path: Path) -> None:
    async with telling(tmp_path, 'printf "%s|" "$@" > told.new; mv told.new told') as alerts:
        await alerts.tell(alert("it's $(full); `rm`"))
        await until((tmp_path / "told").exists)
        assert (tmp_path / "told").read_text() == "own|disk|OK|CRITICAL|it's $(full); `rm`|"


async def test_a_program_that_fails_is_run_again_and_then_left(tmp_path: Path) -> None:
    async with telling(tmp_path, "echo x >> tries; exit 1") as alerts:
        await alerts.tell(alert())
        await until(lambda: (tmp_path / "tries").exists() and len((tmp_path / "tries").read_text()) == 2 * TRIES)
        await asyncio.sleep(0.2)
        assert len((tmp_path / "tries").read_text()) == 2 * TRIES


async def test_what_is_quiet_is_told_nobody(tmp_path: Path) -> None:
    async with telling(tmp_path, "touch told") as alerts:
        await alerts.tell(alert(quiet=True))
        await asyncio.sleep(0.3)
        assert not (tmp_path / "told").exists()


async def test_a_program_that_is_slow_holds_nobody_up(tmp_path: Path) -> None:
    async with telling(tmp_path, "sleep 60") as alerts, asyncio.timeout(10):
        for _ in range(2 * MOST_WAITING):
            await alerts.tell(alert())
