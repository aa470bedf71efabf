from __future__ import annotations

import pytest

from tests.script.reading import errors, sent


def test_text_is_sent_as_it_stands() -> None:
    assert sent("a { b % c # d %} e #} \\ f \t g") == "a { b % c # d %} e #} \\ f \t g"


def test_a_block_is_not_sent() -> None:
    assert sent("a{% set:STName %}b") == "ab"


def test_an_empty_block_says_nothing() -> None:
    assert sent("a{%%}b{%  %}c{%\n\n%}d") == "abcd"


def test_a_comment_is_sent_nowhere() -> None:
    assert sent("a{# {% not:this %} \n nor this #}b{##}c") == "abc"


def test_a_comment_may_stand_inside_a_block() -> None:
    assert sent('a{% {# one #} get:STHost {# %} #} ( {# two #} "x" {##} ) {# three #} ; {# four #} %}b') == "a[STHost]b"


@pytest.mark.parametrize("opens", ["{%", "{#"])
@pytest.mark.parametrize(
    ("backslashes", "shown"),
    [(1, "{}"), (2, "\\"), (3, "\\{}"), (4, "\\\\"), (5, "\\\\{}")],
)
def test_backslashes_before_an_opener_escape(opens: str, backslashes: int, shown: str) -> None:
    closes = opens[::-1].replace("{", "}")
    behind = f" x {closes}" if backslashes % 2 else ""
    source = "a" + "\\" * backslashes + opens + (behind or closes) + "b"
    assert sent(source) == "a" + shown.replace("{}", opens) + behind + "b"


def test_a_backslash_elsewhere_is_text() -> None:
    assert sent("C:\\temp\\\\x \\{ \\% \\") == "C:\\temp\\\\x \\{ \\% \\"


def test_an_escaped_opener_is_no_blank_text() -> None:
    assert sent("a\n\\{% {% ansi:Bold %}\nb") == "a\n{% <Bold>\nb"


def test_a_brace_before_an_opener_is_text() -> None:
    assert sent("{{% get:X %}}") == "{[X]}"


def test_a_block_that_is_not_closed_is_an_error_at_its_opening_place() -> None:
    assert errors("hi\n  {% get:STHost ") == ['2:3: block is not closed (write "%}" where it ends)']


def test_the_text_behind_a_block_that_is_not_closed_makes_no_errors_of_its_own() -> None:
    assert errors('{% get:A\nHello, you "there"; and you\n{% get:B %}') == [
        '1:1: block is not closed (write "%}" where it ends)'
    ]


def test_faults_in_a_block_that_is_not_closed_are_told_too() -> None:
    assert errors("{% got:A; get:B") == [
        '1:1: block is not closed (write "%}" where it ends)',
        '1:4: unknown statement type "got" (did you mean "get"?)',
    ]


@pytest.mark.parametrize("source", ["{# open", "{# {% get:X %}", "{#}"])
def test_a_comment_that_is_not_closed_is_an_error_at_its_opening_place(source: str) -> None:
    assert errors(f"hello\n{source}") == ['2:1: comment is not closed (write "#}" where it ends)']


@pytest.mark.parametrize(
    "source", ["{% {# %}", "{% get:X {# %}", "{% get:X( {# ) %}", "{% get:X(1 {# %}", "{% x {# %}"]
)
def test_a_comment_that_is_not_closed_hides_the_end_of_its_block(source: str) -> None:
    problems = errors(source)
    assert f'1:{source.index("{#") + 1}: comment is not closed (write "#}}" where it ends)' in problems
    assert not any("block is not closed" in problem for problem in problems)
