"""STWho: who is on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.channel import Size
from sttelnet.charset import cells
from sttelnet.handlers.who import STWho
from sttelnet.hub import Message, Presence, Said, Taken
from sttelnet.role import Role
from tests.handlers.window import HostSite, host_site, plain, rows


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[HostSite]:
    async with host_site(tmp_path) as opened:
        yield opened


class Seated:
    """Somebody who is on."""

    user_id: int | None = None

    def __init__(
        self,
        number: int,
        name: str = "GUEST",
        doing: str = "Welcome",
        idle: float = 12,
        *,
        invisible: bool = False,
        role: Role = Role.GUEST,
    ) -> None:
        self.number = number
        self._presence = Presence(
            number,
            name,
            role,
            "192.168.100.200",
            "telnet",
            "xterm-256color",
            Size(100, 30),
            idle,
            60,
            doing,
            invisible=invisible,
        )

    def presence(self) -> Presence:
        return self._presence

    def notice(self, text: str) -> None:
        raise AssertionError(text)

    def message(self, message: Message) -> Taken:
        raise AssertionError(message)

    def said(self, said: Said) -> bool:
        raise AssertionError(said)

    def account_changed(self) -> None:
        raise AssertionError


async def test_who_is_on_is_listed_in_order_of_arrival(site: HostSite) -> None:
    site.services.hub.join(Seated(3, "kim", "Files, sending", 12))
    site.services.hub.join(Seated(12, doing="Welcome", idle=3725))

    assert rows(STWho(site.client())) == [
        "  NO NAME                 VIA    TERMINAL          IDLE DOING",
        "   3 kim                  telnet 100x30 xterm-256  0:12 Files, sending",
        "  12 GUEST                telnet 100x30 xterm-256    1h Welcome",
    ]


async def test_only_operators_see_from_where(site: HostSite) -> None:
    site.services.hub.join(Seated(3, "kim"))

    for role in Role:
        printed = plain(STWho(site.client(role=role)))
        assert ("192.168.100.200" in printed) is (role >= Role.OPERATOR)


@pytest.mark.parametrize("role", [Role.GUEST, Role.ADMIN])
@pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
async def test_who_is_on_fits_the_window(site: HostSite, columns: int, role: Role) -> None:
    site.services.hub.join(Seated(1234, "a-name-as-long-as-it-", "A page with a very long title " * 5))

    printed = rows(STWho(site.client(columns=columns, role=role)))
    assert max(cells(row) for row in printed) <= max(20, min(79, columns - 1))
    assert "a-name" in printed[1]


@pytest.mark.parametrize(("role", "seen"), [(Role.MEMBER, False), (Role.OPERATOR, True), (Role.ADMIN, True)], ids=str)
async def test_who_is_invisible_is_seen_by_operators_of_their_rank(site: HostSite, role: Role, seen: bool) -> None:
    site.services.hub.join(Seated(3, "kim", invisible=True, role=Role.OPERATOR))

    printed = plain(STWho(site.client(role=role)))
    assert ("kim" in printed) is seen
    assert ("(invisible)" in printed) is seen


async def test_an_admin_who_is_invisible_is_not_seen_by_an_operator(site: HostSite) -> None:
    site.services.hub.join(Seated(3, "kim", invisible=True, role=Role.ADMIN))

    assert "kim" not in plain(STWho(site.client(role=Role.OPERATOR)))
