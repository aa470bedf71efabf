"""Which description a file has."""

from __future__ import annotations

import os
from pathlib import Path

from sttelnet.areas.descriptions import DIZ_SECONDS, Descriptions
from sttelnet.areas.listing import Unavailable, scan
from sttelnet.store import StoredFile
from tests.areas.archives import put, zipped


def stored(name: str, description: str) -> StoredFile:
    return StoredFile("public", name, 1, "", 1, "Kim", 1.0, description)


def said(descriptions: Descriptions, directory: Path, *known: StoredFile) -> dict[str, str]:
    found = scan(directory)
    assert not isinstance(found, Unavailable)
    texts = descriptions.read(found, {file.name.casefold(): file for file in known})
    return {file.name: text for file, text in texts.items()}


def test_the_uploaders_words_count_before_the_list_and_the_list_before_the_archive(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip", "c.zip"):
        put(tmp_path, zipped(b"from the archive\nline two"), name)
    (tmp_path / "descript.ion").write_text("A.ZIP from the list\nb.zip from the list\n")

    texts = said(Descriptions(tmp_path), tmp_path, stored("A.zip", "from Kim"), stored("b.zip", " \x1b"))

    assert texts == {"a.zip": "from Kim", "b.zip": "from the list", "c.zip": "from the archive\nline two"}


def test_a_file_of_which_nothing_is_said_is_shown_all_the_same(tmp_path: Path) -> None:
    put(tmp_path, b"", "a.txt")
    put(tmp_path, b"no archive", "a.zip")
    put(tmp_path, zipped(b"Tools"), "tools.exe")

    assert said(Descriptions(tmp_path), tmp_path) == {"a.txt": "", "a.zip": "", "tools.exe": ""}


def test_an_uploaders_words_are_made_safe(tmp_path: Path) -> None:
    put(tmp_path, b"", "a.txt")

    texts = said(Descriptions(tmp_path), tmp_path, stored("a.txt", "one\x1b[2J\n**\x18B00 two"))

    assert texts == {"a.txt": "one[2J **B00 two"}


def test_a_list_that_was_uploaded_is_a_file_and_describes_nothing(tmp_path: Path) -> None:
    put(tmp_path, b"", "a.txt")
    put(tmp_path, b"a.txt forged\n", "DESCRIPT.ION")
    assert said(Descriptions(tmp_path), tmp_path) == {"a.txt": "forged"}

    texts = said(Descriptions(tmp_path), tmp_path, stored("Descript.ion", ""))

    assert texts == {"a.txt": "", "DESCRIPT.ION": ""}


def test_a_list_that_was_edited_is_read_anew(tmp_path: Path) -> None:
    put(tmp_path, b"", "a.txt")
    descriptions = Descriptions(tmp_path)
    for text, expected in ((b"a.txt one\n", "one"), (b"a.txt other\n", "other"), (b"", "")):
        put(tmp_path, text, "descript.ion")
        assert said(descriptions, tmp_path) == {"a.txt": expected}
    put(tmp_path, b"a.txt last\n", "descript.ion")
    assert said(descriptions, tmp_path) == {"a.txt": "last"}

    (tmp_path / "descript.ion").unlink()

    assert said(descriptions, tmp_path) == {"a.txt": ""}


def test_an_archive_is_opened_again_only_when_it_has_changed(tmp_path: Path) -> None:
    path = put(tmp_path, zipped(b"one"))
    os.utime(path, (1e9, 1e9))
    descriptions = Descriptions(tmp_path)
    assert said(descriptions, tmp_path) == {"tools.zip": "one"}

    put(tmp_path, zipped(b"two"))
    os.utime(path, (1e9, 1e9))
    assert said(descriptions, tmp_path) == {"tools.zip": "one"}  # as long as before, and of the same time

    os.utime(path, (2e9, 2e9))
    assert said(descriptions, tmp_path) == {"tools.zip": "two"}


def test_archives_that_are_gone_are_not_kept_in_memory(tmp_path: Path) -> None:
    descriptions = Descriptions(tmp_path)
    for number in range(20):
        path = put(tmp_path, zipped(b"one"), f"{number}.zip")
        said(descriptions, tmp_path)
        path.unlink()
    said(descriptions, tmp_path)

    assert descriptions._archives == {}


def test_one_look_opens_archives_for_so_long_and_the_next_go_on(tmp_path: Path) -> None:
    for number in range(6):
        put(tmp_path, zipped(b"Tools"), f"{number}.zip")
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += DIZ_SECONDS / 4
        return now

    descriptions = Descriptions(tmp_path, clock)
    counts = [sum(map(bool, said(descriptions, tmp_path).values())) for _ in range(3)]

    assert counts == [4, 6, 6]
