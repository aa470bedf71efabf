from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time

import pytest

from sttelnet.health.plugin import Result
from sttelnet.health.probes.blocking import Blocking, reason
from sttelnet.health.probes.judging import judged
from sttelnet.health.states import State


async def test_work_is_done_in_another_thread_and_told_its_deadline() -> None:
    seen: list[float] = []

    def work(deadline: float) -> Result:
        seen.append(deadline - time.monotonic())
        return judged(str(threading.get_ident()))

    result = await Blocking("x", work, 10).run()
    assert result.text != str(threading.get_ident())
    assert 0 < seen[0] < 10


async def test_work_that_hangs_is_given_up_and_not_begun_a_second_time() -> None:
    go, begun = threading.Event(), []

    def work(deadline: float) -> Result:
        begun.append(deadline)
        go.wait(30)
        return judged("late")

    probe = Blocking("x", work, 0.2, State.CRITICAL)
    for _ in range(3):
        result = await probe.run()
        assert (result.state, result.text) == (State.CRITICAL, "no answer within 0.2 s")
    assert len(begun) == 1
    go.set()


async def test_a_run_that_is_cancelled_leaves_the_probe_usable() -> None:
    go = threading.Event()

    def work(deadline: float) -> Result:
        del deadline
        go.wait(30)
        return judged("done")

    probe = Blocking("x", work, 30)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(probe.run())
        await asyncio.sleep(0.05)
        running.cancel()
    go.set()
    assert (await probe.run()).text == "done"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (TimeoutError(), "no answer within 1 s"),
        (OSError("odd"), "odd"),
        (OSError(), "OSError"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"), "no TLS: "),
    ],
)
async def test_what_goes_wrong_is_told_in_words(error: OSError, words: str) -> None:
    def work(deadline: float) -> Result:
        del deadline
        raise error

    result = await Blocking("x", work, 1, State.CRITICAL).run()
    assert result.state is State.CRITICAL
    assert result.text.startswith(words)


def test_a_time_out_within_a_work_has_words_too() -> None:
    assert reason(TimeoutError()) == "no answer in time"
