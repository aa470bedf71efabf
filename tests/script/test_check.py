from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from sttelnet.script import check
from sttelnet.script.model import Call, Place, Post, Script
from tests.script.reading import script


def STHost(client: object, what: str, digits: int = 0) -> str:
    return what


def STName(client: object, data: str, most: int = 20) -> str:
    return data


def STTake(client: object, *words: str, **options: str) -> None: ...


def STKeyed(client: object, data: str, *, kind: str) -> None: ...


async def STLater(client: object) -> None: ...


def STNothing() -> None: ...


Figure = Literal["name", "cpu", "memory", 3]


def STFigure(client: object, what: Figure, *more: Literal["up"], mount: Literal["a", "b"] | None = None) -> str:
    return str(what)


def STLoose(client: object, what: "Literal['cpu'] | str", other: "Nowhere" = "") -> str:  # type: ignore[name-defined]  # noqa: F821, UP037
    return what


def STWide(client: object, data: Literal["yes"], what: "Literal['cpu'] | str") -> str:  # noqa: UP037
    return what


def STKinds(
    client: object,
    name: str,
    hours: int | None = 24,
    share: float = 1.0,
    any_of: int | str = "",
    raw: list[str] | None = None,
) -> str:
    return name


class Odd:
    """A callable whose arguments cannot be known beforehand."""

    __signature__ = 1

    def __call__(self, client: object) -> None: ...


HANDLERS: dict[str, Callable[..., object]] = {
    handler.__name__: handler
    for handler in (STHost, STName, STTake, STKeyed, STLater, STNothing, STFigure, STLoose, STWide, STKinds)
} | {"STOdd": Odd()}


def problems(source: str) -> list[str]:
    found = check(script(source), HANDLERS, ["root", "health", "admin/members"])
    return [str(problem).removeprefix("scripts/page.txt:") for problem in found]


@pytest.mark.parametrize(
    "statement",
    [
        'get:STHost("cpu")',
        'get:STHost("cpu", 2, width=3, align="right")',
        'get:STHost(digits=2, what="cpu")',
        "set:STName",
        'set:STName(3, prompt="x")',
        'set:STKeyed(kind="x")',
        "post:STTake",
        'post:STTake("a", "b", c="d")',
        "get:STLater",
        "get:STOdd",
        'get:STFigure("cpu", "up", mount="b")',
        "get:STFigure(3)",
        'get:STLoose("disk")',
        'set:STWide("disk")',
        'get:STKinds("disk", 3, 4, 5)',
        'get:STKinds("disk", any_of="x", raw="x")',
        'get:STKinds("disk", raw=3)',
    ],
)
def test_a_call_that_binds_is_right(statement: str) -> None:
    assert problems(f"{{% {statement} %}}") == []


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ('get:STHots("cpu")', '1:8: unknown handler "STHots" (did you mean "STHost"?)'),
        ("set:sthost", '1:8: unknown handler "sthost" (did you mean "STHost"?)'),
        ("post:Zebra", '1:9: unknown handler "Zebra"'),
        ("get:STHost", "1:8: \"STHost\": missing a required argument: 'what' (write get:STHost(what, digits=0))"),
        ("set:STName(1, 2)", '1:8: "STName": too many positional arguments (write set:STName(most=20))'),
        (
            'set:STName(least="x")',
            "1:8: \"STName\": got an unexpected keyword argument 'least' (write set:STName(most=20))",
        ),
        (
            "get:STTake(client=1)",
            "1:8: \"STTake\": multiple values for argument 'client' (write get:STTake(*words, **options))",
        ),
        ('get:STFigure("nmae")', '1:8: STFigure has no "nmae" (did you mean "name"?)'),
        ('get:STFigure(what="xyzzy")', '1:8: STFigure has no "xyzzy" (it has name, cpu, memory, 3)'),
        ("get:STFigure(4)", "1:8: STFigure has no 4 (it has name, cpu, memory, 3)"),
        ('get:STFigure("cpu", "up", "down")', '1:8: STFigure has no "down" (it has up)'),
        ('get:STFigure("cpu", mount="c")', '1:8: STFigure has no "c" (it has a, b)'),
        ('get:STKinds("a", hours="24")', "1:8: hours of STKinds is a string here (write 24)"),
        ('get:STKinds("a", "x")', '1:8: hours of STKinds is a string here (hours must be a number, not "x")'),
        ('get:STKinds("a", share="²")', '1:8: share of STKinds is a string here (share must be a number, not "²")'),
        ("get:STKinds(3)", '1:8: name of STKinds is a number here (write "3")'),
        ("post:STTake(3)", '1:9: words of STTake is a number here (write "3")'),
        ("set:STLater", '1:8: "STLater" is no set handler (it must take (client, data))'),
        ("post:STNothing", '1:9: "STNothing" is no post handler (it must take (client))'),
    ],
)
def test_a_call_that_does_not_bind_is_an_error(statement: str, error: str) -> None:
    assert problems(f"{{% {statement} %}}") == [error]


def test_an_argument_that_goes_by_name_only_is_asked_for() -> None:
    (error,) = problems("{% set:STKeyed %}")
    assert "argument: 'kind'" in error
    assert error.endswith("(write set:STKeyed(*, kind))")


@pytest.mark.parametrize("target", ["root", "health", "admin/members", "back", "refresh", "logoff"])
def test_a_known_key_target_is_right(target: str) -> None:
    assert problems(f'{{% key:{target}("x") %}}') == []


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("helth", '1:8: unknown key target "helth" (did you mean "health"?)'),
        ("Health", '1:8: unknown key target "Health" (did you mean "health"?)'),
        ("members", '1:8: unknown key target "members" (did you mean "admin/members"?)'),
        ("repeat", '1:8: unknown key target "repeat"'),
        ("xyzzy", '1:8: unknown key target "xyzzy"'),
    ],
)
def test_an_unknown_key_target_is_an_error(target: str, error: str) -> None:
    assert problems(f'{{% key:{target}("x") %}}') == [error]


def test_a_handler_that_could_not_be_loaded_is_not_judged() -> None:
    found = check(script('{% get:Mine("x"); get:Mien %}'), HANDLERS, [], absent={"Mine"})
    assert [str(problem) for problem in found] == [
        'scripts/page.txt:1:23: unknown handler "Mien" (did you mean "Mine"?)'
    ]


def test_root_is_known_even_to_a_tree_that_lacks_it() -> None:
    assert check(script('{% key:root("x") %}'), {}, []) == []


def test_the_picture_shows_the_source_line() -> None:
    (problem,) = check(script("one\nUp since {% get:STHots %}"), HANDLERS, [])
    assert problem.picture() == (
        'scripts/page.txt:2:17: unknown handler "STHots" (did you mean "STHost"?)\n'
        "2 | Up since {% get:STHots %}\n"
        "  |                 ^^^^^^"
    )
    assert problem.code == "unknown-handler"


def test_problems_come_in_the_order_of_their_places() -> None:
    source = '{% key:xyzzy("x"); post:A %}\n{% set:B; get:C %}'
    assert [problem.partition(" ")[0] for problem in problems(source)] == ["1:8:", "1:25:", "2:8:", "2:15:"]


def test_a_script_made_by_hand_has_no_picture() -> None:
    made = Script("x", "x.txt", posts=(Post(Call("A", (), {}, Place("x.txt", 3, 4))),))
    assert [problem.picture() for problem in check(made, {}, [])] == ['x.txt:3:4: unknown handler "A"']
