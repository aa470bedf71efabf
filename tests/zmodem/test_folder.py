from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sttelnet.zmodem.folder import Folder, safe_name


@pytest.mark.parametrize(
    ("offered", "name"),
    [
        (b"a.txt", "a.txt"),
        (b"/etc/passwd", "passwd"),
        (b"../../x", "x"),
        (b"C:\\windows\\x.dll", "x.dll"),
        (b"a/b\\c", "c"),
        ("größe.txt".encode(), "größe.txt"),
        ("gro\u0308ße".encode(), "größe"),
        (b"\x81.txt", "ü.txt"),  # no UTF-8: CP437
        (b"dots... ", "dots"),
        (b"com10", "com10"),
        (b"console", "console"),
    ],
)
def test_the_last_part_of_a_path_is_the_name(offered: bytes, name: str) -> None:
    assert safe_name(offered) == name


@pytest.mark.parametrize(
    "offered",
    [
        b"", b".", b"..", b"/", b"a/", b"..\\", b"...", b" ", b".hidden", b"-rf", b"a\0b", b"a\nb", b"a\x1b[2J", b"a\x7f",
        "a\x9b".encode(), "a\u202eb".encode(), b"file:stream", b"a*", b"a?", b"a|b", b"<a", b'"', b"CON", b"con.txt",
        b"nul", b"Aux.tar.gz", b"COM1", b"lpt9.x", "com¹".encode(), b"CONIN$", b"conout$.a", b"x" * 256,
    ],
)  # fmt: skip
def test_names_that_are_dangerous_somewhere_are_refused(offered: bytes) -> None:
    assert safe_name(offered) is None


def received(folder: Path, name: bytes = b"a.bin", mtime: int | None = None) -> bool:
    incoming = Folder(folder).receive(name)
    assert incoming is not None
    incoming.write(b"new")
    return incoming.publish(mtime)


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    incoming = Folder(tmp_path).receive(b"a.bin")
    assert incoming is not None
    incoming.write(b"content")
    assert not (tmp_path / "a.bin").exists()
    assert incoming.publish(1_234_567_890)
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]
    assert (tmp_path / "a.bin").read_bytes() == b"content"
    assert (tmp_path / "a.bin").stat().st_mtime == 1_234_567_890


def test_what_is_not_published_leaves_nothing(tmp_path: Path) -> None:
    incoming = Folder(tmp_path).receive(b"a.bin")
    assert incoming is not None
    incoming.discard()
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten_not_even_what_came_meanwhile(tmp_path: Path) -> None:
    incoming = Folder(tmp_path).receive(b"a.bin")
    assert incoming is not None
    (tmp_path / "a.bin").write_bytes(b"mine")
    assert Folder(tmp_path).receive(b"a.bin") is None
    assert not incoming.publish(None)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"mine"]


def test_without_links_nothing_is_overwritten_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    assert received(tmp_path)
    incoming = Folder(tmp_path).receive(b"b.bin")
    assert incoming is not None
    (tmp_path / "b.bin").write_bytes(b"mine")
    assert not incoming.publish(None)
    assert (tmp_path / "b.bin").read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "b.bin"]


@pytest.mark.skipif(os.name == "nt", reason="making links needs a right there")
def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    (folder := tmp_path / "in").mkdir()
    (folder / "a.bin").symlink_to(tmp_path / "outside")
    assert Folder(folder).receive(b"a.bin") is None
    assert not (tmp_path / "outside").exists()


def test_a_date_far_ahead_is_not_believed(tmp_path: Path) -> None:
    assert received(tmp_path, mtime=10**12)
    assert (tmp_path / "a.bin").stat().st_mtime < time.time() + 2 * 86400
