from __future__ import annotations

import inspect

import pytest

from sttelnet.script.binding import misfit, signature, takes, usage


def handler(client: object, what: str, /, digits: int = 1, *words: str, kind: str, **more: str) -> str:
    return what


class Odd:
    __signature__ = 1

    def __call__(self) -> None: ...


SHAPE = inspect.signature(handler)


def test_arguments_that_fit_are_no_misfit() -> None:
    assert misfit(SHAPE, ("client", "cpu", 2, "a"), {"kind": "x", "other": 1}) is None


def test_a_misfit_is_told_in_pythons_words() -> None:
    assert misfit(SHAPE, ("client",), {"kind": "x"}) == "missing a required argument: 'what'"


@pytest.mark.parametrize(
    ("given", "usage_"),
    [(0, "(client, what, /, digits=1, *words, kind, **more)"), (2, "(digits=1, *words, kind, **more)")],
)
def test_usage_leaves_out_what_the_daemon_gives(given: int, usage_: str) -> None:
    assert usage("get:X", SHAPE, given) == f"get:X{usage_}"


def test_usage_keeps_a_parameter_that_takes_all_the_rest() -> None:
    def free(*words: str) -> None: ...

    assert usage("set:X", inspect.signature(free), 2) == "set:X(*words)"


def test_usage_of_what_takes_nothing_more_has_no_brackets() -> None:
    def plain(client: object) -> None: ...

    assert usage("post:X", inspect.signature(plain), 1) == "post:X"


def test_a_function_takes_so_many_or_not() -> None:
    def plain(client: object) -> None: ...

    assert takes(inspect.signature(plain), ("client",))
    assert not takes(inspect.signature(plain), ("client", "data"))


def test_some_callables_have_no_signature_to_look_at() -> None:
    assert signature(Odd()) is None
    assert signature(handler) == SHAPE
