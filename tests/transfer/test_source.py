"""Files that are sent."""

from __future__ import annotations

import hashlib
import os
import random
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.transfer.source import Source, open_regular

CONTENT = random.Random(3).randbytes(300_000)
SHA = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file.bin"
    path.write_bytes(CONTENT)
    os.utime(path, (1_234_567_890.75,) * 2)
    return path


@pytest.fixture
def source(path: Path) -> Iterator[Source]:
    source = Source(path)
    yield source
    source.close()


def test_a_file_tells_its_name_size_and_date(source: Source, path: Path) -> None:
    assert (source.path, source.name, source.size, source.mtime) == (path, "file.bin", 300_000, 1_234_567_890)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        Source(tmp_path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Source(tmp_path / "nothing")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_is_refused_even_to_a_regular_file(path: Path) -> None:
    link = path.with_name("link.bin")
    link.symlink_to(path)

    with pytest.raises(OSError):
        Source(link)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes in folders")
def test_a_pipe_is_refused_without_waiting_for_its_other_end(tmp_path: Path) -> None:
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OSError, match="no regular file"):
        Source(tmp_path / "pipe")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no devices in folders")
@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero", "/dev/tty"])
def test_a_device_is_refused(device: str) -> None:
    with pytest.raises(OSError):
        Source(Path(device))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows open files as links")
def test_what_is_refused_is_closed_again(tmp_path: Path) -> None:
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        with pytest.raises(OSError):
            open_regular(tmp_path / "pipe")

    assert len(os.listdir("/proc/self/fd")) == before


def test_pieces_are_read_in_any_order(source: Source) -> None:
    for offset, size in ((0, 10), (10, 10), (5, 10), (299_990, 100), (0, 300_001), (300_000, 5), (400_000, 5), (7, 0)):
        assert source.read(offset, size) == CONTENT[offset : offset + size], (offset, size)


@given(st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 300_000)), max_size=6))
def test_the_hash_is_the_whole_files_whatever_was_read(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "hashed.bin"
    if not path.exists():
        path.write_bytes(CONTENT)
    source = Source(path)
    for offset, size in pieces:
        assert source.read(offset, size) == CONTENT[offset : offset + size]

    assert source.sha256() == SHA
    assert source.sha256() == SHA
    source.close()


@pytest.mark.parametrize("length", [0, 1, 1000, 262_144, 262_145, 300_000])
def test_the_crc_is_that_of_the_first_bytes(length: int, source: Source) -> None:
    assert source.crc(length) == zlib.crc32(CONTENT[:length])
    assert source.sha256() == SHA


def test_a_proof_in_the_middle_of_reading_leaves_place_and_hash_as_they_were(source: Source) -> None:
    source.read(0, 1000)
    source.crc(200_000)

    assert source.read(1000, 1000) == CONTENT[1000:2000]
    assert source.sha256() == SHA


def test_a_file_that_shrinks_is_read_to_its_new_end_and_the_hash_is_of_what_was_sent(
    source: Source, path: Path
) -> None:
    sent = source.read(0, 65536)
    os.truncate(path, 100_000)
    sent += source.read(65536, 65536)

    assert sent == CONTENT[:100_000]
    assert source.read(100_000, 65536) == b""
    assert source.crc(300_000) == zlib.crc32(sent)
    assert source.sha256() == hashlib.sha256(sent).hexdigest()


def test_a_file_that_is_replaced_is_read_as_it_was(source: Source, path: Path) -> None:
    source.read(0, 10)
    path.unlink()
    path.write_bytes(b"another")

    assert source.read(10, 10) == CONTENT[10:20]
    assert source.sha256() == SHA
