from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from sttelnet.health.plugin import Result
from sttelnet.health.probes import PROBES, Asked, Probe
from sttelnet.health.ranges import Range
from sttelnet.health.states import State
from tests.health.probes.peers import HANG, make_fifo, sources


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_bytes(b"an old error\n")
    return path


async def started(path: Path, **asked: object) -> Probe:
    wanted = Asked(target=path.name, **{"match": "error", **asked})  # type: ignore[arg-type]  # of the test's own
    assert PROBES["log"].problem(wanted) == ""
    probe = PROBES["log"].make(wanted, sources(home=path.parent))
    first = await ran(probe)
    assert (first.state, first.text) == (State.OK, "no line")
    return probe


async def ran(probe: Probe) -> Result:
    async with asyncio.timeout(HANG):
        return await probe.run()


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


@pytest.mark.parametrize("match", ["error", "err[o]r$"])
async def test_lines_of_the_pattern_are_told_once(path: Path, match: str) -> None:
    probe = await started(path, match=match)
    append(path, b"fine\nfirst error\nsecond error\n")
    result = await ran(probe)
    assert (result.state, result.text) == (State.WARNING, "2 lines, the last: second error")
    assert result.further == "first error\nsecond error"
    assert [figure.value for figure in result.figures] == [2, 30]
    assert (await ran(probe)).state is State.OK


async def test_how_many_are_too_many_is_the_site_s_to_say(path: Path) -> None:
    probe = await started(path, warning=Range(0, 2), critical=Range(0, 3))
    append(path, b"error\n" * 2)
    assert (await ran(probe)).state is State.OK
    append(path, b"error\n" * 4)
    assert (await ran(probe)).state is State.CRITICAL


async def test_what_acts_on_a_terminal_is_cleaned_and_what_is_binary_read(path: Path) -> None:
    probe = await started(path)
    append(path, b"\x1b[2Jerror\x07 \xff\xfe\n" + "error of Windows\r\n".encode("utf-16-le") + b"\0\0\n")
    result = await ran(probe)
    assert result.figures[0].value == 2
    assert "\x1b" not in result.text + result.further
    assert "error of Windows" in result.text


async def test_only_the_beginning_of_a_long_line_is_matched(path: Path) -> None:
    probe = await started(path)
    append(path, b"x" * 10_000 + b"error\n" + b"error" + b"x" * 3_000_000 + b"\n")
    result = await ran(probe)
    assert result.figures[0].value == 1
    assert len(result.text) < 400


async def test_many_megabytes_are_read_over_several_runs(path: Path) -> None:
    probe = await started(path)
    append(path, (b"error" + b"x" * 1018 + b"\n") * 20_000)
    first = await ran(probe)
    assert "still to be read" in first.text
    second = await ran(probe)
    assert first.figures[0].value + second.figures[0].value == 20_000


async def test_a_pattern_that_blows_up_is_unknown_and_the_log_is_read_on(path: Path) -> None:
    probe = await started(path, match="(a+)+$", timeout=2.0)
    append(path, b"a" * 4000 + b"!\n")
    result = await ran(probe)
    assert (result.state, result.text) == (
        State.UNKNOWN,
        "the pattern takes too long: make it simpler; 1 line not looked at",
    )
    append(path, b"aaa\n")
    assert (await ran(probe)).text == "1 line, the last: aaa"


async def test_a_log_that_is_not_there_is_unknown(path: Path) -> None:
    probe = await started(path)
    path.unlink()
    result = await ran(probe)
    assert (result.state, result.text) == (State.UNKNOWN, "it is not there")
    append(path, b"error\n")
    assert (await ran(probe)).state is State.WARNING


async def test_a_run_that_is_cancelled_loses_no_line(path: Path) -> None:
    probe = await started(path)
    append(path, b"error\n")
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(probe.run())
        await asyncio.sleep(0)
        running.cancel()
    await asyncio.sleep(0.2)  # the thread reads on
    append(path, b"error\n")
    assert (await ran(probe)).figures[0].value == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs in folders")
async def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    make_fifo(tmp_path / "pipe")
    probe = PROBES["log"].make(Asked(target=str(tmp_path / "pipe"), match="x"), sources())
    assert (await ran(probe)).text == "it is a FIFO"


def test_a_log_needs_a_path_and_a_pattern() -> None:
    assert "needs a target" in PROBES["log"].problem(Asked(match="x"))
    assert "needs a match" in PROBES["log"].problem(Asked(target="x"))
    assert "cannot be read" in PROBES["log"].problem(Asked(target="x", match="("))
