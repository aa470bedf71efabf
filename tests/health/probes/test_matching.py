from __future__ import annotations

import time

import psutil
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.health.probes.matching import LONGEST_PATTERN, matches, pattern_problem

HANG = 30.0


def found(pattern: str, *texts: str) -> list[bool] | None:
    return matches(pattern, texts, time.monotonic() + HANG)


def test_plain_text_is_found_as_it_stands() -> None:
    assert found("error", "an error", "Error", "") == [True, False, False]
    assert found("", "x", "") == [True, True]


def test_a_pattern_is_searched_for_in_each_text() -> None:
    assert found("(?i)error|fail", "An ERROR", "failed", "fine") == [True, True, False]
    assert found("^a$", "a", "ab", "b\na") == [True, False, False]
    assert found("a.c") == []


def test_texts_may_hold_anything() -> None:
    assert found("^x.y$", "x\0y", "x\ny", "xä", "x\udc80y", "") == [False, False, False, True, False]


@given(st.lists(st.text(), max_size=5))
@settings(max_examples=10, deadline=None)
def test_there_is_one_answer_for_each_text(texts: list[str]) -> None:
    answer = found("[a-z]", *texts)
    assert answer == [any("a" <= character <= "z" for character in text) for text in texts]


def test_a_pattern_that_blows_up_is_given_up_and_its_process_ended() -> None:
    before = {child.pid for child in psutil.Process().children()}
    assert matches("(a+)+$", ["a" * 4000 + "!"], time.monotonic() + 0.5) is None
    assert {child.pid for child in psutil.Process().children()} <= before


def test_other_threads_go_on_while_a_pattern_blows_up() -> None:
    # Python's own matching would hold the lock and keep this thread from counting.
    import threading

    answers: list[object] = []
    thread = threading.Thread(
        target=lambda: answers.append(matches("(a+)+$", ["a" * 4000 + "!"], time.monotonic() + 0.5))
    )
    thread.start()
    ticks = 0
    while thread.is_alive():
        time.sleep(0.01)
        ticks += 1
    assert answers == [None]
    assert ticks > 5


def test_a_bad_pattern_is_told_of() -> None:
    assert pattern_problem("a(b|c)+") == ""
    assert pattern_problem("a(b").startswith("the pattern cannot be read: ")
    assert "longer than" in pattern_problem("a" * (LONGEST_PATTERN + 1))
    assert "NUL" in pattern_problem("a\0b")
    assert "cannot be read" in pattern_problem("a{99999999999999999999}")
