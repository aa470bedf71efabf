from __future__ import annotations

import pytest

from sttelnet.script.model import Draw, Get, Text
from tests.script.reading import script, sent


def test_a_line_of_only_blocks_is_not_sent() -> None:
    assert sent("a\n{% set:X %}\nb") == "a\nb"


def test_blanks_around_its_blocks_are_not_sent_either() -> None:
    assert sent("a\n \t{% set:X %}  {% post:Y %}\t\nb") == "a\nb"


def test_its_ansi_bytes_are_sent() -> None:
    assert sent("a\n  {% ansi:Bold %} {% ansi:Bell %}\nb") == "a\n<Bold><Bell>b"


def test_a_line_of_only_a_comment_is_not_sent() -> None:
    assert sent("a\n{# note #}\nb\n  {# more\nnotes #}  \nc") == "a\nb\nc"


def test_a_line_with_a_get_is_sent_with_its_blanks() -> None:
    assert sent("a\n  {% get:X %} \nb") == "a\n  [X] \nb"


def test_a_line_with_text_is_sent() -> None:
    assert sent("a\nhello {% set:X %}\nb") == "a\nhello \nb"


def test_a_blank_line_is_sent() -> None:
    assert sent("a\n\n \n\t\nb") == "a\n\n \n\t\nb"


def test_a_block_over_many_lines_stands_on_one_line() -> None:
    assert sent("a\n{%\n  set:X;\n\n  set:Y;\n%}\nb") == "a\nb"
    assert sent("a {%\nset:X\n%} b\nc") == "a  b\nc"
    assert sent("a\n{%\nget:X\n%} {#\n\n#}\nb") == "a\n[X] \nb"


def test_a_line_is_counted_from_text_line_end_to_text_line_end() -> None:
    assert sent("a\n{# one\n#} {% ansi:Bold;\n%}   {# two\n#}\nb") == "a\n<Bold>b"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("a\n", "a"),
        ("a\n\n", "a\n"),
        ("a", "a"),
        ("\n", ""),
        ("", ""),
        ("Name: \n{% set:X %}\n", "Name: "),
        ("Name: \n{% set:X %}", "Name: "),
        ("Name: {% set:X %}\n", "Name: "),
        ("Name: \n{# end #}\n\t{%\nset:X\n%}\n", "Name: "),
        ("Name: \n{% ansi:Bold; set:X %}\n", "Name: <Bold>"),
        ("{% get:X %}\n", "[X]"),
        ("a\n{% get:X %}", "a\n[X]"),
        ("a\nb", "a\nb"),
        ("a\n ", "a\n "),
    ],
)
def test_the_line_end_that_closes_the_page_is_not_sent(source: str, shown: str) -> None:
    assert sent(source) == shown


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_are_sent_as_cr_lf(end: str) -> None:
    assert script(f"a{end}{end}{{% ansi:Bold %}}{end}b{end}").body == (
        Text("a\r\n\r\n"),
        Draw("Bold", script("{% ansi:Bold %}").body[0].ansi),  # type: ignore[union-attr]  # it is a Draw
        Text("b"),
    )


def test_what_other_systems_call_line_ends_is_text() -> None:
    assert script("a\rb\x0bc\x0cd\x85e\u2028f\r\r\ng").body == (Text("a\rb\x0bc\x0cd\x85e\u2028f\r\r\ng"),)


def test_text_around_what_is_not_sent_is_one_piece() -> None:
    assert script("a{% set:X %}b{# c #}d\\{%e\n{% post:Y %}\nf").body == (Text("abd{%e\r\nf"),)


def test_a_page_is_sent_in_reading_order() -> None:
    body = script("1{% get:A; ansi:Bold; get:B %}2{% get:C %}").body
    names = [
        piece.text if isinstance(piece, Text) else piece.call.name if isinstance(piece, Get) else "" for piece in body
    ]
    assert names == ["1", "A", "", "B", "2", "C"]
