from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from sttelnet.health.probes import Asked, directory
from sttelnet.health.probes.directory import MIB, measure
from sttelnet.health.ranges import Range
from sttelnet.health.states import State
from tests.health.probes.peers import HANG, looked, make_fifo, sources


async def test_what_stands_in_a_folder_and_below_is_added_up(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one").write_bytes(b"x" * MIB)
    (tmp_path / "a" / "b" / "two").write_bytes(b"x" * MIB)
    result = await looked("directory", Asked(target=tmp_path.name, warning=Range(0, 1)), sources(home=tmp_path.parent))
    assert (result.state, result.text) == (State.WARNING, "2.0 MB in 2 files")
    assert [(figure.label, figure.value) for figure in result.figures] == [("size", 2.0), ("files", 2)]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
async def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x" * 100)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "one")
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    make_fifo(tmp_path / "pipe")
    assert (await looked("directory", Asked(target=str(tmp_path)))).text == "100 B in 1 file"


async def test_a_folder_that_is_not_there_is_critical(tmp_path: Path) -> None:
    assert (await looked("directory", Asked(target=str(tmp_path / "x")))).text == "it is not there"
    (tmp_path / "file").write_text("")
    assert (await looked("directory", Asked(target=str(tmp_path / "file")))).state is State.CRITICAL


def test_a_hundred_thousand_entries_are_counted_within_their_time(tmp_path: Path) -> None:
    first = tmp_path / "0"
    first.write_text("x")
    for number in range(1, 100_000):
        if number % 20_000 == 0:  # file systems allow so many links of one file
            (first := tmp_path / str(number)).write_text("x")
        else:
            os.link(first, tmp_path / str(number))
    tree = measure(str(tmp_path), time.monotonic() + HANG)
    assert (tree.files, tree.size, tree.cut) == (100_000, 100_000, "")
    tree = measure(str(tmp_path), time.monotonic() + 0.02)
    assert tree.files < 100_000
    assert tree.cut == "it takes too long to count"


@pytest.mark.parametrize(
    ("warning", "critical", "state"),
    [(None, None, State.UNKNOWN), (Range(0, 1), None, State.WARNING), (None, Range(0, 1), State.CRITICAL),
     (Range(100), Range(50), State.UNKNOWN), (Range(0, 100), None, State.UNKNOWN)],
)  # fmt: skip
def test_half_a_sum_can_be_too_much_and_is_never_fine_or_too_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warning: Range | None, critical: Range | None, state: State
) -> None:
    monkeypatch.setattr(directory, "MOST_ENTRIES", 3)
    for number in range(5):
        (tmp_path / str(number)).write_bytes(b"x" * MIB)
    asked = Asked(target=str(tmp_path), warning=warning, critical=critical)
    result = directory.look_at_directory(asked, Path(), time.monotonic() + HANG)
    assert (result.state, result.text) == (state, "more than 3.0 MB in 3 files: only 3 entries are counted")
