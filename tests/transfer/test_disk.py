"""The thread that works on files."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from sttelnet.errors import DiskHung
from sttelnet.transfer import disk as module
from sttelnet.transfer.disk import Disk, reason
from tests.transfer.house import disk_threads, until


@pytest.fixture
async def disk() -> Disk:
    return Disk()


def failing(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


async def test_pieces_of_work_are_done_in_order_whichever_way_they_were_given(disk: Disk) -> None:
    done: list[int] = []
    for number in range(50):
        disk.post(lambda number=number: done.append(number), 1)  # type: ignore[misc]  # mypy infers no lambda with a default
    begun = disk.start(lambda: done.append(50))
    await disk.run(lambda: done.append(51))

    assert done == list(range(52))
    assert begun.done()
    disk.close()


async def test_what_work_returns_comes_back(disk: Disk) -> None:
    assert await disk.run(lambda: 7) == 7
    assert await disk.result(disk.start(lambda: "x")) == "x"
    disk.close()


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), ValueError("embedded null byte")])
async def test_what_work_raises_is_raised_where_it_is_awaited_and_the_thread_goes_on(
    error: Exception, disk: Disk
) -> None:
    with pytest.raises(type(error)) as raised:
        await disk.run(failing(error))

    assert raised.value is error
    assert await disk.run(lambda: 1) == 1
    disk.close()


async def test_the_first_write_that_fails_is_told_by_settle_once(disk: Disk) -> None:
    first, second = OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EIO, "Input/output error")
    disk.post(lambda: None, 5)
    disk.post(failing(first), 5)
    disk.post(failing(second), 5)
    await disk.run(lambda: None)  # all were tried

    with pytest.raises(OSError, match="No space") as raised:
        await disk.settle()

    assert raised.value is first
    await disk.settle()
    disk.close()


async def test_settle_waits_until_so_much_is_written_and_no_longer(disk: Disk) -> None:
    may, written = threading.Semaphore(0), []

    def write(number: int) -> None:
        may.acquire(timeout=10)
        written.append(number)

    for number in range(4):
        disk.post(lambda number=number: write(number), 100)  # type: ignore[misc]  # as above
    await disk.settle(400)
    assert written == []
    async with asyncio.TaskGroup() as tasks:
        settled = tasks.create_task(disk.settle(150))
        for expected in (1, 2):
            may.release()
            await until(lambda expected=expected: len(written) == expected)  # type: ignore[misc]  # as above
            await asyncio.sleep(0.02)
            assert not settled.done()
        may.release()
        await settled

    assert written == [0, 1, 2]
    may.release()
    await disk.settle()
    assert written == [0, 1, 2, 3]
    disk.close()


async def test_a_slow_write_does_not_hold_up_the_loop(disk: Disk) -> None:
    may = threading.Event()
    disk.post(lambda: may.wait(10), 1)
    ticks = 0
    async with asyncio.TaskGroup() as tasks:
        settled = tasks.create_task(disk.settle())
        for _ in range(20):
            await asyncio.sleep(0.001)
            ticks += 1
        assert not settled.done()
        may.set()

    assert ticks == 20
    disk.close()


async def test_work_that_hangs_is_given_up_after_a_while(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 0.05)
    may = threading.Event()

    with pytest.raises(DiskHung):
        await disk.run(lambda: may.wait(10))
    disk.post(lambda: None, 1)
    with pytest.raises(DiskHung):
        await disk.settle()

    may.set()
    disk.close()


async def test_a_disk_that_hung_is_not_waited_for_again_before_it_answers(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST", 0.05)
    may, done = threading.Event(), []
    with pytest.raises(DiskHung):
        await disk.run(lambda: may.wait(10))
    monkeypatch.setattr(module, "LONGEST", 30.0)

    async with asyncio.timeout(5):
        with pytest.raises(DiskHung):
            await disk.run(lambda: done.append("asked meanwhile"))
        disk.post(lambda: None, 1)
        with pytest.raises(DiskHung):
            await disk.settle()

    may.set()
    await until(lambda: done == ["asked meanwhile"])
    assert await disk.run(lambda: 1) == 1  # it is waited for again
    disk.close()


async def test_what_nobody_waits_for_any_more_is_let_go(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 0.05)
    may = threading.Event()
    let_go: list[str] = []

    def opened() -> str:
        may.wait(10)
        return "a file"

    with pytest.raises(DiskHung):
        await disk.run(opened, let_go.append)
    assert let_go == []
    may.set()

    await until(lambda: let_go == ["a file"])
    assert await disk.run(lambda: "another", let_go.append) == "another"
    assert let_go == ["a file"]
    disk.close()


async def test_what_a_piece_of_work_raised_that_nobody_asks_for_is_no_event_for_the_log(
    disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    begun = disk.start(failing(OSError(errno.EIO, "Input/output error")))
    await disk.run(lambda: None)
    del begun
    gc.collect()

    assert not [record for record in caplog.records if record.levelno >= logging.WARNING], caplog.text
    disk.close()


async def test_closing_ends_the_thread_once_all_is_done(disk: Disk) -> None:
    done: list[int] = []
    disk.post(lambda: done.append(1), 1)
    disk.close()

    await until(lambda: not disk_threads())
    assert done == [1]


def test_a_loop_that_ended_meanwhile_does_not_matter() -> None:
    may = threading.Event()

    async def leave() -> None:
        disk = Disk()
        disk.post(lambda: may.wait(10), 1)
        disk.start(lambda: 1)
        disk.close()

    asyncio.run(leave())
    may.set()
    for thread in disk_threads():
        thread.join(10)

    assert not disk_threads()  # and the thread ended without a word: a warning would be an error here


def test_a_disk_that_hangs_does_not_keep_the_process_from_ending() -> None:
    program = (
        "import asyncio, threading\n"
        "from sttelnet.transfer.disk import Disk\n"
        "async def main():\n"
        "    Disk().post(threading.Event().wait, 1)\n"
        "asyncio.run(main())\n"
    )

    assert subprocess.run([sys.executable, "-c", program], timeout=30, check=False).returncode == 0


def test_what_the_system_says_of_an_error_is_told_and_what_we_say_where_it_says_nothing() -> None:
    assert reason(OSError(errno.ENOSPC, "No space left on device")) == "No space left on device"
    assert reason(PermissionError("it was tampered with")) == "it was tampered with"
