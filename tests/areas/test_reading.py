"""Opening files in a folder strangers may write to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sttelnet.areas.reading import open_file


def test_a_file_is_opened_for_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\r\nb\x1ac")

    with open_file(tmp_path / "a.txt") as file:
        assert file.read() == b"a\r\nb\x1ac"


def test_nothing_else_is_opened(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(OSError):
            open_file(path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")
def test_a_link_or_pipe_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "link").symlink_to("a.txt")
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")

    for name in ("link", "pipe"):
        with pytest.raises(OSError):
            open_file(tmp_path / name)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_what_is_refused_stays_not_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(10):
        with pytest.raises(OSError):
            open_file(tmp_path)

    assert len(os.listdir("/proc/self/fd")) == before
