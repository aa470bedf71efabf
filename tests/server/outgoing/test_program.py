"""The program that is run at every change."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sttelnet.server.outgoing import Batch, Failure, ProgramWay
from tests.server.outgoing.peers import alert

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of sh")


def way(folder: Path, script: str) -> ProgramWay:
    return ProgramWay(lambda: ("/bin/sh", "-c", script, "sh", "own"), folder)


async def test_it_is_given_what_has_changed_behind_its_own_arguments(tmp_path: Path) -> None:
    told = alert("it's $(full); `rm`")
    assert await way(tmp_path, 'printf "%s|" "$@" > told').tell(Batch((told,))) is None
    assert (tmp_path / "told").read_text() == "own|disk|OK|CRITICAL|it's $(full); `rm`|"


async def test_why_it_failed_is_told_in_one_line(tmp_path: Path) -> None:
    failing = way(tmp_path, 'echo "no\x1b[31m way"; echo "for\nthis reason" >&2; exit 3')
    assert await failing.tell(Batch((alert(),))) == Failure("no[31m way (exit status 3): for this reason")


async def test_one_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    failure = await ProgramWay(lambda: (str(tmp_path / "none"),), tmp_path).tell(Batch((alert(),)))
    assert failure is not None
    assert "cannot be started" in failure.why
