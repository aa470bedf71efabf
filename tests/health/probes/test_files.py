from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from sttelnet.health.probes import Asked
from sttelnet.health.states import State
from tests.health.probes.peers import looked, make_fifo, sources


def aged(path: Path, hours: float, size: int = 3) -> Path:
    path.write_bytes(b"x" * size)
    at = time.time() - hours * 3600
    os.utime(path, (at, at))
    return path


@pytest.mark.parametrize(
    ("hours", "state", "words"),
    [(5.5, State.OK, "a.tar 5h old, 2 KB"), (30, State.WARNING, "a.tar 1d old, 2 KB"), (60, State.CRITICAL, "a.tar 2d old, 2 KB"),
     (-0.2, State.OK, "a.tar 0s old, 2 KB"), (-48, State.CRITICAL, "a.tar from the future, 2 KB")],
)  # fmt: skip
async def test_the_age_of_a_file_is_judged(tmp_path: Path, hours: float, state: State, words: str) -> None:
    aged(tmp_path / "a.tar", hours, 2048)
    result = await looked("file", Asked(target="a.tar"), sources(home=tmp_path))
    assert (result.state, result.text) == (state, words)
    assert [(figure.label, figure.unit) for figure in result.figures] == [("age", "h"), ("size", "B")]


async def test_of_a_pattern_the_newest_file_counts(tmp_path: Path) -> None:
    aged(tmp_path / "a-1.tar", 100)
    aged(tmp_path / "a-2.tar", 1)
    aged(tmp_path / "b.tar", 0)
    (tmp_path / "a-3.tar").mkdir()
    home = tmp_path / "[odd] home"
    home.mkdir()
    for pattern in ("a-*.tar", str(tmp_path / "a-?.tar")):
        result = await looked("file", Asked(target=pattern), sources(home=tmp_path))
        assert (result.state, result.text) == (State.OK, "a-2.tar 1h old, 3 B")
    aged(home / "c.tar", 2)
    assert (await looked("file", Asked(target="*.tar"), sources(home=home))).text == "c.tar 2h old, 3 B"


async def test_a_file_that_is_not_there_is_critical(tmp_path: Path) -> None:
    for target, words in (("x", "it is not there"), ("x*", "there is no such file"), (".", "it is a directory")):
        result = await looked("file", Asked(target=target), sources(home=tmp_path))
        assert (result.state, result.text) == (State.CRITICAL, words)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs in folders")
async def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    make_fifo(tmp_path / "pipe")
    result = await looked("file", Asked(target=str(tmp_path / "pipe")))
    assert (result.state, result.text) == (State.CRITICAL, "it is a FIFO")
    assert (await looked("file", Asked(target="/dev/zero"))).state is State.CRITICAL


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such name")
async def test_a_name_that_acts_on_a_terminal_is_cleaned(tmp_path: Path) -> None:
    aged(tmp_path / "a\x1b[2J\n.tar", 0)
    assert "\x1b" not in (await looked("file", Asked(target=str(tmp_path / "a*")))).text
