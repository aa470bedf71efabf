"""What looks on while inputs are tried sees what it is there to see."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.daemon import daemon
from tests.soak.trying import Read, Watched
from tests.soak.watch import HELD, Faults, Turns
from tests.soak.wire import Wire


async def tried(attempt: Callable[[], None], folder: Path, turns: Turns) -> Watched:
    """Let an input be read by that; return what was seen."""

    def attempts() -> Iterator[None]:
        attempt()
        yield

    async with daemon(folder, {"root": "hello\n"}) as server:
        watched = Watched(server, turns, Faults())
        turns.forget()
        await Read(watched, random.Random(1), lambda _: attempts).go_on(1)
        await watched.try_suspects()
        return watched


def run(attempt: Callable[[], None], folder: Path) -> Watched:
    turns = Turns()
    with asyncio.Runner(loop_factory=turns.loop) as runner:
        return runner.run(tried(attempt, folder, turns))


def test_an_input_that_holds_the_loop_each_time_counts(tmp_path: Path) -> None:
    watched = run(lambda: time.sleep(2 * HELD), tmp_path)
    assert watched.held == 1


def test_an_input_that_held_it_once_does_not_count(tmp_path: Path) -> None:
    pauses = iter((2 * HELD,))
    watched = run(lambda: time.sleep(next(pauses, 0.0)), tmp_path)
    assert watched.held == 0


def test_what_a_reader_raises_is_a_fault(tmp_path: Path) -> None:
    def fail() -> None:
        raise ValueError("on purpose")

    watched = run(fail, tmp_path)
    assert ["on purpose" in fault for fault in watched.faults.found] == [True]


async def test_errors_in_the_log_and_in_the_loop_are_faults() -> None:
    faults, loop = Faults(), asyncio.get_running_loop()
    with faults.watching(loop):
        logging.getLogger("sttelnet.some").error("it broke")
        logging.getLogger("sttelnet.some").warning("it may break")
        loop.call_soon(lambda: 1 // 0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert sum(faults.found.values()) == 2
    assert faults.found["it broke"] == 1


async def test_a_connection_in_memory_is_a_session_until_its_end(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": "hello\n"}) as server:
        wire = Wire.to(server)
        assert await wire.give(b"\xff\xfe\x01")
        async with asyncio.timeout(10):
            while not server.clients.sessions:
                await asyncio.sleep(0)
        await wire.end()
        assert wire.received > len(b"hello")
        async with asyncio.timeout(10):
            while server.clients.sessions:
                await asyncio.sleep(0)


@pytest.mark.parametrize("reset", [False, True])
async def test_nothing_can_be_given_to_a_connection_that_is_over(tmp_path: Path, reset: bool) -> None:
    async with daemon(tmp_path, {"root": "hello\n"}) as server:
        wire = Wire.to(server)
        if reset:
            wire.abort()
        await wire.end()
        assert not await wire.give(b"x")
