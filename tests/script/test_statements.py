from __future__ import annotations

import pytest

from sttelnet.script.model import Kind
from tests.script.reading import errors, script, sent


def test_the_articles_example_reads_unchanged() -> None:
    read = script("{%\nansi:Move(12,14);\nset:STLoginID;\nset:STLoginPassword;\n%}\n")
    assert [str(piece) for piece in read.body] == ["Draw(name='Move', ansi=Ansi('\\x1b[14;12H'))"]
    assert [setter.call.name for setter in read.sets] == ["STLoginID", "STLoginPassword"]


def test_one_statement_may_stand_on_one_line() -> None:
    assert sent("Up since {% get:STHost %}.") == "Up since [STHost]."


def test_blanks_around_a_statement_do_not_matter() -> None:
    assert sent('{%get:A%}{%\tget:B\t(\t1\t,\n"x" , width = 3 ) ; %}') == "[A][B]"


def test_statements_are_parted_by_semicolons_and_may_end_in_one() -> None:
    assert sent("{% get:A; get:B;get:C ; %}{% get:D; %}") == "[A][B][C][D]"


def test_every_type_has_its_place_in_the_script() -> None:
    read = script('{% ansi:Bold; get:A; set:B; post:C; key:d("e"); page:Title("f") %}')
    assert sent("{% ansi:Bold; get:A %}") == "<Bold>[A]"
    assert [setter.call.name for setter in read.sets] == ["B"]
    assert [post.call.name for post in read.posts] == ["C"]
    assert [key.target for key in read.keys] == ["d"]
    assert read.page.title == "f"
    assert {kind.value for kind in Kind} == {"ansi", "get", "set", "post", "key", "page"}


def test_a_call_knows_where_its_name_stands() -> None:
    call = script("one\ntwo {% set:STName %}").sets[0].call
    assert (call.place.path, call.place.line, call.place.column) == ("scripts/page.txt", 2, 12)


def test_a_name_may_hold_digits_underlines_slashes_and_dashes() -> None:
    assert script('{% key:admin/disk-2_x("d") %}').keys[0].target == "admin/disk-2_x"


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("got:X", '1:4: unknown statement type "got" (did you mean "get"?)'),
        ("GET:X", '1:4: unknown statement type "GET" (did you mean "get"?)'),
        ("foobar:X", '1:4: unknown statement type "foobar" (the types are ansi, get, set, post, key, page)'),
        ("get: X", '1:4: no blank may stand inside "get:X" (write get:X)'),
        ("get :X", '1:4: no blank may stand inside "get:X" (write get:X)'),
        ("get:", '1:4: expected a name behind "get:"'),
        ("get:1", '1:4: expected a name behind "get:"'),
        ("get X", '1:4: expected ":" behind "get" (write get:X)'),
        ("STHost", '1:4: expected a statement, found "STHost" (as get:STHost)'),
        ("; get:X", '1:4: expected a statement, found ";" (as get:STHost)'),
        ("get:X;; get:Y", '1:10: expected a statement, found ";" (as get:STHost)'),
        ("get:X get:Y", '1:10: expected ";" or "%}", found "get"'),
        ("get:X, get:Y", '1:9: expected ";" or "%}", found ","'),
        ("get:X(1) 2", '1:13: expected ";" or "%}", found "2"'),
        ("get:Xé", '1:9: expected ";" or "%}", found "é"'),
        ("\x07", "1:4: expected a statement, found U+0007 (as get:STHost)"),
    ],
)
def test_what_is_no_statement_is_an_error(statement: str, error: str) -> None:
    assert errors(f"{{% {statement} %}}") == [error]


def test_every_faulty_statement_of_a_file_is_told() -> None:
    source = '{% got:X; get:A; get; set:B(c); %} text {% key:a("%};") post:C; put:D("x;%}") %}'
    assert errors(source) == [
        '1:4: unknown statement type "got" (did you mean "get"?)',
        '1:18: expected a statement, found "get" (as get:STHost)',
        '1:29: expected a number or a "string", found "c" (write "c")',
        '1:57: expected ";" or "%}", found "post"',
        '1:65: unknown statement type "put" (the types are ansi, get, set, post, key, page)',
    ]
