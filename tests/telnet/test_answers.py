"""Which terminal types and sizes are believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.channel import DEFAULT_SIZE, Size
from sttelnet.telnet.answers import LEAST_SIZE, MOST_SIZE, TYPES_MOST, TypeCycle, Verdict, believed_size

AGAIN = Verdict(ask_again=True)


@pytest.mark.parametrize(
    ("names", "verdicts"),
    [
        (["xterm"], [Verdict("xterm")]),
        (["mudlet", "ansi-truecolor"], [AGAIN, Verdict("ansi-truecolor")]),
        (["mudlet", "mudlet"], [AGAIN, Verdict("mudlet")]),
        (["tintin++", "xterm-256color", "mtts 137"], [AGAIN, Verdict("xterm-256color"), AGAIN]),
        (["", "vt100"], [AGAIN, Verdict("vt100")]),
        (["", ""], [AGAIN, Verdict()]),
        (["vtnt", "vtnt"], [AGAIN, Verdict()]),
        (["mudlet", "mtts 1", "mtts 2", "mtts 3"], [AGAIN, AGAIN, AGAIN, Verdict("mudlet")]),
    ],
)
def test_the_first_terminal_counts(names: list[str], verdicts: list[Verdict]) -> None:
    cycle = TypeCycle()
    assert [cycle.hear(name) for name in names] == verdicts


@given(st.lists(st.sampled_from(["mudlet", "mtts 1", "mtts 2", "mtts 3", "mtts 4", "", "vtnt"]), min_size=TYPES_MOST))
def test_the_questions_end(names: list[str]) -> None:
    cycle = TypeCycle()
    verdicts = [cycle.hear(name) for name in names]
    assert not all(verdict.ask_again for verdict in verdicts[:TYPES_MOST])


@pytest.mark.parametrize(
    ("told", "size"),
    [
        ((132, 43), Size(132, 43)),
        ((0, 0), DEFAULT_SIZE),
        ((100, 0), Size(100, DEFAULT_SIZE.rows)),
        ((65535, 65535), MOST_SIZE),
        ((1, 1), LEAST_SIZE),
    ],
)
def test_sizes_stay_within_reason(told: tuple[int, int], size: Size) -> None:
    assert believed_size(told, DEFAULT_SIZE) == size
