"""When which session is looked at."""

from __future__ import annotations

import pytest

from sttelnet.server.sweep import Looks


def test_those_are_due_whose_time_has_come_the_longest_due_first() -> None:
    looks = Looks()
    for number, at in ((1, 30.0), (2, 10.0), (3, 20.0), (4, 20.1)):
        looks.add(number, at)
    assert list(looks.due(20.0)) == [2, 3]
    assert list(looks.due(20.0)) == []
    assert list(looks.due(99.0)) == [4, 1]


def test_a_look_that_fails_leaves_the_others_due() -> None:
    looks = Looks()
    for number in (1, 2, 3):
        looks.add(number, 1.0)

    def look_at_all() -> None:
        for _ in looks.due(1.0):
            message = "it failed"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        look_at_all()
    assert list(looks.due(1.0)) == [2, 3]
