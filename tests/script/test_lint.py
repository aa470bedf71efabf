from __future__ import annotations

import pytest

from sttelnet.script import parse
from tests.script.reading import warnings

WIDE = "text is wider than 79 columns (terminals of 80 columns wrap it)"
TALL = "the page's text is taller than 24 rows (a page with more scrolls off the top)"


def test_text_wider_than_79_columns_is_worth_saying() -> None:
    assert warnings("ok\n" + "x" * 80) == [f"2:80: {WIDE}"]


def test_text_of_79_columns_is_not() -> None:
    assert warnings("x" * 79) == []


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("漢" * 40, "1:40"),
        ("\t" * 9 + "x" * 8, "1:17"),
        ("x" * 70 + "{% set:X %}" + "y" * 10, "1:91"),
        ("{% get:X(width=60) %}" + "y" * 20, "1:41"),
        ("{% ansi:Bold %}" + "y" * 80, "1:95"),
        ("\x1b[1m" + "y" * 80, "1:1"),
        ("x" * 75 + "\\{%" + "y" * 9, "1:81"),
    ],
)
def test_columns_are_counted_as_a_terminal_does(source: str, place: str) -> None:
    assert warnings(source) == [f"{place}: {WIDE}"]


@pytest.mark.parametrize(
    "source",
    [
        "\x1b[1;31m" + "x" * 79 + "\x1b[0m",
        "x" * 79 + "{% ansi:Move(1,2) %}" + "y" * 79,
        "{% get:X %}" + "x" * 79,
        "{% set:X %}" + " " * 90,
    ],
)
def test_what_takes_no_columns_is_not_counted(source: str) -> None:
    assert warnings(source) == []


def test_a_page_taller_than_24_rows_is_worth_saying_once() -> None:
    assert warnings("x\n" * 30) == [f"25:1: {TALL}"]


def test_a_page_of_24_rows_is_not() -> None:
    assert warnings("x\n" * 24) == []


def test_only_rows_that_are_sent_count() -> None:
    assert warnings("{% set:X %}\n{# note\nnote #}\n" + "x\n" * 24) == []


def test_rows_are_counted_anew_where_the_page_clears_or_moves() -> None:
    assert warnings("x\n" * 24 + "{% ansi:Clear %}\n" + "x\n" * 24 + "{% ansi:Move(1,1) %}" + "x\n" * 24) == []


def test_a_refused_script_is_not_measured() -> None:
    parsed = parse("x" * 100 + "{% got:X %}", "page", "page.txt")
    assert [problem.code for problem in parsed.problems] == ["unknown-type"]
