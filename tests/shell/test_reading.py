from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.shell.dialect import Marks
from sttelnet.shell.reading import Reading

MARKS = Marks("0123456789abcdef", "fedcba9876543210")
STREAM = b"stty -echo\r\n0123456789abcdef\r\nthe output\nfedcba98 no mark\nfedcba9876543210 17\r\nand more"


@given(st.lists(st.integers(0, len(STREAM)), max_size=10))
def test_where_the_pieces_are_cut_does_not_matter(cuts: list[int]) -> None:
    reading = Reading(MARKS, 1000)
    places = [0, *sorted(cuts), len(STREAM)]
    for start, end in itertools.pairwise(places):
        if reading.status is None:
            reading.take(STREAM[start:end])
    assert reading.status == 17
    assert reading.output() == "the output\nfedcba98 no mark\n"
    assert not reading.cut


def test_no_more_is_kept_than_allowed_and_the_end_is_found_all_the_same() -> None:
    reading = Reading(MARKS, 100)
    reading.take(b"0123456789abcdef\n")
    for _ in range(1000):
        reading.take(b"x" * 1000)
    reading.take(b"\nfedcba9876543210 0\n")
    assert reading.status == 0
    assert reading.cut
    assert reading.output() == "x" * 100


@pytest.mark.parametrize(("told", "status"), [(b"0", 0), (b"255", 255), (b"-1073741510", 0xC000013A), (b"what", 0)])
def test_a_status_is_a_number(told: bytes, status: int) -> None:
    reading = Reading(MARKS, 100)
    reading.take(b"0123456789abcdef\nfedcba9876543210 " + told + b"\r\n")
    assert reading.status == status


def test_what_came_before_the_shell_died_is_kept() -> None:
    reading = Reading(MARKS, 100)
    reading.take(b"0123456789abcdef\nlast words")
    assert reading.output() == "last words"


def test_what_has_come_can_be_shown_at_once_but_for_a_line_end_that_may_not_be_the_command_s() -> None:
    reading = Reading(MARKS, 100)
    shown = []
    for piece in (b"0123456789abcdef\nbegun", b"\n", b"more\n", b"\nfedcba98", b"76543210 0\n"):
        reading.take(piece)
        shown.append(reading.fresh())
    assert shown == [b"begun", b"", b"\nmore", b"\n", b""]
    assert reading.status == 0
