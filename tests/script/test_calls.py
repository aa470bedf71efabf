from __future__ import annotations

import pytest

from sttelnet.script.model import Call, Get, Place, Post, Set
from tests.script.reading import PATH, errors, script


def get(source: str) -> Get:
    (piece,) = script(f"{{% {source} %}}").body
    assert isinstance(piece, Get)
    return piece


def test_a_call_has_the_scripts_arguments() -> None:
    found = get('get:STHost("cpu", digits=1)')
    assert found == Get(Call("STHost", ("cpu",), {"digits": 1}, Place(PATH, 1, 8)), None, "left")


def test_width_and_align_are_the_languages_own() -> None:
    found = get('get:STHost("cpu", width=12, align="right")')
    assert (found.width, found.align, found.call.keywords) == (12, "right", {})


@pytest.mark.parametrize("width", [1, 500])
def test_a_width_is_from_1_to_500(width: int) -> None:
    assert get(f"get:X(width={width})").width == width


@pytest.mark.parametrize("width", ["0", "-1", "501", '"12"'])
def test_another_width_is_an_error(width: str) -> None:
    assert errors(f"{{% get:X(width={width}) %}}") == ["1:16: width takes a whole number from 1 to 500"]


@pytest.mark.parametrize("align", ["left", "right", "center"])
def test_an_align_is_one_of_three(align: str) -> None:
    assert get(f'get:X(width=3, align="{align}")').align == align


def test_another_align_is_an_error() -> None:
    assert errors('{% get:X(align="rigth") %}') == ['1:16: unknown align "rigth" (did you mean "right"?)']
    assert errors("{% get:X(align=3) %}") == ['1:16: unknown align "3" ("left", "right" or "center")']


def test_a_prompt_is_the_languages_own() -> None:
    found = script('{% set:STName("x", prompt="Name: ", most=3) %}').sets
    assert found == (Set(Call("STName", ("x",), {"most": 3}, Place(PATH, 1, 8)), "Name: "),)


def test_a_prompt_may_be_empty() -> None:
    assert script('{% set:STName(prompt="") %}').sets[0].prompt == ""


def test_a_prompt_is_a_string() -> None:
    assert errors("{% set:STName(prompt=3) %}") == ['1:22: prompt takes a string (write "3")']


def test_other_statements_have_no_own_arguments() -> None:
    found = script('{% post:X(width=1, align="a", prompt="b"); set:Y(width=2); get:Z(prompt="c") %}')
    assert found.posts == (Post(Call("X", (), {"width": 1, "align": "a", "prompt": "b"}, Place(PATH, 1, 9))),)
    assert found.sets[0].call.keywords == {"width": 2}
    assert found.body[0].call.keywords == {"prompt": "c"}  # type: ignore[union-attr]  # it is a Get


def test_sets_and_posts_keep_their_order() -> None:
    found = script("{% post:A; set:B %} text {% set:C; post:D %}")
    assert [setter.call.name for setter in found.sets] == ["B", "C"]
    assert [post.call.name for post in found.posts] == ["A", "D"]
