"""Descriptions as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.areas.text import block, decoded, key, line, summary
from sttelnet.charset import cells, clean


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp437"])
def test_text_is_read_in_the_charsets_there_are(encoding: str) -> None:
    assert decoded("Grüße".encode(encoding)) == "Grüße"


def test_the_last_letter_of_cp437_text_is_not_taken_for_half_a_utf_8_letter() -> None:
    assert decoded(b"Spa\xe1") == "Spaß"


def test_a_letter_that_was_cut_is_dropped() -> None:
    assert decoded("Grüße".encode()[:3], whole=False) == "Gr"


def test_text_ends_at_its_end_mark_and_what_is_behind_does_not_count() -> None:
    assert decoded("Grüße".encode() + b"\x1aSAUCE00\xff") == "Grüße"
    assert decoded("Grüße\x1amore".encode("utf-16")) == "Grüße"


def test_a_line_is_one_line_of_bounded_length() -> None:
    assert line("  Small\ttools,\r\n for\xa0all \x1b[2J\x18") == "Small tools, for all [2J"
    assert len(line("x" * 10_000)) == 450


def test_a_block_has_ten_lines_of_45_columns() -> None:
    rows = block("\r\n".join(["", "x" * 60, *map(str, range(20)), ""])).split("\n")

    assert rows == ["x" * 45, *map(str, range(9))]


def test_wide_letters_count_as_two_columns() -> None:
    assert block("漢" * 30) == "漢" * 22


def test_a_line_cannot_carry_a_heap_of_accents() -> None:
    assert len(block("e" + "\u0301" * 4000)) == 90


def test_colours_leave_nothing_behind() -> None:
    assert block("\x1b[1;31mTools\x1b[0m 1.0") == "Tools 1.0"


@pytest.mark.parametrize("letter", ["\x1b", "\x18", "\x07", "\x9b", "\x85", "\u202e", "\u2028", "\x00", "\x7f"])
def test_what_acts_on_a_terminal_is_dropped(letter: str) -> None:
    assert block(f"a{letter}b") == "ab"
    assert line(f"a{letter}b") in {"ab", "a b"}


def test_a_block_keeps_its_form_and_loses_blanks_around_it() -> None:
    assert block("\n \n  .-.\n\ttabbed \n\n\nend\n \n") == "  .-.\n        tabbed\n\n\nend"
    assert block(" \r\n\x1b") == ""


@given(st.text())
def test_every_block_fits_and_is_safe(text: str) -> None:
    made = block(text)

    assert made == clean(made)
    assert made.count("\n") < 10
    assert all(cells(row) <= 45 for row in made.split("\n"))
    assert not made.startswith("\n")
    assert not made.endswith("\n")


@given(st.text())
def test_every_line_is_safe(text: str) -> None:
    made = line(text)

    assert made == clean(made)
    assert not {"\n", "\t"} & set(made)


@given(st.binary(), st.booleans())
def test_no_bytes_make_decoding_raise(data: bytes, whole: bool) -> None:
    assert isinstance(decoded(data, whole=whole), str)


def test_the_summary_is_the_first_line_that_says_something() -> None:
    assert summary("-=*=-\n  Tools 1.0\nmore") == "Tools 1.0"
    assert summary("-=*=-") == "-=*=-"
    assert summary("") == ""


def test_names_have_one_key_whatever_their_case_and_form() -> None:
    assert key("E\u0301TUDE.TXT") == key("\xe9tude.txt")
