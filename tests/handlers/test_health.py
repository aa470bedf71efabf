"""STHealth and its likes: the state, the list, the events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from sttelnet.ansi import Ansi
from sttelnet.charset import Charset, cells
from sttelnet.config import Config
from sttelnet.handlers.checks import STCheckCard, STCheckShow, chosen
from sttelnet.handlers.health import STHealth, STHealthEvents
from sttelnet.health import Disk, Host, Usage
from sttelnet.outcome import Goto
from sttelnet.role import Role
from tests.handlers.window import DISKS, HOST, HostSite, host_site, plain, rows


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[HostSite]:
    async with host_site(tmp_path) as site:
        yield site


async def test_health_counts_what_is_wrong_the_worst_first(site: HostSite) -> None:
    client = site.client()
    assert plain(STHealth(client)) == "UNKNOWN"

    await site.show(HOST, DISKS[:1])
    assert plain(STHealth(client)) == "OK"

    await site.show(replace(HOST, cpu=None), (*DISKS, Disk("/a", Usage(99, 1, 1)), Disk("/b", Usage(91, 1, 1))))
    assert plain(STHealth(client)) == "CRITICAL 1, WARNING 2, UNKNOWN 1"
    assert plain(STHealth(client, "word")) == "CRITICAL"


async def test_each_state_has_its_own_colour(site: HostSite) -> None:
    client = site.client()
    shown = {STHealth(client, "word")}
    for percent in (10, 85, 99):
        await site.show(replace(HOST, cpu=percent), DISKS[:1])
        shown.add(STHealth(client, "word"))

    assert len({word.replace(plain(word), "") for word in shown}) == 4


async def test_the_list_says_what_since_when_and_with_which_numbers(site: HostSite) -> None:
    await site.show()
    site.clock.now += 25 * 60

    head, first, *others = rows(STHealth(site.client(charset=Charset.ASCII), "list"))
    assert head == "  STATE    CHECK                 NOW               LIMIT    FOR  LAST HOUR"
    assert first.rstrip() == "1 WARNING  disk /data            91% of 500 GB     90/95%   25m" + " " * 15 + "#"
    assert [row.split()[:3] for row in others] == [["2", "OK", "cpu"], ["3", "OK", "memory"], ["4", "OK", "disk"]]


@pytest.mark.parametrize("columns", [20, 40, 48, 60, 80, 132])
@pytest.mark.parametrize("charset", Charset)
async def test_the_list_fits_the_window(site: HostSite, columns: int, charset: Charset) -> None:
    await site.show(HOST, (Disk("/a/very/long/mount/of/some/disk", Usage(99, 1, 1)),))

    printed = rows(STHealth(site.client(columns=columns, charset=charset), "list"))
    assert max(cells(row) for row in printed) <= max(20, min(79, columns - 1))
    assert printed[1].startswith("1 CRITICAL")


async def test_a_long_list_is_shown_in_pages(site: HostSite) -> None:
    await site.show(HOST, tuple(Disk(f"/disk{number}", Usage(50, 1, 1)) for number in range(30)))

    assert len(rows(STHealth(site.client(), "list"))) == 1 + 24 - 16


async def test_an_unknown_form_is_told(site: HostSite) -> None:
    with pytest.raises(ValueError, match="unknown form"):
        STHealth(site.client(), "graph")  # type: ignore[arg-type]  # as no script may


async def test_what_disks_are_called_cannot_act_on_a_terminal(site: HostSite) -> None:
    await site.show(Host(), (Disk("/\x1b[2J\nevil", Usage(99, 1, 1)),))

    printed = STHealth(site.client(), "list")
    assert isinstance(printed, Ansi)
    assert "\x1b[2J" not in printed
    assert len(rows(printed)) == 4


async def test_a_terminal_without_columns_gets_whole_lines(site: HostSite) -> None:
    await site.show()
    site.clock.now += 25 * 60
    client = site.client(charset=Charset.ASCII, terminal="")
    assert rows(STHealth(client, "list")) == [
        "WARNING  disk /data: 91% of 500 GB, limit 90/95%, for 25m",
        "OK       cpu: 23% (8 cores), limit 80/95%, for 25m",
        "OK       memory: 61% of 31.2 GB, limit 85/95%, for 25m",
        "OK       disk /: 64% of 120 GB, limit 90/95%, for 25m",
    ]


async def test_a_guest_from_elsewhere_is_told_the_state_and_no_more_unless_the_site_says_so(site: HostSite) -> None:
    await site.show()
    guest = site.client(secure=False)
    assert [plain(shown) for shown in (STHealth(guest), STHealth(guest, "list"))] == ["WARNING", "WARNING"]
    assert plain(STHealthEvents(guest)).strip() == ""
    assert "cpu" in plain(STHealth(site.client(secure=False, role=Role.MEMBER), "list"))
    config = site.services.config
    site.services.config = replace_public(config)
    assert "cpu" in plain(STHealth(guest, "list"))


def replace_public(config: Config) -> Config:
    health = msgspec.structs.replace(config.health, public=True)
    return msgspec.structs.replace(config, health=health)


async def test_events_take_their_rows_from_the_start(site: HostSite) -> None:
    client = site.client()
    assert rows(STHealthEvents(client, 3)) == ["Nothing has happened.", "", ""]
    await site.show(replace(HOST, cpu=99.0), DISKS[:1])
    for _ in range(13):
        await site.services.checks.prepare()
    first, *others = rows(STHealthEvents(client, 3))
    assert first.endswith("cpu OK -> CRITICAL  99% (8 cores)")
    assert others == ["", ""]


async def test_a_number_chooses_the_row_the_client_has_before_them(site: HostSite) -> None:
    await site.show()
    client = site.client()
    STHealth(client, "list")
    assert plain(await STCheckCard(client)) == "No check is chosen: view one first."
    client.key = "1"
    assert "disk /data" in plain(await STCheckCard(client))
    for key in ("9", "r", ""):
        client.key = key
        assert "disk /data" in plain(await STCheckCard(client))
    assert STCheckShow(client, "2", "health/check") == Goto("health/check")
    assert (found := chosen(client)) is not None
    assert found.name == "cpu"
