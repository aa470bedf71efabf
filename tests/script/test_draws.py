from __future__ import annotations

import pytest

from sttelnet.ansi import FUNCTIONS, Ansi, Move
from sttelnet.script.model import Draw
from tests.script.reading import errors, script

ARGUMENTS = {"Move": "(12,14)", "Color": '("red")', "Title": '("x")'}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_screen_function_can_be_named(name: str) -> None:
    (draw,) = script(f"{{% ansi:{name}{ARGUMENTS.get(name, '')} %}}").body
    assert isinstance(draw, Draw)
    assert draw.name == name
    assert isinstance(draw.ansi, Ansi)


def test_its_bytes_are_worked_out_when_the_script_is_read() -> None:
    assert script("{% ansi:Move(12,14) %}").body == (Draw("Move", Move(12, 14)),)


def test_it_takes_keyword_arguments() -> None:
    assert script("{% ansi:Move(row=14, column=12) %}").body == (Draw("Move", Move(12, 14)),)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("ansi:Mov(1,2)", '1:9: unknown ansi function "Mov" (did you mean "Move"?)'),
        ("ansi:CLEAR", '1:9: unknown ansi function "CLEAR" (did you mean "Clear"?)'),
        ("ansi:Sparkle", '1:9: unknown ansi function "Sparkle"'),
        ("ansi:Move(1)", "1:9: ansi:Move: missing a required argument: 'row' (write ansi:Move(column, row))"),
        ("ansi:Clear(1)", "1:9: ansi:Clear: too many positional arguments (write ansi:Clear)"),
        ("ansi:Up(m=1)", "1:9: ansi:Up: got an unexpected keyword argument 'm' (write ansi:Up(n=1))"),
        ("ansi:Title(5)", '1:15: ansi:Title: text is a "string", not 5'),
    ],
)
def test_what_is_no_screen_function_is_an_error(statement: str, error: str) -> None:
    assert errors(f"{{% {statement} %}}") == [error]


def test_a_value_that_makes_no_sense_is_underlined() -> None:
    (error,) = errors('{% ansi:Color("redd") %}')
    assert error.startswith("1:15: ansi:Color: ")
    assert 'did you mean "red"?' in error


def test_a_place_off_every_screen_is_an_error() -> None:
    (error,) = errors("{% ansi:Move(0, 1) %}")
    assert error.startswith("1:14: ansi:Move: ")
