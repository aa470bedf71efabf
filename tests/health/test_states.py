from __future__ import annotations

from sttelnet.health.states import State, worst


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
