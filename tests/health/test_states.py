from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from sttelnet.config import Thresholds
from sttelnet.health.states import Reading, State, judge, limit_words, worst, worst_first

percents = st.floats(0, 100)
states = st.sampled_from(State)
LIMITS = Thresholds(warning=80, critical=95)


def reading(name: str, state: State) -> Reading:
    return Reading(name, state, "", "", 0.0, None)


def test_a_figure_is_judged_by_its_limits() -> None:
    judged = [judge(percent, LIMITS) for percent in (0, 79.9, 80, 94.9, 95, 100)]

    assert judged == [State.OK, State.OK, State.WARNING, State.WARNING, State.CRITICAL, State.CRITICAL]


def test_no_figure_is_unknown() -> None:
    assert judge(None, LIMITS) is State.UNKNOWN
    assert judge(math.nan, LIMITS) is State.UNKNOWN


@given(percents, percents, percents, percents)
def test_a_higher_figure_is_never_judged_better(low: float, high: float, warning: float, critical: float) -> None:
    limits = Thresholds(warning=warning, critical=critical)

    assert judge(min(low, high), limits) <= judge(max(low, high), limits)


def test_states_are_the_exit_codes_and_words_of_nagios_plugins() -> None:
    assert [(int(state), state.word) for state in State] == [
        (0, "OK"),
        (1, "WARNING"),
        (2, "CRITICAL"),
        (3, "UNKNOWN"),
    ]


def test_unknown_is_worse_than_ok_and_better_than_a_known_fault() -> None:
    assert worst([State.OK, State.UNKNOWN]) is State.UNKNOWN
    assert worst([State.UNKNOWN, State.WARNING]) is State.WARNING
    assert worst([State.WARNING, State.CRITICAL, State.UNKNOWN]) is State.CRITICAL


def test_the_worst_of_nothing_is_unknown() -> None:
    assert worst([]) is State.UNKNOWN


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


def test_limits_are_written_without_needless_digits() -> None:
    assert limit_words(LIMITS) == "80/95%"
    assert limit_words(Thresholds(warning=82.5, critical=95)) == "82.5/95%"
