"""Reading one member of an archive that may be hostile."""

from __future__ import annotations

import io
import os
import random
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.areas import archive
from sttelnet.areas.archive import member
from tests.areas.archives import DIZ, zipped

TEXT = b"Tools 1.0\r\nSmall tools.\r\n"
MOST = 4096


def read(data: bytes, most: int = MOST) -> bytes | None:
    return member(io.BytesIO(data), b"file_id.diz", most)


class Watched(io.BytesIO):
    """A file that counts what is read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


@pytest.mark.parametrize("name", [DIZ, "file_id.diz", "File_Id.Diz"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_is_found_by_its_name_in_any_case(name: str, method: int) -> None:
    assert read(zipped(TEXT, name, method=method)) == TEXT


@pytest.mark.parametrize("name", ["tools/FILE_ID.DIZ", "FILE_ID.DIZ.txt", "XFILE_ID.DIZ", "../FILE_ID.DIZ"])
def test_only_the_top_level_and_the_whole_name_count(name: str) -> None:
    assert read(zipped(TEXT, name)) is None


@pytest.mark.parametrize("length", [1, 500, 5000, 65535])
def test_a_comment_may_stand_behind_the_archive(length: int) -> None:
    assert read(zipped(TEXT, comment=b"c" * length)) == TEXT


def test_a_program_may_stand_before_the_archive() -> None:
    assert read(os.urandom(3000) + zipped(TEXT)) == TEXT


def test_an_empty_archive_has_no_members() -> None:
    data = io.BytesIO()
    zipfile.ZipFile(data, "w").close()

    assert read(data.getvalue()) is None


def test_an_empty_member_is_empty() -> None:
    assert read(zipped(b"")) == b""


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_of_a_long_member_the_beginning_is_read(method: int) -> None:
    content = random.Random(1).randbytes(100_000)

    assert read(zipped(content, method=method)) == content[:MOST]


def test_a_member_of_just_that_length_is_read() -> None:
    content = random.Random(1).randbytes(MOST)

    assert read(zipped(content)) == content


def test_a_bomb_is_inflated_no_further_than_was_asked_for() -> None:
    data = zipped(bytes(200_000_000))
    tracemalloc.start()
    try:
        assert read(data) == bytes(MOST)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_not_undone(method: int) -> None:
    assert read(zipped(TEXT, method=method)) is None


@pytest.mark.parametrize("flag", [0x01, 0x40])
def test_an_encrypted_member_is_not_read(flag: int) -> None:
    data = bytearray(zipped(TEXT))
    data[data.rindex(DIZ.encode()) - 46 + 8] |= flag  # the flags of its entry in the directory

    assert read(bytes(data)) is None


def test_a_member_whose_checksum_is_wrong_is_not_read() -> None:
    data = zipped(TEXT, method=zipfile.ZIP_STORED)

    assert read(data.replace(b"Small", b"Smell")) is None


def test_a_directory_of_too_many_entries_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_ENTRIES", 3)
    assert read(zipped(TEXT)) == TEXT

    monkeypatch.setattr(archive, "MOST_ENTRIES", 2)
    assert read(zipped(TEXT)) is None


def test_a_directory_that_lies_about_its_entries_is_read_up_to_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(zipped(TEXT))
    end = data.rindex(b"PK\x05\x06")
    data[end + 8 : end + 12] = struct.pack("<2H", 1, 1)
    assert read(bytes(data)) == TEXT

    monkeypatch.setattr(archive, "MOST_ENTRIES", 1)
    assert read(bytes(data)) is None


def test_a_directory_that_is_too_large_is_not_read() -> None:
    padding = archive.MOST_DIRECTORY // 60_000
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        made.writestr(DIZ, TEXT)
        for number in range(padding):
            made.writestr(f"{number}".ljust(60_000, "x"), b"")
    assert read(data.getvalue()) == TEXT

    with zipfile.ZipFile(data, "a") as made:
        made.writestr("more".ljust(60_000, "x"), b"")
    assert read(data.getvalue()) is None


def test_little_is_read_whatever_the_archive_says() -> None:
    data = bytearray(zipped(TEXT))
    at = data.index(b"PK\x01\x02")
    while at >= 0:
        data[at + 20 : at + 28] = b"\xff" * 8  # sizes
        at = data.find(b"PK\x01\x02", at + 1)
    file = Watched(bytes(5_000_000) + data)

    member(file, b"file_id.diz", MOST)

    assert file.taken < 100_000


def test_an_archive_cut_anywhere_has_no_members_or_that_one() -> None:
    data = zipped(TEXT)

    assert {read(data[:length]) for length in range(len(data))} == {None}
    assert {read(data[start:]) for start in range(len(data))} <= {None, TEXT}


@given(st.binary(max_size=600))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert read(data) is None or b"PK" in data


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8), st.integers(0, 3))
def test_no_damage_to_an_archive_makes_it_raise(flips: list[tuple[int, int]], method: int) -> None:
    data = bytearray(DAMAGED[method])
    for place, value in flips:
        data[place % len(data)] = value

    found = read(bytes(data), 64)

    assert found is None or len(found) <= 64


DAMAGED = [
    zipped(TEXT, method=zipfile.ZIP_STORED),
    zipped(TEXT),
    zipped(random.Random(1).randbytes(300), method=zipfile.ZIP_STORED),
    zipped(TEXT * 100, comment=b"PK\x05\x06" * 3),
]


@given(st.binary(max_size=64).map(lambda junk: b"PK\x05\x06" + junk))
def test_an_end_record_alone_is_no_archive(data: bytes) -> None:
    assert read(data) is None
