"""Running a check's program once: there is always a result, in time."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import psutil
import pytest

from sttelnet.health.plugin import Figure
from sttelnet.health.runner import MOST_OUTPUT, Run, command_of, environment, run_program
from sttelnet.health.states import State

posix = pytest.mark.skipif(sys.platform == "win32", reason="programs of sh")
HANG = 20.0  # seconds until a wait counts as a hang


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def ran(code: str, seconds: float = HANG, folder: Path | None = None) -> Run:
    """Run Python code as a check."""
    async with asyncio.timeout(HANG):
        return await run_program((sys.executable, "-c", code), seconds, directory=folder)


async def test_what_a_program_says_is_its_result() -> None:
    run = await ran("print('DISK OK | used=5%;80;90'); print('more'); raise SystemExit(1)")
    assert (run.result.state, run.result.text, run.result.further) == (State.WARNING, "DISK OK", "more")
    assert run.result.figures[0].label == "used"
    assert run.status == 1


async def test_a_program_that_takes_too_long_is_unknown_and_ended() -> None:
    run = await ran("import time; print('early', flush=True); time.sleep(60)", 0.3)
    assert (run.result.state, run.result.text, run.status) == (State.UNKNOWN, "no answer within 0.3 s", None)


@posix
async def test_what_it_has_started_is_ended_with_it(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        " child = subprocess.Popen(['sleep', '60']); open('pid', 'w').write(str(child.pid)); time.sleep(60)"
    )
    run = await ran(code, 1.5, tmp_path)
    assert run.result.state is State.UNKNOWN
    assert not is_alive(int((tmp_path / "pid").read_text()))


@posix
async def test_a_child_that_keeps_the_pipe_open_is_not_waited_for() -> None:
    began = time.monotonic()
    run = await ran("import subprocess; subprocess.Popen(['sleep', '8']); print('OK | x=1')")
    assert (run.result.state, run.result.figures) == (State.OK, (Figure("x", 1.0),))
    assert time.monotonic() - began < 7


async def test_a_child_that_keeps_the_pipe_open_and_writes_without_end_costs_neither_time_nor_descriptors() -> None:
    if sys.platform == "win32":
        pytest.skip("it has no yes, and no number of descriptors")
    flood = "import subprocess; print('OK', flush=True); subprocess.Popen(['yes', 'x' * 1000])"
    await ran("print('the first one may open what stays open')")
    before = psutil.Process().num_fds()
    for _ in range(3):
        run = await ran(flood)
        assert (run.result.state, run.result.text) == (State.OK, "OK")
        assert len(run.output) <= MOST_OUTPUT
    async with asyncio.timeout(HANG):
        while psutil.Process().num_fds() > before:
            await asyncio.sleep(0.01)


@posix
async def test_a_program_that_prints_without_end_and_does_not_hear_is_killed_and_costs_no_memory() -> None:
    deaf = (
        "import signal; [signal.signal(one, signal.SIG_IGN) for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]"
    )
    run = await ran(f"import os; print(os.getpid(), flush=True); {deaf}\nwhile True: print('x' * 10_000)", 1.0)
    assert (run.result.state, run.result.text) == (State.UNKNOWN, "no answer within 1 s")
    assert len(run.output) == MOST_OUTPUT
    assert not is_alive(int(run.output.split()[0]))


@posix
async def test_a_program_that_is_deleted_while_it_runs_has_said_what_it_said(tmp_path: Path) -> None:
    script = tmp_path / "check.sh"
    script.write_text('#!/bin/sh\nrm "$0"\necho "OK | x=1"\n')
    script.chmod(0o755)
    run = await run_program((str(script),), HANG)
    assert (run.result.state, run.result.text, run.status) == (State.OK, "OK", 0)
    assert (await run_program((str(script),), HANG)).result.text == "cannot be started: No such file or directory"


async def test_a_program_that_cannot_be_started_is_unknown_with_the_reason(tmp_path: Path) -> None:
    run = await run_program((str(tmp_path / "nothing"),), HANG)
    assert (run.result.state, run.status) == (State.UNKNOWN, None)
    assert run.result.text.startswith("cannot be started: ")
    assert (await run_program(("a\0b",), HANG)).result.state is State.UNKNOWN


async def test_megabytes_are_read_and_forgotten() -> None:
    run = await ran("import sys; sys.stdout.write('x' * 20_000_000); sys.stderr.write('y' * 20_000_000)")
    assert run.status == 0
    assert len(run.result.text) <= MOST_OUTPUT
    assert run.errors == "y" * len(run.errors)


@posix
async def test_a_program_ended_by_a_signal_is_unknown() -> None:
    run = await ran("import os, signal; print('text', flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    assert (run.result.state, run.result.text) == (State.UNKNOWN, "text (exit status -9)")


async def test_cancelled_it_leaves_nothing_behind() -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(ran("import time; time.sleep(60)"))
        await asyncio.sleep(0.5)
        running.cancel()
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


def test_the_daemon_s_secrets_stay_with_it() -> None:
    kept = environment({"PATH": "/bin", "STTELNET_MEMBERS__KEY": "x", "AWS_SECRET_ACCESS_KEY": "x", "LANG": "de_DE"})
    assert kept == {"PATH": "/bin", "LC_ALL": "C", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


@posix
def test_how_a_file_is_run_is_told_by_its_suffix_or_its_run_bit(tmp_path: Path) -> None:
    def file(name: str, mode: int) -> Path:
        path = tmp_path / name
        path.write_text("")
        path.chmod(mode)
        return path

    assert command_of(file("a.py", 0o644)) == (sys.executable, str(tmp_path / "a.py"))
    shell = command_of(file("b.sh", 0o644))
    assert shell is not None
    assert shell[0].endswith("sh")
    assert command_of(file("c.sh", 0o755)) == (str(tmp_path / "c.sh"),)
    assert command_of(file("d", 0o755)) == (str(tmp_path / "d"),)
    assert command_of(file("e.txt", 0o644)) is None
    windows = command_of(file("f.ps1", 0o644))
    assert windows is not None
    assert windows[-2:] == ("-File", str(tmp_path / "f.ps1"))
