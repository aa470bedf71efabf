from __future__ import annotations

import pytest

from sttelnet.script.suggest import did_you_mean


@pytest.mark.parametrize(("word", "meant"), [("STHots", "STHost"), ("stwho", "STWho"), ("STWho", "STWho")])
def test_the_nearest_word_is_suggested(word: str, meant: str) -> None:
    assert did_you_mean(word, ["STHost", "STWho", "STNews"]) == f'did you mean "{meant}"?'


@pytest.mark.parametrize(("word", "known"), [("Count", "STAccounts"), ("Greeting", "STMe"), ("Members", "STName")])
def test_a_word_that_only_shares_a_part_is_not_suggested(word: str, known: str) -> None:
    assert did_you_mean(word, [known]) == ""


def test_a_short_word_may_have_one_letter_wrong() -> None:
    assert did_you_mean("got", ["get", "set"]) == 'did you mean "get"?'


@pytest.mark.parametrize("known", [[], ["STHost"]])
def test_a_word_far_from_all_has_no_suggestion(known: list[str]) -> None:
    assert did_you_mean("xyzzy", known) == ""
