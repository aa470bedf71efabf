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


async def test_what_took_too_long_is_told_with_the_line_it_is_in() -> None:
    go_on = threading.Event()

    def wait_here() -> None:
        go_on.wait()

    threads = HandlerThreads(1)
    try:
        with pytest.raises(HandlerTimeout, match=r"it is at .*threading\.py:\d+ in wait"):  # a test is no site's module
            await threads.run(wait_here, 0.1)
        with pytest.raises(HandlerTimeout, match=r"no thread was free: others are at .*threading\.py:\d+ in wait"):
            await threads.run(lambda: None, 0.1)
    finally:
        go_on.set()


async def test_a_time_out_of_the_handlers_own_is_no_other() -> None:
    def fail() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        await HandlerThreads(1).run(fail, 5)


async def test_a_thread_the_system_does_not_give_costs_no_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = HandlerThreads(1)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start"):
            await threads.run(lambda: 1, 5)
    assert await threads.run(lambda: 2, 5) == 2
