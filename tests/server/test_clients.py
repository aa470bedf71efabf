"""Who calls while the daemon stops: told so, hung up on, and of no weight in the stop."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from sttelnet.server import clients
from sttelnet.telnet import Limits, channel
from tests.bridge import SENDS
from tests.daemon import config_with, dial
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
