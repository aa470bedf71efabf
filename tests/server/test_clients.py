"""Everybody who is connected: their time limits, their end, and who calls while the daemon stops."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from sttelnet.server import background, clients
from sttelnet.session import Session
from sttelnet.session.desk import Desk
from sttelnet.session.limits import Overrun
from sttelnet.telnet import Limits, channel
from tests.bridge import SENDS
from tests.daemon import config_with, daemon, dial
from tests.transfer.caller import Caller, Taking
from tests.transfer.house import House, hasten, house, until

CONTENT = random.Random(4).randbytes(1_500_000)
TOLD = "The service is going down. Try again later.\r\n"
FOR_EVER = 3600.0  # seconds: a daemon that waits for it hangs


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


@asynccontextmanager
async def stopping(folder: Path) -> AsyncIterator[tuple[House, Caller, Taking]]:
    """Have a daemon stop that waits for a transfer."""
    config = config_with(files={"disk_reserve": 0}, server={"drain_timeout": FOR_EVER})
    async with house(folder, config) as home, home.caller() as caller:
        home.put(a=CONTENT)
        taking = Taking()
        await caller.invited(b"d", SENDS)
        await caller.run_script(taking, until=lambda: len(taking.content) >= 50_000)
        home.server.stop()
        await until(lambda: home.server.clients._leaving)
        yield home, caller, taking


async def finish(home: House, caller: Caller, taking: Taking) -> None:
    """Let the transfer come to its end, and see the daemon go."""
    await caller.run_script(taking)
    assert b"going down: goodbye." in await caller.gone()
    caller.writer.close()
    assert taking.files[b"a.bin"] == CONTENT
    await until(lambda: home.server.clients._tasks is None and not home.server.clients._refusing)


async def test_who_calls_while_the_daemon_stops_is_told_and_costs_no_session(tmp_path: Path) -> None:
    async with stopping(tmp_path) as (home, caller, taking):
        calls = home.server.hub.calls
        for _ in range(3):
            async with dial(home.server) as late:
                assert await late.rest() == f"sttelnet\r\n{TOLD}"
        assert home.server.hub.calls == calls
        assert len(home.server.clients.sessions) == 1
        await finish(home, caller, taking)


async def test_of_a_crowd_in_the_stop_no_more_are_told_than_of_any_other_and_nobody_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "REFUSALS", 2)
    monkeypatch.setattr(clients, "Limits", partial(Limits, close_grace=FOR_EVER))
    monkeypatch.setattr(channel, "LINGER", FOR_EVER)  # those who are told do not hang up
    async with (
        stopping(tmp_path) as (home, caller, taking),
        dial(home.server) as first,
        dial(home.server) as second,
    ):
        for late in (first, second):
            assert TOLD in await late.rest()
        async with dial(home.server) as third:
            assert TOLD not in await hung_up(third.reader)
        await finish(home, caller, taking)


async def hung_up(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.read()).decode("latin-1")
    except ConnectionError:
        return ""


async def test_who_was_let_in_in_the_moment_of_the_stop_is_told_the_same(tmp_path: Path) -> None:
    async with stopping(tmp_path) as (home, caller, taking):
        home.server.clients._leaving = False
        admit = home.server.clients._admit

        def at_the_last_moment(channel: channel.TelnetChannel) -> None:
            admit(channel)
            home.server.clients._leaving = True

        home.server.clients._admit = at_the_last_moment  # type: ignore[method-assign]
        async with dial(home.server) as late:
            assert TOLD in await late.rest()
        assert len(home.server.clients.sessions) == 1
        await finish(home, caller, taking)


# What fails at one session


SITE = {"root": 'the page {% key:logoff("q"); key:five("5"); page:Prompt("> ") %}', "five": "{% post:Five %}"}
FIVE = "async def Five(client):\n    client.notice(5)\n    return 'root'\n"


async def test_a_look_at_the_limits_that_fails_leaves_nobody_without_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "SWEEP", 0.05)
    monkeypatch.setattr(background, "FIRST_PAUSE", 0.05)
    look = Session.check_time
    failed: list[Session] = []

    def fail_once(session: Session, now: float) -> Overrun | None:
        if not failed:
            failed.append(session)
            raise RuntimeError
        return look(session, now)

    monkeypatch.setattr(Session, "check_time", fail_once)
    async with daemon(tmp_path, SITE, config_with(server={"idle_timeout": 0.5})) as server, AsyncExitStack() as calls:
        for _ in range(3):
            peer = await calls.enter_async_context(dial(server))
            await peer.until("> ")
        await until(lambda: bool(failed) and not server.clients.sessions)


@pytest.mark.parametrize("part", [(Desk, "end"), (Desk, "farewell")])
async def test_a_session_whose_end_fails_takes_nobody_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: tuple[type, str]
) -> None:
    def fail(*_: object) -> NoReturn:
        message = "a bug at the end"
        raise ValueError(message)

    async with daemon(tmp_path, SITE) as server, dial(server) as other:
        await other.until("> ")
        with monkeypatch.context() as patched:
            patched.setattr(*part, fail)
            async with dial(server) as peer:
                await peer.until("> ")
                await peer.send("q")
                await peer.rest()
            await until(lambda: len(server.clients.sessions) == 1)
        assert "a bug at the end" in caplog.text
        await other.send("q")
        await other.rest()


async def test_a_notice_that_is_no_text_is_its_handlers_fault_and_not_the_sessions(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with daemon(tmp_path, SITE | {"five.py": FIVE}) as server, dial(server) as peer:
        await peer.until("> ")
        await peer.send("5")
        await peer.until("Something went wrong")
        assert len(server.clients.sessions) == 1
        assert "notice takes a string, not int" in caplog.text
        assert "five.py" in caplog.text
