"""One check as it does."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sttelnet.config import CheckConfig
from sttelnet.health.check import limited, restored
from sttelnet.health.definition import Definition
from sttelnet.health.plugin import Figure, Result
from sttelnet.health.states import State

OK, WARNING, CRITICAL = State.OK, State.WARNING, State.CRITICAL
DEFINITION = Definition("disk", CheckConfig(), ("true",), Path(), "disk")


def test_the_strip_shows_the_worst_of_each_part_and_what_lasts_in_between() -> None:
    check = restored(DEFINITION, None)
    for at, state in ((1000.0, OK), (1010.0, CRITICAL), (1020.0, OK), (3000.0, WARNING)):
        check.take(Result(state, "x"), at, 0.1)
    # the hour from 0 to 3600, in six parts of 600 s
    assert check.strip(6, 3600.0) == [None, CRITICAL, OK, OK, WARNING, WARNING]
    assert check.strip(0, 3600.0) == []


def test_the_strip_goes_on_where_the_clock_was_ahead_for_a_moment_or_was_put_back() -> None:
    check = restored(DEFINITION, None)
    for at, state in ((1000.0, OK), (9e8, WARNING), (1300.0, OK), (2000.0, CRITICAL), (1900.0, OK), (3000.0, WARNING)):
        check.take(Result(state, "x"), at, 0.1)
    assert check.strip(6, 3600.0) == [None, OK, OK, OK, WARNING, WARNING]


@given(st.lists(st.tuples(st.floats(0, 7200), st.sampled_from(State)), max_size=40), st.integers(0, 80))
def test_a_strip_has_a_part_for_each_cell(results: list[tuple[float, State]], cells: int) -> None:
    check = restored(DEFINITION, None)
    for at, state in results:  # the clock goes to and fro
        check.take(Result(state, "x"), at, 0.1)
    strip = check.strip(cells, 7200.0)
    assert len(strip) == cells
    if results and cells:
        assert strip[-1] is not None or results[-1][0] > 7200.0


def test_a_program_is_judged_by_the_worse_of_its_own_state_and_the_configs_limits() -> None:
    figures = (Figure("age", 3.0, "s"), Figure("waiting", 7.0))

    def judged(state: State, **config: str) -> State:
        definition = Definition("queue", CheckConfig(**config), ("true",), Path(), "queue")  # type: ignore[arg-type]
        return limited(Result(state, "x", figures), definition).state

    assert judged(OK) is OK
    assert judged(OK, warning="2") is WARNING
    assert judged(OK, warning="2", critical="2.5") is CRITICAL
    assert judged(CRITICAL, warning="10") is CRITICAL
    assert judged(OK, figure="waiting", critical="10:") is CRITICAL
    assert judged(OK, figure="none of them", critical="10:") is OK
