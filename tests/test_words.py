from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.words import clock_words, count_words, duration_words, rate_words, size_words

GIB = 1024**3


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (310 * 1024, "310 KB"),
        (1.2 * 1024**2, "1.2 MB"),
        (31.2 * GIB, "31.2 GB"),
        (99.96 * GIB, "100 GB"),
        (500 * GIB, "500 GB"),
        (2 * 1024 * GIB, "2.0 TB"),
    ],
)
def test_a_size_is_short(size: float, words: str) -> None:
    assert size_words(size) == words


@given(st.floats(0, 2.0**59))
def test_a_size_takes_seven_characters_at_most(size: float) -> None:
    assert len(size_words(size)) <= 7


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0s"), (59.9, "59s"), (60, "1m"), (25 * 60, "25m"), (3 * 3600, "3h"), (41 * 86400, "41d")],
)
def test_a_duration_is_short(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_a_rate_is_a_size_for_each_second_even_where_no_time_has_passed() -> None:
    assert rate_words(310 * 1024 * 2, 2.0) == "310 KB/s"
    assert rate_words(100, 0.0) == "98 KB/s"


@pytest.mark.parametrize(
    ("seconds", "words"), [(-1, "0:00"), (7.9, "0:07"), (754, "12:34"), (3723, "1:02:03"), (90000, "25:00:00")]
)
def test_a_clock_shows_hours_only_where_there_are_some(seconds: float, words: str) -> None:
    assert clock_words(seconds) == words


def test_one_thing_is_said_in_the_singular() -> None:
    assert [count_words(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
