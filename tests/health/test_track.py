"""Soft and hard states, and flapping."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.states import State
from sttelnet.health.track import REMEMBERED, Change, Track

OK, WARNING, CRITICAL, UNKNOWN = State.OK, State.WARNING, State.CRITICAL, State.UNKNOWN


def played(states: str, retries: int = 3) -> tuple[Track, list[tuple[float, State, State]]]:
    """Take results by their first letters, one a second; return the track and the changes with their second."""
    letters = {"O": OK, "W": WARNING, "C": CRITICAL, "U": UNKNOWN}
    track = Track(retries=retries)
    changes = []
    for second, letter in enumerate(states, 1):
        change = track.take(letters[letter], float(second))
        if change is not None:
            changes.append((float(second), change.before, change.after))
    return track, changes


@pytest.mark.parametrize(
    ("states", "changes"),
    [
        ("OOO", []),
        ("OCC", []),
        ("OCCC", [(4, OK, CRITICAL)]),
        ("OCCO", []),
        ("OCCCO", [(4, OK, CRITICAL), (5, CRITICAL, OK)]),
        ("OCWC", []),
        ("OWCCC", [(5, OK, CRITICAL)]),
        ("OWWWC", [(4, OK, WARNING), (5, WARNING, CRITICAL)]),
        ("CCC", [(3, OK, CRITICAL)]),
        ("CO", []),
        ("CCCCC", [(3, OK, CRITICAL)]),
        ("OUUU", [(4, OK, UNKNOWN)]),
    ],
)
def test_a_change_is_told_once_it_is_confirmed(states: str, changes: list[tuple[float, State, State]]) -> None:
    assert played(states)[1] == changes


def test_without_retries_every_change_is_told() -> None:
    assert [change[2] for change in played("OCOWO", retries=1)[1]] == [CRITICAL, OK, WARNING, OK]


def test_a_figure_that_is_well_again_for_a_moment_only_is_not_well_again() -> None:
    track = Track(retries=2, recovery=2)
    states = [OK, CRITICAL, CRITICAL, OK, CRITICAL, OK, OK]
    told = [change.after for second, state in enumerate(states) if (change := track.take(state, float(second)))]
    assert told == [CRITICAL, OK]


def test_a_state_is_soft_until_it_is_confirmed() -> None:
    track, _ = played("OC")
    assert (track.soft, track.hard, track.current) == (True, OK, CRITICAL)
    track, _ = played("OCCC")
    assert not track.soft


def test_a_hard_state_began_with_the_first_result_of_its_kind() -> None:
    track, _ = played("OOCCC")
    assert track.since == 3.0
    assert played("OOCCC")[0].take(OK, 9.0) == Change(CRITICAL, OK, 9.0)


def test_a_check_that_goes_to_and_fro_flaps_until_it_is_calm() -> None:
    track, _ = played("OC" * REMEMBERED)
    assert track.flapping
    for second in range(REMEMBERED):
        track.take(OK, 100.0 + second)
    assert not track.flapping


def test_a_check_that_is_calm_does_not_flap() -> None:
    assert not played("O" * 30 + "C" * 30)[0].flapping


@given(st.text("OWCU", max_size=60), st.integers(1, 5))
def test_what_is_told_is_always_the_hard_state_and_never_twice_the_same(states: str, retries: int) -> None:
    track, changes = played(states, retries)
    assert all(before is not after for _, before, after in changes)
    assert [before for _, before, _ in changes[1:]] == [after for _, _, after in changes[:-1]]
    if changes:
        assert track.hard is changes[-1][2]


def test_one_that_may_not_flap_never_does() -> None:
    track = Track(retries=1, may_flap=False)
    for number in range(100):
        track.take(State.CRITICAL if number % 2 else State.OK, float(number))
    assert not track.flapping
