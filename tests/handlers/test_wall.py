"""The last callers, and the wall of one-liners."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.handlers.wall import EMPTY, LONGEST, NO_CALLERS, TOO_SOON, STCallers, STOnelinerAdd, STOneliners
from sttelnet.outcome import BACK, REPEAT
from sttelnet.role import Role
from sttelnet.store import Entry, Oneliner
from tests.handlers.window import HostSite, Window, host_site, plain, rows


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[HostSite]:
    async with host_site(tmp_path) as opened:
        yield opened


async def test_who_has_logged_in_is_listed_newest_first(site: HostSite) -> None:
    for at, name in enumerate(("kim", "ada")):
        await site.services.store.audit.add(Entry(float(at), "log-in", name, "192.0.2.7"))
    await site.services.store.audit.add(Entry(9.0, "log-in failed", "eve", "192.0.2.8"))
    printed = plain(await STCallers(site.client(role=Role.MEMBER)))
    assert [row.split()[2] for row in printed.split("\n")[1:]] == ["ada", "kim"]
    assert "192.0.2.7" not in printed
    assert "192.0.2.7" in plain(await STCallers(site.client(role=Role.OPERATOR)))


async def test_a_site_nobody_has_called_says_so(site: HostSite) -> None:
    assert await STCallers(site.client()) == NO_CALLERS
    assert await STOneliners(site.client()) == EMPTY


async def test_a_line_is_put_up_for_everybody_to_see(site: HostSite) -> None:
    client = site.client(role=Role.MEMBER)
    assert await STOnelinerAdd(client, "  hello\x1b[2J \u202e wall ") is BACK
    assert rows(await STOneliners(site.client())) == [f"{client.nick_name}  hello[2J wall"]


async def test_the_wall_shows_the_newest_lines_and_the_newest_last_each_on_one_row(site: HostSite) -> None:
    for number in range(20):
        await site.services.store.oneliners.add(Oneliner(float(number), "kim", f"{number} " + "x" * 66), 200, 0.0)
    printed = rows(await STOneliners(site.client(columns=40), 3))
    assert [row[:8].rstrip() for row in printed] == ["kim  17", "kim  18", "kim  19"]
    assert max(map(len, printed)) <= 39


async def test_only_so_many_lines_stay(site: HostSite) -> None:
    for number in range(8):
        await site.services.store.oneliners.add(Oneliner(float(number), "kim", str(number)), 5, 0.0)
    assert [line.text for line in await site.services.store.oneliners.latest(99)] == ["3", "4", "5", "6", "7"]


async def test_a_member_writes_one_line_a_minute_and_an_operator_as_they_like(site: HostSite) -> None:
    member, operator = site.client(role=Role.MEMBER), site.client(role=Role.OPERATOR)
    for client in (member, operator):
        for text in ("one", "two"):
            assert await STOnelinerAdd(client, f"{client.role} {text}") is BACK
    assert isinstance(member._visit, Window)
    assert member._visit.notices == [TOO_SOON]
    kept = [line.text for line in await site.services.store.oneliners.latest(99)]
    assert kept == ["member one", "operator one", "operator two"]


@pytest.mark.parametrize("pause", [0.0, 60.0])
async def test_a_clock_that_was_set_back_keeps_nobody_from_the_wall(site: HostSite, pause: float) -> None:
    wall = site.services.store.oneliners
    assert await wall.add(Oneliner(5000.0, "kim", "before"), 200, pause)
    assert await wall.add(Oneliner(1000.0, "kim", "after"), 200, pause)


async def test_what_cannot_be_put_up_is_told(site: HostSite) -> None:
    guest, member = site.client(), site.client(role=Role.MEMBER)
    assert await STOnelinerAdd(guest, "hello") is BACK
    assert await STOnelinerAdd(member, "") is BACK
    assert await STOnelinerAdd(member, "x" * (LONGEST + 1)) is REPEAT
    assert await site.services.store.oneliners.latest(9) == []
