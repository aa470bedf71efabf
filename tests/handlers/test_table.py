"""Rows of text in columns, fitted into a window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sttelnet.ansi import Ansi, Color, Reset
from sttelnet.charset import cells, one_line
from sttelnet.handlers.table import Column, table

COLUMNS = (Column("NO", 4, "right"), Column("NAME", 6), Column("SIZE", 5, "right", window=30), Column("REST", 4))


def plain(rows: list[Ansi]) -> list[str]:
    return [row.plain() for row in rows]


def test_cells_stand_below_their_titles_and_the_last_takes_what_is_left() -> None:
    assert plain(table(COLUMNS, [["1", "kim", "12 KB", "whatever there is to say of her"]], 40)) == [
        "  NO NAME    SIZE REST",
        "   1 kim    12 KB whatever there is to s",
    ]


def test_a_small_window_does_without_some_columns() -> None:
    assert plain(table(COLUMNS, [["1", "kimberley", "12 KB", "abcdefghijkl"]], 20)) == [
        "  NO NAME   REST",
        "   1 kimber abcdefgh",
    ]


def test_a_colour_takes_no_room_and_is_not_cut_off() -> None:
    red = Color("red") + "FAILED BADLY" + Reset()

    row = table(COLUMNS, [["1", red, "", "x"]], 20)[1]

    assert row.plain() == "   1 FAILED x"
    assert Reset() in row


def test_a_name_stays_in_its_row_and_acts_on_nothing() -> None:
    assert one_line("a\nb\tc\x1b[2J\u202e d") == "a b c[2J d"


@given(
    st.lists(st.tuples(*[st.text(max_size=30)] * 4), max_size=5),
    st.integers(1, 100),
)
def test_no_row_is_wider_than_the_window(found: list[tuple[str, ...]], width: int) -> None:
    shown = plain(table(COLUMNS, found, width))

    assert len(shown) == len(found) + 1
    assert all(cells(row) <= width and "\n" not in row for row in shown)
