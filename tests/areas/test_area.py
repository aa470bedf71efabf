"""Who may do what in an area."""

from __future__ import annotations

from pathlib import Path

import pytest

from sttelnet.areas import Area
from sttelnet.areas.area import MIB
from sttelnet.config import AreaConfig
from sttelnet.role import Role

AREA = Area(
    "box", AreaConfig(directory="box", title="Letter-box", list="operator", download="nobody", upload="member"), Path()
)


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (Role.GUEST, (False, False, False)),
        (Role.MEMBER, (False, False, True)),
        (Role.OPERATOR, (True, False, True)),
        (Role.ADMIN, (True, False, True)),
    ],
)
def test_each_right_is_that_of_the_least_role_and_nobody_is_nobody(role: Role, rights: tuple[bool, ...]) -> None:
    assert (AREA.may_list(role), AREA.may_download(role), AREA.may_upload(role)) == rights


def test_an_area_is_visible_to_whoever_may_do_anything_there() -> None:
    assert not AREA.is_visible(Role.GUEST)
    assert AREA.is_visible(Role.MEMBER)


def test_an_area_without_a_title_is_called_by_its_name() -> None:
    assert AREA.title == "Letter-box"
    assert Area("box", AreaConfig(directory="box"), Path()).title == "box"


def test_the_quota_is_told_in_bytes() -> None:
    assert Area("box", AreaConfig(directory="box", quota=3), Path()).quota == 3 * MIB
