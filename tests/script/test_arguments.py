from __future__ import annotations

import pytest

from sttelnet.script.model import Call
from tests.script.reading import errors, script


def call(source: str) -> Call:
    return script(f"{{% post:X{source} %}}").posts[0].call


@pytest.mark.parametrize("source", ["", "()", " ( ) "])
def test_a_statement_may_have_no_arguments(source: str) -> None:
    assert call(source).positional == ()


def test_arguments_are_numbers_and_strings() -> None:
    assert call('(1, -20, 007, "a", "")').positional == (1, -20, 7, "a", "")


def test_keyword_arguments_follow_positional_ones() -> None:
    found = call('(1, width=-2, _name = "a")')
    assert (found.positional, found.keywords) == ((1,), {"width": -2, "_name": "a"})


def test_a_string_hides_what_means_something_outside() -> None:
    assert call('("%} ; , ) = {% {# #}")').positional == ("%} ; , ) = {% {# #}",)


def test_a_string_knows_three_escapes() -> None:
    assert call(r'("a\"b", "c\\", "d\ne", "\\n")').positional == ('a"b', "c\\", "d\ne", "\\n")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("(cpu)", '1:11: expected a number or a "string", found "cpu" (write "cpu")'),
        ("(what=cpu)", '1:16: expected a number or a "string", found "cpu" (write "cpu")'),
        ("('cpu')", '1:11: expected a number or a "string", found "\'" (strings stand in "straight double quotes")'),
        ("(“cpu”)", '1:11: expected a number or a "string", found "“" (strings stand in "straight double quotes")'),
        ("(1.5)", '1:11: "1.5" is not a whole number'),
        ("(12px)", '1:11: "12px" is not a whole number'),
        ("(- 1)", '1:11: expected a number or a "string", found "-"'),
        ("(+1)", '1:11: expected a number or a "string", found "+"'),
        ("(1 2)", '1:13: expected "," or ")", found "2"'),
        ('("a" "b")', '1:15: expected "," or ")", found """'),
        ("(1,)", '1:13: expected a number or a "string", found ")"'),
        ("(,1)", '1:11: expected a number or a "string", found ","'),
        ("(a=1, 2)", "1:16: a positional argument stands after a keyword argument (put it first)"),
        ("(a=1, a=2)", '1:16: argument "a" stands twice'),
        ("(a=)", '1:13: expected a number or a "string", found ")"'),
        ("(1", '1:10: "(" is not closed (write ")")'),
        ("(1; post:Y", '1:10: "(" is not closed (write ")")'),
        ("(", '1:10: "(" is not closed (write ")")'),
        (r'("C:\temp")', r"1:14: unknown escape \t in a string (a string knows \" \\ and \n)"),
        ('("a)', "1:11: string is not closed (write its closing quote on the same line)"),
        ('("a\nb")', "1:11: string is not closed (write its closing quote on the same line)"),
        ('("a\\")', "1:11: string is not closed (write its closing quote on the same line)"),
        (f"({'9' * 19})", "1:11: the number is too long (at most 18 digits)"),
        (f"({'9' * 9999})", "1:11: the number is too long (at most 18 digits)"),
    ],
)
def test_what_is_no_argument_is_an_error(arguments: str, error: str) -> None:
    assert errors(f"{{% post:X{arguments} %}}")[0] == error


def test_a_string_that_is_not_closed_takes_only_its_own_statement_along() -> None:
    assert errors('{% key:a("x) %}\n{% got:B %}') == [
        "1:10: string is not closed (write its closing quote on the same line)",
        '2:4: unknown statement type "got" (did you mean "get"?)',
    ]
