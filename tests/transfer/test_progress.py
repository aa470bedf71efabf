"""How far a transfer is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.transfer.progress import Progress

KIB = 1024


def begun(size: int | None = 1000 * KIB, offset: int = 0) -> Progress:
    progress = Progress("sending")
    progress.begin("setup.zip", size, offset, 100.0)
    return progress


def test_before_a_file_and_behind_it_only_the_verb_is_told() -> None:
    progress = Progress("receiving")
    assert progress.words() == "receiving files"
    progress.begin("a.zip", 10, 0, 1.0)
    progress.begin("", None, 0, 2.0)
    assert progress.words() == "receiving files"


@pytest.mark.parametrize(
    ("offset", "now", "words"),
    [
        (0, 100.0, "sending setup.zip 0 %"),
        (10 * KIB, 100.5, "sending setup.zip 1 %"),  # too early for a rate
        (570 * KIB, 101.0, "sending setup.zip 57 % 570 KB/s, 0:00 left"),
        (500 * KIB, 110.0, "sending setup.zip 50 % 50 KB/s, 0:10 left"),
        (100 * KIB, 200.0, "sending setup.zip 10 % 1 KB/s, 15:00 left"),
        (1000 * KIB, 110.0, "sending setup.zip 100 % 100 KB/s, 0:00 left"),
    ],
)
def test_the_words_tell_share_rate_and_the_time_left(offset: int, now: float, words: str) -> None:
    progress = begun()
    progress.at(offset, now)

    assert progress.words() == words


def test_a_file_of_unknown_size_has_only_a_rate() -> None:
    progress = begun(size=None)
    progress.at(100 * KIB, 110.0)

    assert progress.words() == "sending setup.zip 10 KB/s"
    assert progress.left is None


def test_an_empty_file_has_no_share() -> None:
    assert begun(size=0).words() == "sending setup.zip"


def test_a_file_that_goes_on_counts_only_what_is_moved_now() -> None:
    progress = begun(offset=500 * KIB)
    progress.at(600 * KIB, 110.0)

    assert (progress.moved, progress.seconds) == (100 * KIB, 10.0)
    assert progress.words() == "sending setup.zip 60 % 10 KB/s, 0:40 left"


def test_going_back_behind_the_start_moves_nothing() -> None:
    progress = begun(offset=500)
    progress.at(400, 110.0)

    assert progress.moved == 0


def test_each_file_begins_anew() -> None:
    progress = begun()
    progress.errors = 3
    progress.at(900, 150.0)
    progress.begin("b.zip", 10, 5, 200.0)

    assert (progress.name, progress.size, progress.offset, progress.errors) == ("b.zip", 10, 5, 0)
    assert (progress.moved, progress.seconds) == (0, 0.0)


@given(st.none() | st.integers(0, 2**40), st.integers(0, 2**40), st.integers(0, 2**40), st.floats(0, 1e9))
def test_whatever_the_figures_there_are_words(size: int | None, start: int, offset: int, seconds: float) -> None:
    progress = begun(size, start)
    progress.at(offset, 100.0 + seconds)

    assert progress.words().startswith("sending setup.zip")
    assert progress.left is None or progress.left >= 0
