from __future__ import annotations

from sttelnet.script import parse
from sttelnet.script.model import Script
from tests.script.reading import PATH, script


def test_an_empty_file_is_a_script() -> None:
    assert script("") == Script("page", PATH)


def test_a_script_knows_its_keyword_and_path() -> None:
    parsed = parse("", "admin/members", "scripts/admin/members.txt")
    assert parsed.script is not None
    assert (parsed.script.keyword, parsed.script.path) == ("admin/members", "scripts/admin/members.txt")


def test_a_script_with_an_error_is_refused_with_all_its_problems() -> None:
    parsed = parse('{% page:Refresh(0) %}\n{% key:a("") %}', "page", PATH)
    assert parsed.script is None
    assert [(problem.code, problem.warning) for problem in parsed.problems] == [("refresh", True), ("key", False)]


def test_a_warning_does_not_refuse_a_script() -> None:
    parsed = parse("{% page:Refresh(0) %}", "page", PATH)
    assert parsed.script is not None
    assert [problem.warning for problem in parsed.problems] == [True]


def test_problems_come_in_the_order_of_their_places() -> None:
    parsed = parse('{% page:Role("x") %}{% got:A %}\n{% key:b("") %}{# open', "page", PATH)
    assert [(problem.place.line, problem.place.column) for problem in parsed.problems] == [
        (1, 14),
        (1, 24),
        (2, 10),
        (2, 16),
    ]


def test_scripts_that_say_the_same_are_equal_however_their_files_are_written() -> None:
    assert script("a\nb{# note #}\n") == script("a\r\nb")
