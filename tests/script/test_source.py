from __future__ import annotations

import pytest

from sttelnet.script import parse
from sttelnet.script.source import Source


def picture(source: str) -> str:
    (problem,) = parse(source, "page", "scripts/page.txt").problems
    return problem.picture()


@pytest.mark.parametrize(
    ("offset", "line", "column"),
    [(0, 1, 1), (1, 1, 2), (2, 1, 3), (3, 2, 1), (4, 3, 1), (6, 3, 3), (7, 4, 1)],
)
def test_lines_and_columns_count_characters_from_one(offset: int, line: int, column: int) -> None:
    place = Source("äb\r\n\n\t漢\n", "x.txt").place(offset)
    assert (place.line, place.column) == (line, column)


def test_a_picture_has_a_caret_below_what_it_means() -> None:
    assert picture("hello\nUp since {% got:STHost %}") == (
        'scripts/page.txt:2:13: unknown statement type "got" (did you mean "get"?)\n'
        "2 | Up since {% got:STHost %}\n"
        "  |             ^^^"
    )


def test_a_tab_counts_one_and_stands_in_the_caret_line_too() -> None:
    assert picture("\t{%\tgot:STHost %}") == (
        'scripts/page.txt:1:5: unknown statement type "got" (did you mean "get"?)\n'
        "1 | \t{%\tgot:STHost %}\n"
        "  | \t  \t^^^"
    )


def test_wide_letters_count_the_cells_they_take() -> None:
    assert picture('漢字 e\u0301 {% page:Role("漢字") %}').splitlines()[2] == " " * 2 + "| " + " " * 20 + "^" * 6


def test_the_caret_line_ends_where_the_source_line_does() -> None:
    assert picture("{% get:\nX %}") == (
        'scripts/page.txt:1:4: no blank may stand inside "get:X" (write get:X)\n1 | {% get:\n  |    ^^^^'
    )


def test_control_characters_do_not_act_where_a_problem_is_shown() -> None:
    shown = picture('\x1b[2J{% page:Role("\x1b[31m") %}\x9b')
    assert shown.splitlines()[0] == (
        'scripts/page.txt:1:18: unknown role "\ufffd[31m" (the roles are guest, member, operator, admin)'
    )
    assert shown.splitlines()[1] == '1 | \ufffd[2J{% page:Role("\ufffd[31m") %}\ufffd'


def test_a_very_long_line_has_no_picture() -> None:
    source = " " * 300 + "{% got:STHost %}" + " " * 100
    assert picture(source) == 'scripts/page.txt:1:304: unknown statement type "got" (did you mean "get"?)'
