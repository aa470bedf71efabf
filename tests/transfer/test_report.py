"""What is said of a transfer behind it."""

from __future__ import annotations

import pytest

from sttelnet.transfer import Ending, FileReport, Report

MIB = 1024 * 1024
DONE = FileReport("a.zip", Ending.DONE, size=2 * MIB, seconds=4.0, sha256="ab" * 32)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (DONE, "a.zip: 2.0 MB, 512 KB/s"),
        (FileReport("a.zip", Ending.DONE), "a.zip: 0 B, 0 B/s"),
        (FileReport("a.zip", Ending.SKIPPED, why="You have it."), "a.zip: skipped. You have it."),
        (FileReport("a.zip", Ending.REFUSED, why="It is too large."), "a.zip: refused. It is too large."),
        (FileReport("a.zip", Ending.CANCELLED, size=500), "a.zip: cancelled"),
        (FileReport("a.zip", Ending.FAILED, why="The disk is full."), "a.zip: failed. The disk is full."),
    ],
)
def test_a_line_tells_what_came_of_a_file(report: FileReport, words: str) -> None:
    assert report.words() == words


def test_the_words_for_endings_are_those_of_the_database() -> None:
    assert [ending.value for ending in Ending] == ["done", "skipped", "refused", "cancelled", "failed"]


def test_one_file_needs_no_sum() -> None:
    assert Report("Sent", (DONE,)).lines() == ["Sent a.zip: 2.0 MB, 512 KB/s", f"SHA-256 {'ab' * 32}"]


def test_several_files_have_a_sum_of_those_that_were_moved() -> None:
    skipped = FileReport("b.zip", Ending.SKIPPED, size=7, seconds=100.0)
    report = Report("Received", (DONE, skipped, FileReport("c.zip", Ending.DONE, size=MIB, seconds=2.0)))

    assert [file.name for file in report.done] == ["a.zip", "c.zip"]
    assert report.lines() == [
        "Received a.zip: 2.0 MB, 512 KB/s",
        f"SHA-256 {'ab' * 32}",
        "b.zip: skipped",
        "Received c.zip: 1.0 MB, 512 KB/s",
        "Received 2 of 3 files, 3.0 MB, 512 KB/s.",
    ]


def test_nothing_moved_has_no_rate() -> None:
    refused = FileReport("b.zip", Ending.REFUSED)

    assert Report("Received", (refused, refused)).lines()[-1] == "Received 0 of 2 files, 0 B."


def test_of_many_files_only_the_first_have_lines_of_their_own() -> None:
    files = tuple(FileReport(f"{number}.zip", Ending.DONE, size=1024, seconds=1.0) for number in range(1000))
    lines = Report("Sent", files, why="The other side gave up.").lines()

    assert lines[:8] == [f"Sent {number}.zip: 1 KB, 1 KB/s" for number in range(8)]
    assert lines[8:] == ["Sent 1000 of 1000 files, 1.0 MB, 1 KB/s.", "The other side gave up."]


def test_what_went_wrong_comes_last_also_where_no_file_was_moved() -> None:
    assert Report("Sent", (), why="Nothing on the other side speaks ZModem.").lines() == [
        "Nothing on the other side speaks ZModem."
    ]
    assert Report("Sent", ()).lines() == []
