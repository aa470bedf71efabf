"""Files that are received."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import stat
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sttelnet.transfer.place import Place
from sttelnet.transfer.target import Target, busy_parts, part_name, random_part_name
from tests.transfer.house import held_open

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither links without a privilege nor pipes")
CONTENT = random.Random(5).randbytes(300_000)
DATE = 1_234_567_890
PART = part_name("member 1", "a.bin", len(CONTENT), DATE)


class NoLinks(Place):
    """A file system without links, as FAT is."""

    error: OSError = PermissionError(errno.EPERM, "Operation not permitted")

    def link(self, old: str, new: str) -> None:
        raise self.error


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "in").mkdir()
    place = Place(tmp_path / "in")
    yield place
    place.close()
    assert not busy_parts(place)
    assert held_open(place.path) == []


def written(place: Place, content: bytes = CONTENT, name: str = "a.bin", part: str = PART) -> Target:
    target = Target(place, name, part)
    for at in range(0, len(content), 65536):
        target.write(content[at : at + 65536])
    return target


def names(place: Place) -> set[str]:
    return {path.name for path in place.path.iterdir()}


# The name of a half


def test_a_halfs_name_says_who_sends_what_and_no_list_shows_it() -> None:
    facts = ("member 1", "a.bin", 300_000, DATE)

    assert part_name(*facts) == PART
    others = [("member 2", *facts[1:]), ("member 1", "b.bin", *facts[2:]), (*facts[:2], 300_001, DATE), (*facts[:3], 0)]
    assert len({PART, *(part_name(*other) for other in others)}) == 5
    assert part_name("a", "bc") != part_name("ab", "c")
    assert PART.startswith(".")
    assert PART.endswith(".part")
    assert len(PART) == 1 + 32 + 5


def test_a_random_name_comes_once() -> None:
    assert len({random_part_name() for _ in range(100)}) == 100
    assert len(random_part_name()) == len(PART)


# From its first byte until it is published


def test_a_file_appears_whole_under_its_name_and_its_half_is_gone(place: Place) -> None:
    target = written(place)
    assert names(place) == {PART}
    assert (target.size, target.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())

    target.publish(DATE)

    assert names(place) == {"a.bin"}
    assert (place.path / "a.bin").read_bytes() == CONTENT
    facts = (place.path / "a.bin").stat()
    assert int(facts.st_mtime) == DATE
    assert facts.st_nlink == 1
    if sys.platform != "win32":
        assert stat.S_IMODE(facts.st_mode) == 0o600


def test_an_empty_file_is_a_file(place: Place) -> None:
    Target(place, "empty", random_part_name()).publish(None)

    assert (place.path / "empty").read_bytes() == b""


@pytest.mark.parametrize("date", [None, 0])
def test_a_file_without_a_date_has_todays(date: int | None, place: Place) -> None:
    written(place).publish(date)

    assert abs((place.path / "a.bin").stat().st_mtime - time.time()) < 60


@pytest.mark.parametrize(
    "date", [int(time.time()) + 86400 * 365, 2**40, 8**20 - 1], ids=["a year", "2 ** 40", "the most"]
)
def test_a_date_far_in_the_future_is_tomorrow(date: int, place: Place) -> None:
    written(place).publish(date)

    assert abs((place.path / "a.bin").stat().st_mtime - time.time() - 86400) < 60


@posix
def test_a_file_lasts_before_its_name_does(tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    class Watched(Place):
        def link(self, old: str, new: str) -> None:
            steps.append("link")
            super().link(old, new)

        def unlink(self, name: str) -> None:
            steps.append("unlink half")
            super().unlink(name)

    def fsync(descriptor: int) -> None:
        facts = os.fstat(descriptor)
        steps.append("sync directory" if stat.S_ISDIR(facts.st_mode) else f"sync {facts.st_size} bytes")

    watched = Watched(place.path)
    target = written(watched)
    monkeypatch.setattr(os, "fsync", fsync)
    target.publish(DATE)
    watched.close()

    assert steps == ["sync 300000 bytes", "link", "unlink half", "sync directory"]


def test_a_write_the_system_takes_in_pieces_is_whole(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target(place, "a.bin", PART)
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data)[:1000]))
    target.write(CONTENT[:65536])
    monkeypatch.undo()
    target.publish(None)

    assert (place.path / "a.bin").read_bytes() == CONTENT[:65536]


# Never over what is there


def test_a_name_taken_meanwhile_is_not_overwritten_and_the_half_is_still_there(place: Place) -> None:
    target = written(place)
    (place.path / "a.bin").write_bytes(b"mine")

    with pytest.raises(FileExistsError):
        target.publish(DATE)

    assert (place.path / "a.bin").read_bytes() == b"mine"
    assert (place.path / PART).read_bytes() == CONTENT
    target.drop()
    assert names(place) == {"a.bin"}


def test_a_name_taken_meanwhile_in_another_case_is_taken(place: Place) -> None:
    target = written(place, name="Stra\u00dfe.txt")
    (place.path / "STRASSE.TXT").write_bytes(b"mine")

    with pytest.raises(FileExistsError):
        target.publish(DATE)
    target.drop()

    assert names(place) == {"STRASSE.TXT"}


@posix
def test_a_link_under_the_name_is_not_followed(place: Place, tmp_path: Path) -> None:
    target = written(place)
    (place.path / "a.bin").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(FileExistsError):
        target.publish(DATE)
    assert not (tmp_path / "elsewhere").exists()
    target.drop()


@pytest.mark.parametrize(
    "error",
    [NoLinks.error, OSError(errno.EOPNOTSUPP, "Operation not supported"), OSError(errno.EMLINK, "Too many links")],
)
def test_a_disk_without_links_gets_the_file_all_the_same(
    error: OSError, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NoLinks, "error", error)
    plain = NoLinks(place.path)
    written(plain).publish(DATE)
    plain.close()

    assert names(place) == {"a.bin"}
    assert (place.path / "a.bin").read_bytes() == CONTENT
    assert int((place.path / "a.bin").stat().st_mtime) == DATE


def test_a_disk_without_links_overwrites_nothing_either(place: Place) -> None:
    plain = NoLinks(place.path)
    target = written(plain)
    (place.path / "a.bin").write_bytes(b"mine")

    with pytest.raises(FileExistsError):
        target.publish(DATE)

    assert (place.path / "a.bin").read_bytes() == b"mine"
    target.drop()
    assert names(place) == {"a.bin"}
    plain.close()


def test_a_name_that_cannot_be_made_to_last_is_taken_back(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    target = written(place)

    def broken(_: Place) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Place, "sync", broken)
    with pytest.raises(OSError, match="Input/output"):
        target.publish(DATE)
    target.drop()

    assert names(place) == set()


def test_a_file_that_cannot_be_made_to_last_gets_no_name(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    target = written(place)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        target.publish(DATE)

    assert names(place) == {PART}
    target.keep()


def test_a_published_file_can_be_taken_back(place: Place) -> None:
    target = written(place)
    target.publish(DATE)
    target.withdraw()
    target.drop()

    assert names(place) == set()


# Halves


@pytest.mark.parametrize("cut", [1, 65536, 100_000, 299_999])
def test_what_was_received_before_is_taken_up_with_its_crc_and_hash(cut: int, place: Place) -> None:
    written(place, CONTENT[:cut]).keep()
    assert names(place) == {PART}

    target = Target(place, "a.bin", PART)
    assert target.size == cut
    assert target.read_back() == zlib.crc32(CONTENT[:cut])
    target.write(CONTENT[cut:])
    target.publish(DATE)

    assert target.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (place.path / "a.bin").read_bytes() == CONTENT


def test_what_was_received_before_can_be_forgotten(place: Place) -> None:
    written(place, b"something else, and longer" * 99).keep()
    target = Target(place, "a.bin", PART)
    target.read_back()
    target.start_over()
    assert (target.size, target.crc) == (0, 0)
    target.write(b"new")
    target.publish(DATE)

    assert (place.path / "a.bin").read_bytes() == b"new"
    assert target.sha256 == hashlib.sha256(b"new").hexdigest()


def test_a_half_that_shrank_while_it_was_read_is_as_long_as_it_is(place: Place) -> None:
    written(place, CONTENT[:1000]).keep()
    target = Target(place, "a.bin", PART)
    os.truncate(place.path / PART, 400)

    assert target.read_back() == zlib.crc32(CONTENT[:400])
    assert target.size == 400
    target.drop()


def test_what_is_dropped_leaves_nothing_and_may_be_dropped_twice(place: Place) -> None:
    target = written(place)
    target.drop()
    target.drop()

    assert names(place) == set()


def test_two_cannot_work_on_the_same_half(place: Place) -> None:
    first = written(place, CONTENT[:1000])
    assert busy_parts(place) == {PART}
    with pytest.raises(BlockingIOError):
        Target(place, "a.bin", PART)
    other = Target(place, "a.bin", part_name("member 2", "a.bin", len(CONTENT), DATE))
    other.drop()
    first.keep()

    assert busy_parts(place) == set()
    second = Target(place, "a.bin", PART)
    assert second.size == 1000
    second.drop()


def test_halves_of_one_name_in_two_directories_are_two(place: Place, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Place(tmp_path / "other")
    first, second = written(place), written(other)

    assert busy_parts(other) == {PART}
    for target in (first, second):
        target.drop()
    other.close()


# What somebody may have put under the half's name


def refuses(place: Place) -> str:
    with pytest.raises(OSError) as raised:
        Target(place, "a.bin", PART)
    assert not busy_parts(place)
    return str(raised.value)


@posix
def test_a_link_under_the_halfs_name_is_refused(place: Place, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (place.path / PART).symlink_to(secret)
    refuses(place)

    assert secret.read_bytes() == b"secret"


@posix
def test_another_name_of_some_file_under_the_halfs_name_is_refused(place: Place, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    os.link(secret, place.path / PART)

    assert "tampered" in refuses(place)
    assert secret.read_bytes() == b"secret"


@posix
def test_a_pipe_under_the_halfs_name_is_refused_without_waiting(place: Place) -> None:
    if sys.platform != "win32":
        os.mkfifo(place.path / PART)

    assert "tampered" in refuses(place)


def test_a_directory_under_the_halfs_name_is_refused(place: Place) -> None:
    (place.path / PART).mkdir()
    refuses(place)
