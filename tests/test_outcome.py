from __future__ import annotations

import pytest

from sttelnet.outcome import Goto, Step, read
from sttelnet.role import Role


@pytest.mark.parametrize(
    ("returned", "outcome"),
    [
        ("", Step.ACCEPTED),
        (None, Step.ACCEPTED),
        ("refresh", Step.REFRESH),
        ("remain", Step.REMAIN),
        ("repeat", Step.REPEAT),
        ("back", Step.BACK),
        ("logoff", Step.LOGOFF),
        ("root", Goto("root")),
        ("admin/members", Goto("admin/members")),
        (Goto("health"), Goto("health")),
        (Step.BACK, Step.BACK),
        (3, None),
        (True, None),
    ],
)
def test_what_a_handler_returns_is_read_as_its_outcome(returned: object, outcome: object) -> None:
    assert read(returned) == outcome


def test_roles_are_ordered_and_read_without_case() -> None:
    assert Role.GUEST < Role.MEMBER < Role.OPERATOR < Role.ADMIN
    assert Role.parse("Operator") is Role.OPERATOR
    assert Role.parse("sysop") is None
