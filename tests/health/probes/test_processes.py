from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from sttelnet.health.probes import PROBES, Asked
from sttelnet.health.states import State
from tests.health.probes.peers import looked

SECRET = "probe-secret-7391"


@pytest.fixture
def child() -> Iterator[psutil.Process]:
    """A child that sleeps, with a word of its own in its command line."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", SECRET]) as process:
        yield psutil.Process(process.pid)
        process.kill()


async def test_processes_of_a_name_are_counted(child: psutil.Process) -> None:
    result = await looked("process", Asked(target=child.name()))
    assert result.state is State.OK
    assert result.figures[0].value >= 1
    assert result.figures[1].value > 0
    assert f"of {child.name()}" in result.text


async def test_a_command_line_tells_one_from_another_and_is_not_shown(child: psutil.Process) -> None:
    for pattern in (SECRET, "secret-[0-9]{4}$"):
        result = await looked("process", Asked(target=child.name(), match=pattern))
        assert (result.state, result.figures[0].value) == (State.OK, 1)
        assert SECRET not in result.text + result.further
        assert result.further.startswith(f"{child.pid} ")


async def test_a_pattern_alone_looks_at_all_processes_but_not_at_itself(child: psutil.Process) -> None:
    result = await looked("process", Asked(match=f"{SECRET}$"))
    assert result.figures[0].value == 1
    child.kill()
    child.wait()
    assert (await looked("process", Asked(match=f"{SECRET}$"))).figures[0].value == 0


async def test_no_process_is_critical() -> None:
    result = await looked("process", Asked(target="no-such-program"))
    assert (result.state, result.text) == (State.CRITICAL, "no process of no-such-program")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no zombies")
async def test_a_process_that_has_ended_and_is_not_fetched_is_none() -> None:
    with subprocess.Popen(["sleep", "0"]) as process:
        while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
            pass
        result = await looked("process", Asked(target="sleep"))
        assert f"{process.pid} " not in result.further
        process.wait()


def test_there_must_be_something_to_look_for() -> None:
    assert "needs a target" in PROBES["process"].problem(Asked())
