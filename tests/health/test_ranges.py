"""Ranges of the monitoring plugins' interface."""

from __future__ import annotations

import math

import nagiosplugin
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.ranges import Range, read_range

# monitoring-plugins.org, "Development Guidelines", the table of "Threshold and Ranges", and its likes.
TEXTS = [
    "10", "10:", "~:10", "10:20", "@10:20", "0", "0:", "~:0", "-10:10", "-20:-10", "@-20:-10", "@10", "@~:10", "@10:",
    "1.5", "1.5:2.5", ".5", "5.", "~:-1", "0:0", "@0:0", "~:", "1000000",
]  # fmt: skip
VALUES = [-1e9, -21, -20, -15, -10, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 2.6, 5, 9.99, 10, 10.01, 15, 20, 21, 1000, 1e9]


@pytest.mark.parametrize("text", TEXTS)
def test_a_range_alerts_for_the_values_nagiosplugin_alerts_for(text: str) -> None:
    range_ = read_range(text)
    assert range_ is not None
    theirs = nagiosplugin.Range(text)
    assert [range_.alerts(value) for value in VALUES] == [not theirs.match(value) for value in VALUES]


@pytest.mark.parametrize(
    "text",
    ["", ":", "@", "~", "@:", "a", "10:a", "20:10", "1:2:3", "10 20", "1,5", "--1", "@@1", "1e3", "nan", "inf"],
)
def test_what_is_no_range_is_none(text: str) -> None:
    assert read_range(text) is None


def test_a_value_that_is_no_number_always_alerts() -> None:
    assert Range().alerts(math.nan)
    assert Range(inside=True).alerts(math.nan)


@given(st.sampled_from(TEXTS))
def test_a_range_is_written_as_it_is_read(text: str) -> None:
    range_ = read_range(text)
    assert range_ is not None
    assert read_range(str(range_)) == range_


@given(st.text(max_size=20))
def test_no_text_makes_it_raise(text: str) -> None:
    read_range(text)
