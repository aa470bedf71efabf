"""Graphs of performance values, and the cells they are made of."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.ansi import Ansi
from sttelnet.charset import Charset, encode
from sttelnet.health.cells import Cell, laid, squeezed
from sttelnet.health.graph import Look, columns_of, graph
from sttelnet.health.ranges import Range
from sttelnet.health.scale import amount
from sttelnet.store.history import Span
from sttelnet.store.slots import Slot

FINITE = st.floats(allow_nan=False, allow_infinity=False)
CELLS = st.lists(
    st.none() | st.lists(FINITE, min_size=3, max_size=3).map(lambda three: Cell(*sorted(three))), max_size=99
)
RANGES = st.none() | st.builds(Range, FINITE | st.just(-math.inf), FINITE | st.just(math.inf))


def same(value: float) -> Cell:
    return Cell(value, value, value)


def shown(
    cells: list[Cell | None], width: int, height: int, charset: Charset = Charset.UTF_8, **look: object
) -> list[str]:
    return [row.plain() for row in graph(cells, 3600, Look(width, height, charset, **look))]  # type: ignore[arg-type]


# Cells


def span(at: float, value: float, seconds: float = 0.0) -> Span:
    return Span(at, seconds, Slot(value, value, value, 1))


def test_values_fall_into_the_cell_of_their_time_and_share_it() -> None:
    cells = laid([span(0, 1), span(9.9, 3), span(10, 5), span(35, 7), span(40, 9), span(-1, 9)], 0, 10, 4)

    assert cells == [Cell(1, 2, 3), same(5), None, same(7)]


def test_a_span_longer_than_a_cell_fills_all_it_covers() -> None:
    assert laid([span(10, 4, seconds=20)], 0, 5, 8) == [None, None, *[same(4)] * 4, None, None]


def test_a_value_holds_until_the_next_run_and_no_longer() -> None:
    cells = laid([Span(0, 0, Slot(1, 2, 3, 2)), span(50, 5)], 0, 10, 8, hold=25)

    assert cells == [Cell(1, 2, 3), same(2), same(2), None, None, same(5), same(5), same(5)]


def test_squeezed_cells_keep_their_extremes_and_stretched_ones_repeat() -> None:
    assert squeezed([Cell(1, 2, 9), Cell(0, 4, 5), None, same(7)], 2) == [Cell(0, 3, 9), same(7)]
    assert squeezed([same(1), None], 4) == [same(1), same(1), None, None]
    assert squeezed([], 2) == [None, None]


# What is drawn


@given(CELLS, st.integers(-2, 130), st.integers(-2, 40), st.sampled_from(Charset), RANGES, RANGES, st.text(max_size=8))
def test_any_graph_has_the_rows_and_cells_it_was_asked_for(
    cells: list[Cell | None], width: int, height: int, charset: Charset, warning: Range, critical: Range, unit: str
) -> None:
    rows = graph(cells, 3600, Look(width, height, charset, unit, warning, critical))

    assert [row.cells() for row in rows] == ([max(0, width)] * max(0, height) if width > 0 else [])
    assert all("\n" not in row for row in rows)


@given(CELLS, st.sampled_from([Charset.CP437, Charset.ASCII]))
def test_a_graph_is_drawn_in_characters_its_charset_has(cells: list[Cell | None], charset: Charset) -> None:
    for row in graph(cells, 3600, Look(60, 9, charset, "B", Range(0, 5), Range(0, 9))):
        assert encode(row, charset).decode(charset.value) == row


def test_a_column_is_full_to_the_least_dark_to_the_mean_and_light_to_the_greatest_value() -> None:
    cells: list[Cell | None] = [Cell(2, 4, 8), same(8), None, same(1), same(0)]

    assert shown(cells, 5, 4) == ["░█   ", "░█   ", "▓█   ", "██ ▄▁"]
    assert shown(cells, 5, 4, Charset.CP437) == ["░█   ", "░█   ", "▓█   ", "██ ▄_"]
    assert shown(cells, 5, 4, Charset.ASCII) == [":#   ", ":#   ", "+#   ", "## =_"]


def test_values_below_zero_stand_on_the_lower_end_of_the_scale() -> None:
    assert shown([same(-4), same(-2), same(0), same(4)], 4, 4) == ["   █", "   █", "  ██", "▁███"]


def test_the_scale_stands_on_the_left_and_the_time_below() -> None:
    assert shown([same(4)] * 10 + [same(0.1)] * 5 + [None] * 5 + [same(8)] * 4, 32, 5, unit="s") == [
        "     8s┤                    ████",
        "       ┤                    ████",
        "       ┤██████████          ████",
        "     0s┤██████████▁▁▁▁▁     ████",
        "       └-1h         -30m     now",
    ]


def test_a_graph_of_nothing_says_so() -> None:
    assert shown([None] * 9, 32, 4) == [
        "      1┤                        ",
        "       ┤       no values        ",
        "      0┤                        ",
        "       └-1h         -30m     now",
    ]
    assert shown([], 9, 1, Charset.ASCII) == ["no values"]


def test_limits_are_lines_in_the_colour_of_their_state_and_columns_stand_before_them() -> None:
    cells: list[Cell | None] = [same(50), same(100)] * 6

    rows = graph(cells, 3600, Look(20, 6, Charset.ASCII, "%", Range(0, 70), Range(0, 90)))

    assert [row.plain() for row in rows] == [
        "    90%|-#-#-#-#-#-#",
        "    70%|-#-#-#-#-#-#",
        "       |=#=#=#=#=#=#",
        "       |############",
        "     0%|############",
        "       +-1h      now",
    ]
    assert [colour(row) for row in rows] == ["91", "93", "", "", "", ""]


def colour(row: Ansi) -> str:
    """Return the bright colour a row begins in."""
    return row.partition("m")[0][-2:] if row.startswith("\x1b") else ""


def test_a_limit_far_above_all_values_does_not_press_them_down() -> None:
    top = shown([same(0.3)] * 9, 32, 5, warning=Range(0, 0.5), critical=Range(0, 15))

    assert [row[:8] for row in top] == ["    0.5┤", "       ┤", "       ┤", "      0┤", "       └"]


def test_what_a_check_calls_its_unit_cannot_act_on_a_screen() -> None:
    rows = graph([same(1)], 3600, Look(40, 4, Charset.UTF_8, "\x1b[2J\n", Range(0, 1)))

    assert all("\x1b[2J" not in row and "\n" not in row for row in rows)


@given(st.integers(-5, 200))
def test_a_graph_has_as_many_columns_as_it_says(width: int) -> None:
    cells: list[Cell | None] = [same(1)] * columns_of(width)
    rows = graph(cells, 3600, Look(width, 1, Charset.ASCII))

    assert sum(row.count("#") for row in rows) == (columns_of(width) if width > 0 else 0)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0, "", "0"),
        (95.4, "%", "95.4%"),
        (1234, "%", "1234%"),
        (0.0213, "s", "21.3ms"),
        (0.0000213, "s", "21.3us"),
        (2.5, "s", "2.5s"),
        (1500, "B", "1.46KB"),
        (-4.2e9, "B", "-3.91GB"),
        (2048, "MB", "2GB"),
        (1e300, "", "1e+282E"),
        (math.inf, "", "?"),
    ],
)
def test_amounts_are_short(value: float, unit: str, words: str) -> None:
    assert amount(value, unit) == words
