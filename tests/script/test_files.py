from __future__ import annotations

import codecs

import pytest

from sttelnet.outcome import RESERVED_WORDS
from sttelnet.script import decode, keyword_problem
from sttelnet.script.model import Problem

PATH = "scripts/page.txt"


def test_a_file_is_utf_8() -> None:
    assert decode("größe ▁█ 漢".encode(), PATH) == "größe ▁█ 漢"


def test_a_byte_order_mark_is_dropped() -> None:
    assert decode(codecs.BOM_UTF8 + b"hello", PATH) == "hello"


def test_line_ends_are_left_to_the_parser() -> None:
    assert decode(b"a\r\nb\nc", PATH) == "a\r\nb\nc"


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_what_is_not_utf_8_is_told_with_line_and_column(mark: bytes) -> None:
    problem = decode(mark + "eins\r\nzwölf ".encode() + b"f\xfcnf\r\n", PATH)
    assert isinstance(problem, Problem)
    assert problem.picture() == (
        "scripts/page.txt:2:8: byte 0xfc is not UTF-8 (save the file as UTF-8)\n2 | zwölf f\ufffdnf\n  |        ^"
    )


@pytest.mark.parametrize("tail", [b"\xc3", b"\xe2\x96", b"\xff"])
def test_a_file_cut_short_is_told(tail: bytes) -> None:
    problem = decode(b"abc" + tail, PATH)
    assert isinstance(problem, Problem)
    assert (problem.place.line, problem.place.column, problem.code) == (1, 4, "encoding")


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_utf_16_is_called_by_its_name(mark: bytes) -> None:
    assert str(decode(mark + b"a\0", PATH)).endswith("(it looks like UTF-16: save it as UTF-8)")


@pytest.mark.parametrize("keyword", ["root", "login", "admin/members", "a", "disk-2_x", "admin/2fa", "admin/back"])
def test_a_keyword_is_a_lower_case_name(keyword: str) -> None:
    assert keyword_problem(keyword, PATH) is None


@pytest.mark.parametrize("keyword", sorted(RESERVED_WORDS))
def test_an_outcome_word_names_no_script(keyword: str) -> None:
    assert str(keyword_problem(keyword, PATH)) == (
        f'scripts/page.txt:1:1: no script can be named "{keyword}" (the word is an outcome)'
    )


def test_root_is_an_outcome_word_that_names_a_script() -> None:
    assert keyword_problem("root", PATH) is None


def test_an_upper_case_keyword_is_an_error() -> None:
    assert str(keyword_problem("Health", PATH)) == (
        'scripts/page.txt:1:1: the name "Health" is not lower case (rename the file to "health.txt")'
    )


@pytest.mark.parametrize("keyword", ["", "2fa", "_x", "a b", "a.b", "größe", "a//b", "a/", "/a", "a\x1bb"])
def test_another_name_is_no_keyword(keyword: str) -> None:
    problem = keyword_problem(keyword, PATH)
    assert problem is not None
    assert problem.message == f'"{keyword}" is no script name'.replace("\x1b", "\ufffd")
    assert problem.cure == 'a letter, then letters a to z, digits, "_" and "-"'
