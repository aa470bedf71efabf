from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.shell.escape import Escape, Keys, Turn, key_of

KEY = b"\x1d"


def test_the_key_is_asked_about_before_it_leads_away() -> None:
    escape = Escape(KEY)
    assert escape.receive(b"ls" + KEY) == [Keys(b"ls"), Turn.ASK]
    assert escape.receive(b"y") == [Turn.LEAVE]


def test_any_other_answer_goes_on_and_is_not_typed() -> None:
    escape = Escape(KEY)
    assert escape.receive(KEY + b"n" + b"ls") == [Turn.ASK, Turn.STAY, Keys(b"ls")]


def test_the_key_pressed_twice_is_typed_once() -> None:
    assert Escape(KEY).receive(KEY + KEY + b"x") == [Turn.ASK, Turn.STAY, Keys(KEY), Keys(b"x")]


def test_nothing_behind_the_answer_that_leaves_is_typed() -> None:
    assert Escape(KEY).receive(KEY + b"Yrm -rf") == [Turn.ASK, Turn.LEAVE]


@given(st.lists(st.binary()))
def test_without_a_key_everything_is_typed(pieces: list[bytes]) -> None:
    escape = Escape(b"")
    steps = [step for piece in pieces for step in escape.receive(piece)]
    assert b"".join(step.data for step in steps if isinstance(step, Keys)) == b"".join(pieces)
    assert all(isinstance(step, Keys) for step in steps)


@given(st.binary(), st.integers(0, 100))
def test_where_the_pieces_are_cut_does_not_matter(data: bytes, cut: int) -> None:
    whole, halves = Escape(KEY), Escape(KEY)
    there = whole.receive(data)
    if Turn.LEAVE in there:
        return
    told = halves.receive(data[:cut]) + halves.receive(data[cut:])
    assert [step for step in told if step in list(Turn)] == [step for step in there if step in list(Turn)]
    assert typed(told) == typed(there)


def typed(steps: list[Keys | Turn]) -> bytes:
    return b"".join(step.data for step in steps if isinstance(step, Keys))


@pytest.mark.parametrize(("name", "key"), [("Ctrl-]", b"\x1d"), ("Ctrl-A", b"\x01"), ("Ctrl-_", b"\x1f"), ("", b"")])
def test_a_key_is_named_as_keyboards_name_it(name: str, key: bytes) -> None:
    assert key_of(name) == key


def test_every_control_letter_is_a_key() -> None:
    assert {key_of(f"Ctrl-{letter}") for letter in string.ascii_uppercase} == {bytes((n,)) for n in range(1, 27)}
