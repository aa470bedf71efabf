"""Directory, database and descriptions as one list."""

from __future__ import annotations

from sttelnet.areas.listing import MOST_FILES, Found
from sttelnet.areas.merging import MOST_FORGOTTEN, AreaFile, Known, gone, merged
from sttelnet.store import StoredFile

STORED = StoredFile("public", "Tools.zip", 5, "ab" * 32, 1, "Kim", 10.0, "Tools")


def test_a_file_has_what_is_known_of_it() -> None:
    known = Known({"tools.zip": STORED}, {"tools.zip": 3, "b.txt": 1})

    files = list(merged("public", {Found("TOOLS.ZIP", 5, 2.0): "Tools", Found("b.txt", 7, 3.0): ""}, known))

    assert files == [
        AreaFile("public", "TOOLS.ZIP", 5, 2.0, "Tools", "Kim", 10.0, "ab" * 32, 3),
        AreaFile("public", "b.txt", 7, 3.0, downloads=1),
    ]


def test_the_checksum_of_what_was_uploaded_is_not_that_of_what_took_its_place() -> None:
    (file,) = merged("public", {Found("Tools.zip", 6, 2.0): ""}, Known({"tools.zip": STORED}, {}))

    assert (file.sha256, file.uploader) == ("", "Kim")


def test_a_description_has_a_line_for_lists() -> None:
    assert AreaFile("public", "a.zip", 1, 1.0, "=====\n Tools \nmore").summary == "Tools"
    assert AreaFile("public", "a.zip", 1, 1.0).summary == ""


def test_rows_without_a_file_are_gone() -> None:
    known = {"tools.zip": STORED, "b.txt": StoredFile("public", "b.txt", 1, "", None, "", 1.0)}

    assert gone((Found("B.TXT", 1, 1.0),), known) == (STORED,)
    assert gone((Found("b.txt", 1, 1.0), Found("tools.zip", 1, 1.0)), known) == ()


def test_nothing_is_gone_where_the_disk_may_be_missing() -> None:
    assert gone((), {"tools.zip": STORED}) == ()


def test_nothing_is_gone_where_not_all_was_looked_at() -> None:
    found = tuple(Found(f"{number}.txt", 1, 1.0) for number in range(MOST_FILES))

    assert gone(found, {"tools.zip": STORED}) == ()
    assert gone(found[1:], {"tools.zip": STORED}) == (STORED,)


def test_not_all_is_forgotten_at_once() -> None:
    known = {f"{n}.txt": StoredFile("public", f"{n}.txt", 1, "", None, "", 1.0) for n in range(2 * MOST_FORGOTTEN)}

    assert len(gone((Found("a", 1, 1.0),), known)) == MOST_FORGOTTEN
