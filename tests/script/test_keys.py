from __future__ import annotations

import pytest

from sttelnet.script.model import Key, Place
from tests.script.reading import PATH, errors, script


def test_strings_lead_to_a_target() -> None:
    assert script('{% key:health("1", "h", "Health") %}').keys == (
        Key("health", ("1", "h", "Health"), Place(PATH, 1, 8)),
    )


def test_one_target_may_stand_twice() -> None:
    assert [key.strings for key in script('{% key:a("x"); key:a("y") %}').keys] == [("x",), ("y",)]


@pytest.mark.parametrize("target", ["root", "back", "refresh", "logoff", "admin/members"])
def test_a_target_is_a_keyword_or_one_of_the_languages_words(target: str) -> None:
    assert script(f'{{% key:{target}("x") %}}').keys[0].target == target


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("key:health", '1:8: key:health names no key (write key:health("h"))'),
        ("key:health()", '1:8: key:health names no key (write key:health("h"))'),
        ("key:health(1)", '1:15: a key is a string (write "1")'),
        ('key:health("")', "1:15: a key cannot be empty"),
        ('key:health("/h")', '1:15: a key cannot begin with "/" (that opens the line for commands)'),
        (r'key:health("a\nb")', "1:15: a key cannot hold a line end"),
        ('key:health(key="h")', '1:19: a key statement takes no argument "key" (only strings)'),
        ('key:health("h", "H")', '1:20: key "H" already leads to "health" (see line 1)'),
        ('key:health("ß"); key:who("SS")', '1:29: key "SS" already leads to "health" (see line 1)'),
    ],
)
def test_what_is_no_key_is_an_error(statement: str, error: str) -> None:
    assert errors(f"{{% {statement} %}}") == [error]


def test_no_string_leads_two_ways() -> None:
    assert errors('{% key:health("h") %}\n{% key:help("?", "h") %}') == [
        '2:18: key "h" already leads to "health" (see line 1)'
    ]
