"""Following a file that grows, is renamed, emptied, deleted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sttelnet.health.probes.tail import MOST_READ, Grown, Tail
from tests.health.probes.peers import make_fifo


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def new(tail: Tail) -> list[bytes]:
    grown = tail.grown()
    assert isinstance(grown, Grown)
    return grown.lines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_bytes(b"old\n")
    return path


@pytest.fixture
def tail(path: Path) -> Tail:
    tail = Tail(path)
    assert new(tail) == []  # what stands there at the first look is old
    return tail


def test_each_line_is_told_once_and_only_whole(path: Path, tail: Tail) -> None:
    append(path, b"one\ntwo\nthr")
    assert new(tail) == [b"one", b"two"]
    assert new(tail) == []
    append(path, b"ee\n\n")
    assert new(tail) == [b"three"]


def test_a_file_that_comes_later_is_new_from_its_beginning(tmp_path: Path) -> None:
    tail = Tail(tmp_path / "later.log")
    assert tail.grown() == "it is not there"
    (tmp_path / "later.log").write_bytes(b"first\n")
    assert new(tail) == [b"first"]


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(path: Path, tail: Tail) -> None:
    append(path, b"before\n")
    path.rename(path.with_name("app.log.1"))
    append(path, b"after\n")
    assert new(tail) == [b"before", b"after"]
    assert new(tail) == []


def test_between_the_renaming_and_the_new_file_nothing_is_lost(path: Path, tail: Tail) -> None:
    append(path, b"before\n")
    path.rename(path.with_name("app.log.1"))
    assert tail.grown() == "it is not there"
    append(path, b"after\n")
    assert new(tail) == [b"before", b"after"]


def test_a_renamed_file_of_many_megabytes_takes_several_looks(path: Path, tail: Tail) -> None:
    line = b"x" * 1023 + b"\n"
    append(path, line * 2500)
    path.rename(path.with_name("app.log.1"))
    append(path, b"after\n")
    found = [new(tail) for _ in range(4)]
    assert sum(map(len, found)) == 2501
    assert found[2][-1] == b"after"


def test_a_file_emptied_in_place_is_new_from_its_beginning(path: Path, tail: Tail) -> None:
    append(path, b"some more of it\n")
    new(tail)
    path.write_bytes(b"short\n")
    assert new(tail) == [b"short"]


def test_a_file_written_anew_beyond_the_place_is_known_by_what_stands_before(path: Path, tail: Tail) -> None:
    status = path.stat()
    with path.open("r+b") as file:
        file.truncate(0)
        file.write(b"another\nand longer\n")
    assert path.stat().st_ino == status.st_ino
    assert new(tail) == [b"another", b"and longer"]


def test_a_file_deleted_and_made_again_is_new(path: Path, tail: Tail) -> None:
    path.unlink()
    append(path, b"ol!\nmore\n")
    assert new(tail) == [b"ol!", b"more"]


def test_a_line_longer_than_a_look_is_told_once(path: Path, tail: Tail) -> None:
    append(path, b"y" * (2 * MOST_READ + 10))
    assert [len(line) for line in new(tail)] == [MOST_READ]
    assert new(tail) == []
    assert new(tail) == []
    append(path, b"end\nnext\n")
    assert new(tail) == [b"next"]


def test_one_look_reads_so_much_and_says_what_is_left(path: Path, tail: Tail) -> None:
    append(path, (b"z" * 99 + b"\n") * 30_000)
    first = tail.grown()
    assert isinstance(first, Grown)
    assert first.size <= MOST_READ
    assert first.behind > MOST_READ
    assert sum(len(new(tail)) for _ in range(3)) + len(first.lines) == 30_000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs in folders")
def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    make_fifo(tmp_path / "pipe")
    assert Tail(tmp_path / "pipe").grown() == "it is a FIFO"
    assert Tail(Path("/dev/zero")).grown() == "it is no file but a device or a socket"
    assert Tail(tmp_path).grown() == "it is a directory"
