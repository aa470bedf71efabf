from __future__ import annotations

import asyncio
import threading

import pytest

from sttelnet.handlers.threads import HandlerThreads, HandlerTimeout


async def test_a_call_runs_in_a_thread_of_its_own() -> None:
    threads = HandlerThreads(2)

    assert await threads.run(threading.get_ident, 5) != threading.get_ident()


async def test_what_a_call_raises_is_raised_here() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await HandlerThreads(2).run(fail, 5)


async def test_stop_iteration_cannot_leak_into_the_loop() -> None:
    def stop() -> None:
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        await HandlerThreads(2).run(stop, 5)


async def test_a_call_that_takes_too_long_is_given_up() -> None:
    go_on = threading.Event()
    threads = HandlerThreads(2)
    try:
        with pytest.raises(HandlerTimeout):
            await threads.run(go_on.wait, 0.05)
        assert await threads.run(lambda: "others go on", 5) == "others go on"
    finally:
        go_on.set()


async def test_stuck_calls_keep_their_slot_until_they_end() -> None:
    go_on = threading.Event()
    threads = HandlerThreads(1)
    with pytest.raises(HandlerTimeout):
        await threads.run(go_on.wait, 0.05)
    with pytest.raises(HandlerTimeout):
        await threads.run(lambda: 1, 0.05)
    go_on.set()
    async with asyncio.timeout(5):
        assert await threads.run(lambda: 2, 5) == 2
