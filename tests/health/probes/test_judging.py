from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.plugin import LONGEST_LINE, Figure
from sttelnet.health.probes.judging import failed, judged, state_of, unknown
from sttelnet.health.ranges import Range
from sttelnet.health.states import State


@pytest.mark.parametrize(
    ("value", "state"), [(80, State.OK), (80.1, State.WARNING), (95, State.WARNING), (95.1, State.CRITICAL)]
)
def test_a_figure_is_judged_by_its_ranges_the_critical_one_first(value: float, state: State) -> None:
    assert state_of(Figure("used", value, "%", Range(0, 80), Range(0, 95))) is state


def test_a_figure_without_ranges_is_ok_and_one_that_is_no_number_alerts() -> None:
    assert state_of(Figure("used", 1e9)) is State.OK
    assert state_of(Figure("used", math.nan, critical=Range(0, 95))) is State.CRITICAL


def test_the_worst_of_all_figures_and_of_what_is_known_besides_counts() -> None:
    good, bad = Figure("a", 1), Figure("b", 5, warning=Range(0, 1))
    assert judged("x", good, bad).state is State.WARNING
    assert judged("x", good, bad, state=State.CRITICAL).state is State.CRITICAL
    assert judged("x", good, bad, state=State.UNKNOWN).state is State.WARNING
    assert (unknown("x").state, failed("x").state) == (State.UNKNOWN, State.CRITICAL)


@given(st.text(), st.text())
def test_what_acts_on_a_terminal_gets_into_no_text(text: str, further: str) -> None:
    result = judged(text, further=further)
    assert "\x1b" not in result.text + result.further
    assert "\n" not in result.text
    assert len(result.text) <= LONGEST_LINE
