from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.plugin import Figure
from sttelnet.health.ranges import read_range
from sttelnet.health.reading import Reading, limit_words, worst_first
from sttelnet.health.states import State, worst

states = st.sampled_from(State)


def reading(name: str, state: State) -> Reading:
    return Reading(name, name, state, "", "", 0.0, None)


@given(st.lists(states, min_size=1))
def test_worst_first_begins_with_the_worst_and_keeps_everything(found: list[State]) -> None:
    readings = [reading(str(number), state) for number, state in enumerate(found)]

    ranked = worst_first(readings)

    assert ranked[0].state is worst(found)
    assert sorted(ranked, key=lambda each: int(each.name)) == readings


@given(st.lists(states))
def test_readings_of_one_state_keep_their_order(found: list[State]) -> None:
    ranked = worst_first(reading(str(number), state) for number, state in enumerate(found))

    for state in State:
        numbers = [int(each.name) for each in ranked if each.state is state]
        assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("warning", "critical", "unit", "words"),
    [
        ("80", "95", "%", "80/95%"),
        ("82.5", "95", "%", "82.5/95%"),
        ("~:80", "~:95", "", "80/95"),
        ("10:20", "@5", "s", "10:20/@5s"),
        ("", "1:", "", "-/1:"),
        ("5", "", "c", "5/-"),
        ("", "", "%", ""),
    ],
)
def test_limits_are_written_shortly(warning: str, critical: str, unit: str, words: str) -> None:
    assert limit_words(Figure("x", 1.0, unit, read_range(warning), read_range(critical))) == words
