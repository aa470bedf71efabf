"""Directories files are received into."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sttelnet.transfer.place import PRIVATE, Place
from sttelnet.transfer.target import random_part_name
from tests.transfer.house import held_open

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither links without a privilege nor pipes")
WEEK = 7 * 86400.0


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "in").mkdir()
    place = Place(tmp_path / "in")
    yield place
    place.close()


def write(place: Place, name: str, data: bytes) -> None:
    descriptor = place.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    os.write(descriptor, data)
    os.close(descriptor)


def test_a_directory_that_is_not_there_or_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(OSError):
            Place(path).names()


def test_files_are_for_us_alone_whatever_the_umask(place: Place) -> None:
    before = os.umask(0)
    try:
        write(place, "a.bin", b"1")
    finally:
        os.umask(before)

    assert PRIVATE == 0o600
    if sys.platform != "win32":
        assert stat.S_IMODE((place.path / "a.bin").stat().st_mode) == 0o600


@posix
def test_nothing_is_opened_through_a_link(place: Place, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    for name, target in (("there", tmp_path / "secret"), ("dangling", tmp_path / "made")):
        (place.path / name).symlink_to(target)
        with pytest.raises(OSError):
            place.open(name, os.O_RDWR | os.O_CREAT)

    assert (tmp_path / "secret").read_bytes() == b"secret"
    assert not (tmp_path / "made").exists()


@posix
def test_a_pipe_does_not_let_its_opener_wait(place: Place) -> None:
    if sys.platform != "win32":
        os.mkfifo(place.path / "pipe")
    with pytest.raises(OSError):  # nobody reads: ENXIO at once
        place.open("pipe", os.O_WRONLY)


@posix
def test_a_directory_put_in_its_stead_gets_nothing(place: Place, tmp_path: Path) -> None:
    place.path.rename(tmp_path / "moved")
    (tmp_path / "elsewhere").mkdir()
    place.path.symlink_to(tmp_path / "elsewhere")

    write(place, "a.bin", b"1")
    place.link("a.bin", "b.bin")
    place.unlink("a.bin")

    assert not list((tmp_path / "elsewhere").iterdir())
    assert [path.name for path in (tmp_path / "moved").iterdir()] == ["b.bin"]
    assert place.names() == {"b.bin"}


@pytest.mark.parametrize("way", ["link", "rename"])
def test_a_file_gets_another_name_but_never_one_that_is_taken(way: str, place: Place) -> None:
    write(place, "a.bin", b"new")
    write(place, "taken.bin", b"old")

    with pytest.raises(FileExistsError):
        getattr(place, way)("a.bin", "taken.bin")
    assert (place.path / "taken.bin").read_bytes() == b"old"
    getattr(place, way)("a.bin", "b.bin")

    assert (place.path / "b.bin").read_bytes() == b"new"
    assert (place.path / "a.bin").exists() is (way == "link")


@posix
@pytest.mark.parametrize("way", ["link", "rename"])
def test_a_link_counts_as_a_name_that_is_taken(way: str, place: Place, tmp_path: Path) -> None:
    write(place, "a.bin", b"new")
    (place.path / "b.bin").symlink_to(tmp_path / "nothing")

    with pytest.raises(FileExistsError):
        getattr(place, way)("a.bin", "b.bin")
    assert not (tmp_path / "nothing").exists()


def test_a_rename_that_fails_leaves_no_empty_file_behind(place: Place) -> None:
    with pytest.raises(FileNotFoundError):
        place.rename("nothing", "b.bin")

    assert place.names() == set()


def test_taking_away_what_is_gone_is_no_error(place: Place) -> None:
    write(place, "a.bin", b"")
    place.unlink("a.bin")
    place.unlink("a.bin")

    assert place.names() == set()


def test_names_are_told_without_case(place: Place) -> None:
    for name in ("Straße.txt", "README", ".hidden"):
        write(place, name, b"")

    assert place.names() == {"strasse.txt", "readme", ".hidden"}


def test_the_disk_has_room(place: Place) -> None:
    assert place.free() > 0


@posix
def test_names_are_made_to_last_by_the_directorys_own_descriptor(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(stat.S_ISDIR(os.fstat(fd).st_mode)))
    place.sync()

    assert synced == [True]


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then), follow_symlinks=False)


def test_halves_nobody_came_back_to_are_taken_away_and_nothing_else_is(place: Place, tmp_path: Path) -> None:
    old, fresh, busy = random_part_name(), random_part_name(), random_part_name()
    others = [".short.part", f"x{old}", f"{old}x", old.upper(), "file.part"]
    for name in (old, fresh, busy, *others):
        write(place, name, b"half")
        age(place.path / name, WEEK + 60)
    age(place.path / fresh, WEEK - 60)

    assert place.purge(WEEK, {busy}) == 1

    assert {path.name for path in place.path.iterdir()} == {fresh, busy, *others}


@posix
def test_what_only_has_the_name_of_a_half_is_left_alone(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    link, folder = random_part_name(), random_part_name()
    (place.path / link).symlink_to(tmp_path / "file")
    (place.path / folder).mkdir()
    for name in (link, folder):
        age(place.path / name, WEEK + 60)

    assert place.purge(WEEK, set()) == 0
    assert len(list(place.path.iterdir())) == 2


def test_where_none_are_kept_every_half_goes_that_nobody_works_on(place: Place) -> None:
    idle, busy = random_part_name(), random_part_name()
    for name in (idle, busy):
        write(place, name, b"half")
        age(place.path / name, 1)

    assert place.purge(0.0, {busy}) == 1
    assert place.names() == {busy}


def test_halves_are_told_with_their_facts(place: Place) -> None:
    part = random_part_name()
    write(place, part, b"half")
    write(place, "whole.bin", b"whole")

    assert [(name, facts.st_size) for name, facts in place.parts(lambda name, facts: True)] == [(part, 4)]
    assert place.parts(lambda name, facts: facts.st_size > 4) == []


def test_a_directory_let_go_twice_is_closed_once(place: Place) -> None:
    place.close()
    place.close()

    assert held_open(place.path) == []


def test_a_disk_that_fails_is_an_error_of_the_system(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(OSError, match="No space"):
        place.open("a.bin", os.O_WRONLY | os.O_CREAT)
