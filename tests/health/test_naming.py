"""Which check a line begins with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.naming import named

NAMES = {
    name: name
    for name in ("cpu", "disk /", "disk /home", "load", "load average", "memory", "service ssh", "Straße", 'odd "one"')
} | {"Web server": "web", "web": "web", "Mail queue": "mq", "mq": "mq"}


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("cpu", "cpu", ""),
        ("CPU 4h  fixing it ", "cpu", "4h  fixing it"),
        ("disk / fixing it", "disk /", "fixing it"),
        ("disk  /  fixing it", "disk /", "fixing it"),
        ("disk /home off", "disk /home", "off"),
        ('"disk /" fixing it', "disk /", "fixing it"),
        ('"Disk /"fixing it', "disk /", "fixing it"),
        ("load average is high", "load average", "is high"),
        ("load is high", "load", "is high"),
        ("web server is away", "web", "is away"),
        ("web is away", "web", "is away"),
        ("mail queue 1h", "mq", "1h"),
        ("mail 1h", "mq", "1h"),
        ("service restarted", "service ssh", "restarted"),
        ("STRASSE zu", "Straße", "zu"),
        ('odd "one" more', 'odd "one"', "more"),
        ('cpu "quoted" words', "cpu", '"quoted" words'),
    ],
)
def test_the_longest_name_that_fits_is_taken_and_else_the_only_one_with_that_word(
    text: str, name: str, rest: str
) -> None:
    assert named(text, NAMES) == (name, rest)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("disk fixing it", 'Several checks begin with "disk": "disk /", "disk /home".'),
        ("memroy 1h", 'There is no check "memroy" (did you mean "memory"?).'),
        ("nothing", 'There is no check "nothing".'),
        ('"disk" fixing it', 'There is no check "disk" (did you mean "disk /"?).'),
        ('"disk / fixing it', 'There is no check ""disk" (did you mean "disk /"?).'),
        ('"" x', 'There is no check "".'),
        ("", 'There is no check "".'),
        ("\x1b[31m", 'There is no check "[31m".'),
    ],
)
def test_where_none_fits_a_sentence_says_so(text: str, answer: str) -> None:
    assert named(text, NAMES) == (None, answer)


def test_of_many_that_begin_alike_some_are_named() -> None:
    found, answer = named("disk", {f"disk {at}": f"disk {at}" for at in range(9)})
    assert found is None
    assert answer.endswith('"disk 4" and 4 more.')


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=5))
def test_no_line_raises(text: str, names: dict[str, str]) -> None:
    found, rest = named(text, names)
    assert found is None or (found in names.values() and rest in text)


@given(st.lists(st.text("ab/", min_size=1, max_size=3), min_size=1, max_size=3), st.text("cd ", max_size=9))
def test_a_whole_name_is_always_found(words: list[str], rest: str) -> None:
    name = " ".join(words)
    assert named(f"{name} {rest}", {name: name, "other": "other"}) == (name, rest.strip())
