from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.shell.plain import plain


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("\x1b[31mred\x1b[0m\r\n", "red\n"),
        ("10%\r20%\r100%\r\n", "100%\n"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]2;a title\x1b\\text", "text"),
        ("one\x1b[2;1Htwo\x1b[3Hthree\x1b[Hfour", "one\ntwo\nthree\nfour"),
        ("a\x1b[5Cb", "a     b"),
        ("bell\x07 and back\x08", "bell and back"),
        ("é 漢\n", "é 漢\n"),
    ],
)
def test_output_is_what_a_person_would_read(output: str, text: str) -> None:
    assert plain(output) == text


@given(st.text())
def test_nothing_that_acts_on_a_terminal_is_left(output: str) -> None:
    text = plain(output)
    assert not [char for char in text if ord(char) < 32 and char not in "\n\t"]
