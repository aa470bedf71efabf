"""What monitoring plugins say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.charset import clean, one_line
from sttelnet.health.plugin import (
    LONGEST_DATA,
    LONGEST_LINE,
    LONGEST_TEXT,
    MOST_FIGURES,
    NOTHING_SAID,
    Figure,
    read_figures,
    read_result,
)
from sttelnet.health.ranges import Range
from sttelnet.health.states import State


@pytest.mark.parametrize(
    ("status", "state"), [(0, State.OK), (1, State.WARNING), (2, State.CRITICAL), (3, State.UNKNOWN)], ids=str
)
def test_the_exit_status_is_the_state(status: int, state: State) -> None:
    assert read_result(status, b"text\n").state is state


@pytest.mark.parametrize("status", [-9, 4, 126, 127, 255])
def test_any_other_status_is_unknown_and_told(status: int) -> None:
    result = read_result(status, b"text\n")
    assert (result.state, result.text) == (State.UNKNOWN, f"text (exit status {status})")


def test_the_first_line_is_the_text_and_performance_data_stand_behind_the_bar() -> None:
    output = b"DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n"
    result = read_result(0, output)
    assert result.text == "DISK OK - free space: / 3326 MB (56%);"
    assert result.figures == (Figure("/", 2643.0, "MB", Range(0, 5948), Range(0, 5958), 0.0, 5968.0),)


def test_further_lines_are_long_text_and_may_have_performance_data_too() -> None:
    # Nagios Core, "Plugin API", its third example.
    output = (
        b"DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n"
        b"/ 15272 MB (77%);\n/boot 68 MB (69%);\n"
        b"/home 69357 MB (27%); | /boot=68MB;88;93;0;98\n/home=69357MB;253404;253409;0;253414\n"
    )
    result = read_result(0, output)
    assert result.further == "/ 15272 MB (77%);\n/boot 68 MB (69%);\n/home 69357 MB (27%); "
    assert [(figure.label, str(figure)) for figure in result.figures] == [
        ("/", "2643MB"),
        ("/boot", "68MB"),
        ("/home", "69357MB"),
    ]


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("time=0.02s", Figure("time", 0.02, "s")),
        ("'a label'=5%;80;90;0;100", Figure("a label", 5, "%", Range(0, 80), Range(0, 90), 0, 100)),
        ("'it''s'=1c", Figure("it's", 1, "c")),
        ("load1=0.500;@1:2;~:5;0;", Figure("load1", 0.5, "", Range(1, 2, inside=True), Range(-math.inf, 5), 0)),
        ("x=-5;;", Figure("x", -5)),
        ("x=1e3B", Figure("x", 1000, "B")),
        ("x=.5", Figure("x", 0.5)),
        ("C:\\=1", Figure("C:\\", 1)),
        ("x=5;rubbish;10", Figure("x", 5, "", None, Range(0, 10))),
    ],
)
def test_performance_data_are_read(text: str, figure: Figure) -> None:
    assert read_figures(text) == ((figure,), ())


def test_a_value_the_plugin_could_not_tell_is_no_number() -> None:
    ((figure,), broken) = read_figures("x=U;1;2")
    assert math.isnan(figure.value)
    assert (str(figure), figure.critical, broken) == ("U", Range(0, 2), ())


@pytest.mark.parametrize("text", ["x=", "x=abc", "x=5,3", "x=1 2", "'open=5", "=5", "x=1;2;3;4;5;6"])
def test_broken_pieces_leave_the_others_alone(text: str) -> None:
    figures, _ = read_figures(f"before=1 {text} after=2")
    assert [figure.label for figure in figures if figure.label in {"before", "after"}] == ["before", "after"]


def test_what_could_not_be_read_is_told() -> None:
    assert read_figures("x=abc y=5,3 z=1")[1] == ("x=abc", "y=5,3")


@pytest.mark.parametrize("value", ["1e999", "-1e999", "9" * 400])
def test_a_value_beyond_all_numbers_is_broken(value: str) -> None:
    figures, broken = read_figures(f"x={value} y=1")
    assert ([figure.label for figure in figures], len(broken)) == (["y"], 1)


def test_further_figures_are_read_however_many_pieces_are_broken() -> None:
    figures, broken = read_figures("x=abc " * 300 + "y=1")
    assert ([figure.label for figure in figures], len(broken)) == (["y"], MOST_FIGURES)


def test_performance_data_without_end_are_read_no_further_and_no_number_is_cut_in_half() -> None:
    figures, broken = read_figures("x=abc " * 5460 + "y=123456789")
    assert len("x=abc " * 5460) < LONGEST_DATA < len("x=abc " * 5460) + 11
    assert (figures, len(broken)) == ((), MOST_FIGURES)


def test_text_is_cleaned_of_what_acts_on_a_terminal() -> None:
    result = read_result(2, b"a\x1b[2Jb\x07\r\n\x9b31mlong\x1b]0;x\x07\xff| 'l\x1b[1m'=1\n")
    for text in (result.text, result.further, result.figures[0].label):
        assert not {"\x1b", "\x07", "\x9b", "\r"} & set(text)


def test_nothing_said_is_said() -> None:
    assert read_result(0, b"").text == read_result(0, b"\n\n").text == NOTHING_SAID
    assert read_result(0, b"| x=1").text == NOTHING_SAID


def test_megabytes_are_cut() -> None:
    output = b"x" * 5_000_000 + b"\n" + b"y" * 5_000_000 + b"|" + b"a=1 " * 500_000
    result = read_result(0, output)
    assert (len(result.text), len(result.further), len(result.figures)) == (LONGEST_LINE, LONGEST_TEXT, MOST_FIGURES)


PIECES = [
    b"|",
    b" ",
    b"'",
    b"=",
    b"x=1",
    b"'a b'=2%;1;2",
    b"\n",
    b"\r\n",
    b"\x1b[2J",
    b"\x9b31m",
    b"\xff",
    b"\0",
    b"\x07",
]
PIECES += [text.encode() for text in ("\x9b1m", "\u202eabc", "\u2028", "\ufeff", "é", "\x85")]


@given(st.integers(-300, 300), st.binary(max_size=300) | st.lists(st.sampled_from(PIECES)).map(b"".join))
def test_no_output_makes_it_raise_and_all_that_it_gives_is_clean(status: int, output: bytes) -> None:
    result = read_result(status, output)
    assert result.text
    names = [text for figure in result.figures for text in (figure.label, figure.unit)]
    for text in (result.text, *result.broken, *names):
        assert text == one_line(text)
    assert result.further == clean(result.further).strip("\n")


@given(
    st.lists(
        st.tuples(
            st.text("abc '/:=%", min_size=1, max_size=8).filter(
                lambda label: "=" not in label and label.strip() == label
            ),
            st.floats(-1e6, 1e6).map(lambda value: round(value, 3)),
            st.sampled_from(["", "s", "%", "MB"]),
        ),
        max_size=5,
    )
)
def test_what_is_written_by_the_rules_is_read(given_figures: list[tuple[str, float, str]]) -> None:
    quoted = [(label.replace("'", "''"), value, unit) for label, value, unit in given_figures]
    text = " ".join(f"'{label}'={value}{unit}" for label, value, unit in quoted)
    figures, broken = read_figures(text)
    normal = [(" ".join(label.split()), value, unit) for label, value, unit in given_figures]
    assert ([(figure.label, figure.value, figure.unit) for figure in figures], broken) == (normal, ())
