from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sttelnet.health.figures import Disk, Host, Usage
from sttelnet.health.host import read_inodes
from sttelnet.health.probes import Asked
from sttelnet.health.ranges import Range
from sttelnet.health.states import State
from tests.health.probes.peers import looked, sources

GB = 1024**3
HOST = Host(
    disks=(Disk("/a", Usage(50.0, 1 * GB, 2 * GB)), Disk("/b", Usage(96.0, 96 * GB, 100 * GB)), Disk("/c", None))
)


@pytest.mark.parametrize("target", ["/a", "/a/"])
async def test_the_disk_that_is_asked_for_is_judged(target: str) -> None:
    result = await looked("disk", Asked(target=target), sources(HOST))
    assert (result.state, result.text) == (State.OK, "50% of 2.0 GB")
    assert [figure.label for figure in result.figures] == ["used", "bytes"]


async def test_without_a_target_the_fullest_is_judged() -> None:
    result = await looked("disk", Asked(), sources(HOST))
    assert (result.state, result.text) == (State.CRITICAL, "/b 96% of 100 GB")


@pytest.mark.parametrize(("target", "host"), [("/c", HOST), ("/nowhere/at/all", HOST), ("", Host())])
async def test_a_disk_that_gives_no_figure_is_unknown(target: str, host: Host) -> None:
    result = await looked("disk", Asked(target=target), sources(host))
    assert (result.state, result.text) == (State.UNKNOWN, "no answer")


async def test_any_folder_stands_for_its_disk(tmp_path: Path) -> None:
    result = await looked("disk", Asked(target=str(tmp_path), warning=Range(0, 100), critical=Range(0, 100)))
    assert result.state is State.OK
    assert result.figures[1].most is not None
    assert result.figures[1].most > 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no inodes")
async def test_inodes_are_judged_as_the_space_is(tmp_path: Path) -> None:
    if read_inodes(str(tmp_path)) is None:
        pytest.skip("this file system makes inodes as they are needed")
    result = await looked("disk", Asked(target=str(tmp_path), warning=Range(-2, -1), critical=Range(0, 100)))
    assert result.figure("inodes") is not None
    assert result.text.endswith("of the inodes")
