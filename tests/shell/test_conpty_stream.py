from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.shell.conpty_stream import EARLY, Backlog, Questions

START = "\x1b[?9001h\x1b[?1004h\x1b[6n\x1b[2J\x1b[c\x1b[Hprompt>"


@given(st.lists(st.integers(0, len(START)), max_size=12))
def test_the_console_s_own_questions_are_answered_once_wherever_they_are_cut(cuts: list[int]) -> None:
    questions = Questions()
    places = [0, *sorted(cuts), len(START)]
    pairs = [questions.take(START[a:b]) for a, b in itertools.pairwise(places)]
    assert "".join(shown for shown, _ in pairs) + questions.rest() == "\x1b[?9001h\x1b[?1004h\x1b[2J\x1b[Hprompt>"
    assert "".join(answers for _, answers in pairs) == "\x1b[1;1R\x1b[?1;0c"


def test_the_same_question_from_a_program_goes_to_the_client() -> None:
    questions = Questions()
    assert questions.take("\x1b[6n") == ("", "\x1b[1;1R")
    assert questions.take("x\x1b[6n") == ("x\x1b[6n", "")


def test_a_question_that_comes_late_is_a_program_s() -> None:
    questions = Questions()
    questions.take("x" * EARLY)
    assert questions.take("\x1b[c") == ("\x1b[c", "")


@pytest.mark.parametrize("text", ["", "\x1b", "\x1b[", "a\x1b[6", "\x1b[0", "\x1b[31mred", "\x1b[66n"])
def test_what_is_no_question_is_shown(text: str) -> None:
    questions = Questions()
    shown, answers = questions.take(text)
    assert shown + questions.rest() == text
    assert answers == ""


@given(st.lists(st.binary(max_size=50)), st.integers(1, 64))
def test_what_fits_waits_and_comes_whole(pieces: list[bytes], at_once: int) -> None:
    backlog = Backlog()
    for piece in pieces:
        assert not backlog.put(piece)
    taken = b""
    while len(backlog):
        taken += backlog.take(at_once)
    assert taken == b"".join(pieces)


def test_what_does_not_fit_is_left_out_and_that_is_said_in_its_place() -> None:
    backlog = Backlog(10)
    assert not backlog.put(b"12345")
    assert backlog.put(b"too much")  # the first: the program is interrupted
    assert not backlog.put(b"more")
    assert len(backlog) <= 11
    assert backlog.take(3) == b"123"
    assert backlog.take(100) == b"45\r\n[12 bytes left out: the line is slower than the program]\r\n"
    assert not len(backlog)
    assert not backlog.put(b"on again")
    assert backlog.take(100) == b"on again"
