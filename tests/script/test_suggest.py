from __future__ import annotations

import pytest

from sttelnet.script.suggest import did_you_mean


@pytest.mark.parametrize(("word", "meant"), [("STHots", "STHost"), ("stwho", "STWho"), ("STWho", "STWho")])
def test_the_nearest_word_is_suggested(word: str, meant: str) -> None:
    assert did_you_mean(word, ["STHost", "STWho", "STNews"]) == f'did you mean "{meant}"?'


@pytest.mark.parametrize("known", [[], ["STHost"]])
def test_a_word_far_from_all_has_no_suggestion(known: list[str]) -> None:
    assert did_you_mean("xyzzy", known) == ""
