"""What lies in the directory of an area."""

from __future__ import annotations

import os
import socket
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.areas import listing
from sttelnet.areas.listing import MISSING, UNREADABLE, Found, Unavailable, is_safe, scan
from tests.cli.unprivileged import folder_of_nobody, hand_over, printed_by_nobody


def names(directory: Path) -> list[str]:
    found = scan(directory)
    assert not isinstance(found, Unavailable)
    return [file.name for file in found]


def test_files_are_found_with_size_and_time(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"12345")
    os.utime(tmp_path / "a.txt", (1.5e9, 1.5e9))

    assert scan(tmp_path) == (Found("a.txt", 5, 1.5e9),)


def test_an_empty_directory_has_no_files(tmp_path: Path) -> None:
    assert scan(tmp_path) == ()


def test_files_come_by_name_without_case(tmp_path: Path) -> None:
    for name in ("b.txt", "A.txt", "c.txt", "Ärger.txt"):
        (tmp_path / name).touch()

    assert names(tmp_path) == ["A.txt", "b.txt", "c.txt", "Ärger.txt"]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    (tmp_path / ".zmodem-ab.part").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner.txt").touch()

    assert names(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")
def test_links_pipes_and_sockets_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "real.txt").touch()
    (tmp_path / "link.txt").symlink_to("real.txt")
    (tmp_path / "broken.txt").symlink_to("nowhere")
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe.txt")
        here = os.getcwd()
        os.chdir(tmp_path)  # a socket's path has 107 bytes at most
        try:
            with socket.socket(socket.AF_UNIX) as server:
                server.bind("socket.txt")
        finally:
            os.chdir(here)

    assert names(tmp_path) == ["real.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no such names")
@pytest.mark.parametrize(
    "name",
    [
        b"a\x1b[2J",
        b"a\x18b",
        b"nul.txt",
        b"a:b",
        b"-rf",
        b"ends.",
        b"ends ",
        b"back\\slash",
        b"\xff\xfe",
        b"\xe2\x80\xaea",
    ],
)
def test_names_that_are_not_safe_everywhere_are_left_out(tmp_path: Path, name: bytes) -> None:
    with open(os.path.join(os.fsencode(tmp_path), name), "wb"):
        pass

    assert names(tmp_path) == []


@given(st.text())
def test_a_name_that_is_shown_is_safe_on_every_screen_and_in_every_folder(name: str) -> None:
    if is_safe(name):
        assert not any(unicodedata.category(letter).startswith("C") for letter in name)
        assert not set(name) & set('/\\:*?"<>|')
        assert name[0] not in ".-"


def test_a_directory_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert scan(tmp_path / "missing") == MISSING
    assert scan(tmp_path / "file") == MISSING
    assert scan(Path("a\0b")) == UNREADABLE


SCAN = "import sys, pathlib, sttelnet.areas.listing as areas; print(areas.scan(pathlib.Path(sys.argv[1])))"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_directory_that_may_not_be_read_is_said_to_be_unreadable() -> None:
    with folder_of_nobody() as folder:
        hand_over(folder, mode=0)

        assert printed_by_nobody(SCAN, str(folder)) == f"{UNREADABLE}\n"


def test_no_more_files_are_looked_at_than_are_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        (tmp_path / f"{number}.txt").touch()
    monkeypatch.setattr(listing, "MOST_FILES", 7)

    assert len(names(tmp_path)) == 7
