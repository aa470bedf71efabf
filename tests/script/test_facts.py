from __future__ import annotations

import pytest

from sttelnet.role import Role
from sttelnet.script.facts import FACTS
from sttelnet.script.model import Page
from tests.script.reading import errors, script, warnings


def page(source: str, keyword: str = "page") -> Page:
    return script(f"{{% {source} %}}", keyword).page


def test_a_script_without_facts_is_for_everybody() -> None:
    assert page("") == Page(title="", role=Role.GUEST, secure=False, refresh=None, prompt=None)


def test_facts_count_wherever_they_stand() -> None:
    source = 'a {% page:Title("T") %}\n{% page:Role("operator"); page:Secure %}'
    source += '{% page:Refresh(5) %}{% page:Prompt("> ") %}'
    assert script(source).page == Page("T", Role.OPERATOR, secure=True, refresh=5, prompt="> ")


def test_a_script_without_a_title_is_called_by_its_keyword() -> None:
    assert script("", "admin/members").title == "admin/members"
    assert script('{% page:Title("Members") %}', "admin/members").title == "Members"


@pytest.mark.parametrize("word", ["guest", "member", "operator", "admin", "Admin"])
def test_a_role_is_one_of_four(word: str) -> None:
    assert page(f'page:Role("{word}")').role is Role.parse(word)


def test_secure_may_be_lifted() -> None:
    assert page("page:Secure").secure
    assert page("page:Secure()").secure
    assert not page('page:Secure("no")').secure


def test_scripts_under_admin_are_guarded_unless_they_say_otherwise() -> None:
    assert page("", "admin/members") == Page(role=Role.ADMIN, secure=True)
    assert page('page:Role("operator")', "admin/x") == Page(role=Role.OPERATOR, secure=True)
    assert page('page:Secure("no")', "admin/x") == Page(role=Role.ADMIN, secure=False)
    assert page("", "admin") == Page()
    assert page("", "administer/x") == Page()


def test_a_prompt_may_be_empty() -> None:
    assert page('page:Prompt("")').prompt == ""


@pytest.mark.parametrize("seconds", [0, -3])
def test_a_refresh_below_a_second_is_worth_saying(seconds: int) -> None:
    source = f"{{% page:Refresh({seconds}) %}}"
    assert warnings(source) == ["1:17: page:Refresh below 1 second: the page is not refreshed (write 1 or more)"]


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("page:title", '1:9: unknown page fact "title" (did you mean "Title"?)'),
        ("page:X", '1:9: unknown page fact "X" (the facts are Title, Role, Secure, Refresh, Prompt)'),
        ("page:Title", '1:9: page:Title takes one string, as page:Title("Host health")'),
        ("page:Title(1)", '1:9: page:Title takes one string, as page:Title("Host health")'),
        ('page:Title("a", "b")', '1:9: page:Title takes one string, as page:Title("Host health")'),
        ('page:Title(text="a")', '1:9: page:Title takes one string, as page:Title("Host health")'),
        (r'page:Title("a\nb")', "1:9: a title is one line"),
        ("page:Role", '1:9: page:Role takes one string, as page:Role("operator")'),
        ('page:Role("operater")', '1:14: unknown role "operater" (did you mean "operator"?)'),
        ('page:Role("xyz")', '1:14: unknown role "xyz" (the roles are guest, member, operator, admin)'),
        ('page:Secure("yes")', '1:16: page:Secure takes nothing, or "no"'),
        ("page:Secure(0)", '1:9: page:Secure takes nothing, or "no"'),
        ("page:Refresh", "1:9: page:Refresh takes a whole number of seconds, as page:Refresh(5)"),
        ('page:Refresh("5")', "1:9: page:Refresh takes a whole number of seconds, as page:Refresh(5)"),
        ("page:Prompt", '1:9: page:Prompt takes one string, as page:Prompt("> ")'),
    ],
)
def test_what_is_no_fact_is_an_error(statement: str, error: str) -> None:
    assert errors(f"{{% {statement} %}}") == [error]


@pytest.mark.parametrize(
    "statement",
    ['page:Title("a")', 'page:Role("admin")', "page:Secure", "page:Refresh(5)", 'page:Prompt("> ")'],
)
def test_a_fact_stands_at_most_once(statement: str) -> None:
    head = statement.partition("(")[0]
    assert errors(f"{{% {statement} %}}\n{{% {statement} %}}") == [f"2:9: {head} stands twice (first in line 1)"]
    assert head.removeprefix("page:") in FACTS
