"""FILE_ID.DIZ."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.areas.diz import MOST_BYTES, diz
from sttelnet.charset import cells, clean
from tests.areas.archives import put, zipped


def test_an_archive_brings_its_description(tmp_path: Path) -> None:
    content = b"Tools 1.0\r\n  \xc4\xc4\xc4\xc4\r\n\x1b[1mSmall tools.\x1b[0m\r\n\x1aSAUCE00"

    assert diz(put(tmp_path, zipped(content))) == "Tools 1.0\n  ────\nSmall tools."


def test_utf_8_is_read_and_a_letter_at_the_bound_is_no_reason_to_doubt_it(tmp_path: Path) -> None:
    content = ("Grüße\n" + "x" * (MOST_BYTES - 9) + "üüü").encode()

    assert diz(put(tmp_path, zipped(content))).startswith("Grüße\nxxx")


def test_an_archive_without_one_has_no_description(tmp_path: Path) -> None:
    assert diz(put(tmp_path, zipped(b"x", "README.TXT"))) == ""
    assert diz(put(tmp_path, zipped(b" \r\n"))) == ""
    assert diz(put(tmp_path, b"")) == ""


@pytest.mark.parametrize("name", ["missing.zip", "a\0b.zip", "x" * 300])
def test_what_cannot_be_opened_has_no_description(tmp_path: Path, name: str) -> None:
    assert diz(tmp_path / name) == ""
    assert diz(tmp_path) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")
def test_a_link_is_not_followed_and_a_pipe_not_waited_for(tmp_path: Path) -> None:
    put(tmp_path, zipped(b"Tools"))
    (tmp_path / "link.zip").symlink_to("tools.zip")
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe.zip")

    assert diz(tmp_path / "link.zip") == ""
    assert diz(tmp_path / "pipe.zip") == ""


@given(st.binary(max_size=5000))
def test_whatever_it_says_it_fits_and_is_safe(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    said = diz(put(Path(tmp_path_factory.getbasetemp()), zipped(content)))

    assert said == clean(said)
    assert said.count("\n") < 10
    assert all(cells(row) <= 45 for row in said.split("\n"))


@given(st.binary(max_size=300))
def test_no_file_makes_it_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    assert isinstance(diz(put(Path(tmp_path_factory.getbasetemp()), data)), str)
