"""Hours in which nobody is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.quiet import in_hours


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [
        ("22:00-07:00", ["22:00", "23:59", "00:00", "06:59"], ["07:00", "12:00", "21:59"]),
        ("12:00-13:30", ["12:00", "13:29"], ["11:59", "13:30", "00:00"]),
        ("00:00-00:00", ["00:00", "12:00", "23:59"], []),
        ("", [], ["00:00", "12:00"]),
    ],
)
def test_hours_may_go_over_midnight(hours: str, inside: list[str], outside: list[str]) -> None:
    def minute(time: str) -> int:
        return 60 * int(time[:2]) + int(time[3:])

    assert [time for time in inside + outside if in_hours(hours, minute(time))] == inside


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439))
def test_a_minute_is_in_the_hours_or_in_the_rest_of_the_day(start: int, end: int, minute: int) -> None:
    def word(at: int) -> str:
        return f"{at // 60:02}:{at % 60:02}"

    if start != end:
        there = in_hours(f"{word(start)}-{word(end)}", minute)
        assert there is not in_hours(f"{word(end)}-{word(start)}", minute)
