"""Penalties add up, pass, bite from a minimum on, and take no more room than they may."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sttelnet.config import PenaltiesConfig
from sttelnet.server.admission import Offence, Penalties, Penalty

CONFIG = PenaltiesConfig()
PEER = "192.0.2.7"


def test_nobody_is_refused_below_the_minimum_and_everybody_from_there_on() -> None:
    penalties = Penalties()

    assert penalties.add(PEER, Offence.AUTH_FAILURE, 0.0, CONFIG) is None
    assert penalties.add(PEER, Offence.INVALID_USER, 0.0, CONFIG) is None
    assert penalties.left(PEER, 0.0) == 0
    assert penalties.add(PEER, Offence.AUTH_FAILURE, 0.0, CONFIG) == Penalty(PEER, 15, Offence.AUTH_FAILURE)
    assert penalties.left(PEER, 0.0) == 15
    assert penalties.left("192.0.2.8", 0.0) == 0


def test_each_offence_has_its_seconds() -> None:
    config = PenaltiesConfig(auth_failure=1, invalid_user=2, grace_exceeded=4, flood=8, no_auth=16, minimum=0)
    found = {offence: Penalties().add(PEER, offence, 0.0, config) for offence in Offence}

    assert {offence: penalty.seconds for offence, penalty in found.items() if penalty} == {
        Offence.AUTH_FAILURE: 1,
        Offence.INVALID_USER: 2,
        Offence.GRACE_EXCEEDED: 4,
        Offence.FLOOD: 8,
        Offence.NO_AUTH: 16,
    }


def test_a_penalty_passes_and_what_was_before_it_counts_no_more() -> None:
    penalties = Penalties()
    for _ in range(3):
        penalties.add(PEER, Offence.AUTH_FAILURE, 0.0, CONFIG)

    assert penalties.left(PEER, 14.5) == 0.5
    assert penalties.left(PEER, 15.0) == 0
    assert penalties.add(PEER, Offence.AUTH_FAILURE, 15.0, CONFIG) is None
    assert penalties.left(PEER, 15.0) == 0


def test_offences_far_apart_never_come_to_the_minimum() -> None:
    penalties = Penalties()

    for number in range(100):
        assert penalties.add(PEER, Offence.AUTH_FAILURE, number * 5.0, CONFIG) is None
    assert len(penalties) == 1


def test_whoever_is_refused_gathers_more_up_to_the_maximum_and_is_told_of_once() -> None:
    penalties = Penalties()
    told = [penalties.add(PEER, Offence.FLOOD, 1.0, CONFIG) for _ in range(500)]

    assert [one is not None for one in told].count(True) == 1
    assert penalties.left(PEER, 1.0) == 600
    assert penalties.left(PEER, 601.0) == 0


def test_nothing_is_noted_of_what_has_no_seconds() -> None:
    penalties = Penalties()
    config = PenaltiesConfig(flood=0, minimum=0)

    assert penalties.add(PEER, Offence.FLOOD, 0.0, config) is None
    assert len(penalties) == 0


def test_all_tells_who_is_refused_with_the_next_to_come_in_first() -> None:
    penalties = Penalties()
    for source, times in (("b", 4), ("a", 3), ("c", 1)):
        for _ in range(times):
            penalties.add(source, Offence.AUTH_FAILURE, 0.0, CONFIG)

    assert [(one.source, one.seconds) for one in penalties.all(5.0)] == [("a", 10), ("b", 15)]
    assert penalties.all(100.0) == []


def test_a_lifted_penalty_is_forgotten_whole() -> None:
    penalties = Penalties()
    for _ in range(3):
        penalties.add(PEER, Offence.AUTH_FAILURE, 0.0, CONFIG)

    assert penalties.lift(PEER, 1.0)
    assert not penalties.lift(PEER, 1.0)
    assert penalties.left(PEER, 1.0) == 0
    assert penalties.add(PEER, Offence.AUTH_FAILURE, 1.0, CONFIG) is None


def test_a_full_table_forgets_whoever_has_the_least_left() -> None:
    penalties = Penalties(most=3)
    for source, times in (("long", 9), ("short", 3), ("middle", 6)):
        for _ in range(times):
            penalties.add(source, Offence.AUTH_FAILURE, 0.0, CONFIG)

    penalties.add("new", Offence.FLOOD, 0.0, CONFIG)

    assert len(penalties) == 3
    assert [penalties.left(source, 0.0) for source in ("long", "middle", "short")] == [45, 30, 0]


def test_those_whose_penalty_has_passed_go_before_anybody_else() -> None:
    penalties = Penalties(most=2)
    penalties.add("passed", Offence.AUTH_FAILURE, 0.0, CONFIG)
    for _ in range(3):
        penalties.add("refused", Offence.AUTH_FAILURE, 0.0, CONFIG)

    penalties.add("new", Offence.AUTH_FAILURE, 6.0, CONFIG)

    assert penalties.left("refused", 6.0) == 9
    assert len(penalties) == 2


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(Offence), st.floats(0, 40)), max_size=200))
def test_the_table_keeps_its_bound_and_nobody_passes_the_maximum(events: list[tuple[int, Offence, float]]) -> None:
    penalties, now = Penalties(most=4), 0.0
    for number, offence, pause in events:
        now += pause
        source = str(number)
        before = penalties.left(source, now)
        penalties.add(source, offence, now, CONFIG)

        assert len(penalties) <= 4
        assert before <= penalties.left(source, now) <= CONFIG.maximum
        assert all(0 < one.seconds <= CONFIG.maximum for one in penalties.all(now))
