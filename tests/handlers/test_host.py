"""Handlers that print how the host is."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from sttelnet.charset import Charset
from sttelnet.handlers.health import STHealth
from sttelnet.handlers.host import Figure, STBar, STHost, STSpark
from sttelnet.health import Disk, Usage
from sttelnet.role import Role
from tests.handlers.window import DISKS, HOST, HostSite, host_site, plain

FIGURES: tuple[Figure, ...] = get_args(Figure)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[HostSite]:
    async with host_site(tmp_path) as opened:
        yield opened


# STHost


@pytest.mark.parametrize(
    ("what", "printed"),
    [
        ("cpu", "23%"),
        ("memory", "61% of 31.2 GB"),
        ("swap", "12% of 8.0 GB"),
        ("disk", "91% of 500 GB on /data"),
        ("load", "0.52 0.58 0.59"),
        ("processes", "126"),
        ("network", "in 1.2 MB/s out 310 KB/s"),
        ("users", "3"),
        ("os", "Debian GNU/Linux 12 (bookworm)"),
        ("name", "db01"),
    ],
)
async def test_a_figure_is_printed_short(site: HostSite, what: Figure, printed: str) -> None:
    await site.show()

    assert STHost(site.client(), what) == printed


async def test_times_are_printed_as_people_read_them(site: HostSite) -> None:
    await site.show(replace(HOST, boot=time.time() - (41 * 1440 + 7 * 60 + 12) * 60 - 30))
    client = site.client()

    assert STHost(client, "uptime") == "41d 07:12"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", STHost(client, "boot"))
    assert re.fullmatch(r"\w{3} \d\d \w{3} \d{4} \d\d:\d\d:\d\d UTC([+-]\d\d(:\d\d)?)?", STHost(client, "time"))


async def test_a_disk_is_found_by_its_mount(site: HostSite) -> None:
    await site.show(HOST, (*DISKS, Disk("C:", Usage(5.0, 1, 1024**3))))
    client = site.client()

    assert STHost(client, "disk", "/") == "64% of 120 GB"
    assert STHost(client, "disk", mount="/data/") == "91% of 500 GB"
    assert {STHost(client, "disk", mount) for mount in ("C:", "c:", "C:\\", "C:/")} == {"5% of 1.0 GB"}


async def test_a_mount_that_is_not_there_is_told_with_those_that_are(site: HostSite) -> None:
    await site.show()

    with pytest.raises(ValueError, match=r'no disk at "/home" \(there are: / /data\)'):
        STHost(site.client(), "disk", "/home")


async def test_a_figure_nobody_knows_is_told_with_those_there_are(site: HostSite) -> None:
    with pytest.raises(ValueError, match=r'unknown figure "moon" \(one of cpu memory swap disk .* time\)'):
        STHost(site.client(), "moon")  # type: ignore[arg-type]  # as no script may


@pytest.mark.parametrize("what", [what for what in FIGURES if what != "time"])
async def test_a_figure_the_host_does_not_give_is_a_dash(site: HostSite, what: Figure) -> None:
    assert STHost(site.client(), what) == "-"


async def test_a_host_without_swap_says_so(site: HostSite) -> None:
    await site.show(replace(HOST, swap=Usage(0.0, 0, 0)))

    assert STHost(site.client(), "swap") == "none"


async def test_a_host_has_the_name_the_config_gives_it(site: HostSite) -> None:
    await site.show()
    config = site.services.config
    named = msgspec.structs.replace(config.server, name="The database")
    site.services.config = msgspec.structs.replace(config, server=named)

    assert STHost(site.client(), "name") == "The database"
    assert STHost(site.client(secure=False), "name") == "The database"


# Who may see what


@pytest.mark.parametrize("what", [what for what in FIGURES if what not in {"time", "name"}])
async def test_a_guest_from_elsewhere_sees_no_figure(site: HostSite, what: Figure) -> None:
    await site.show()

    assert STHost(site.client(secure=False), what) == "-"


async def test_a_guest_from_elsewhere_reads_a_neutral_word_for_the_name(site: HostSite) -> None:
    await site.show()

    assert STHost(site.client(secure=False), "name") == "this host"


async def test_a_guest_from_elsewhere_sees_the_state_and_nothing_else(site: HostSite) -> None:
    await site.show()
    guest = site.client(secure=False)

    assert {plain(STHealth(guest, what)) for what in ("", "word", "list")} == {"WARNING"}
    assert STBar(guest, "cpu") == STSpark(guest, "cpu") == ""
    assert "UTC" in STHost(guest, "time")


async def test_members_and_guests_on_a_secure_line_see_the_figures(site: HostSite) -> None:
    await site.show()

    assert STHost(site.client(secure=False, role=Role.MEMBER), "cpu") == "23%"
    assert STHost(site.client(secure=True), "cpu") == "23%"


# STBar and STSpark


async def test_a_bar_is_as_long_as_its_figure(site: HostSite) -> None:
    await site.show()

    assert plain(STBar(site.client(), "memory", 10)) == "██████░░░░"
    assert plain(STBar(site.client(charset=Charset.ASCII), "disk", 10)) == "#########."
    assert plain(STBar(site.client(), "disk", 10, mount="/")) == "██████░░░░"
    assert plain(STBar(site.client(), "swap", 10)) == "█░░░░░░░░░"


async def test_a_bar_has_the_colour_of_its_state(site: HostSite) -> None:
    await site.show(replace(HOST, cpu=99.0))
    client = site.client()

    colors = [STBar(client, what).split("█")[0] for what in ("memory", "disk", "cpu", "swap")]
    assert len(set(colors)) == 4
    assert colors[3] == ""


async def test_a_bar_of_nothing_known_is_empty(site: HostSite) -> None:
    assert plain(STBar(site.client(), "cpu", 4)) == "░░░░"
    assert plain(STBar(site.client(), "disk", 4)) == "░░░░"


async def test_the_last_hour_ends_at_the_right_and_begins_an_hour_ago(site: HostSite) -> None:
    for _ in range(site.services.health.samples_an_hour // 2):
        await site.show()
    client = site.client(charset=Charset.ASCII)

    assert STSpark(client, "memory", 20) == " " * 10 + "=" * 10
    assert STSpark(client, "disk", 20) == " " * 10 + "#" * 10
    assert STSpark(client, "disk", 20, mount="/") == " " * 10 + "=" * 10


async def test_a_full_hour_fills_the_strip(site: HostSite) -> None:
    for _ in range(site.services.health.samples_an_hour + 5):
        await site.show()

    assert STSpark(site.client(charset=Charset.ASCII), "cpu", 30) == ":" * 30


async def test_traffic_is_shown_against_the_most_there_was(site: HostSite) -> None:
    await site.show()

    assert STSpark(site.client(charset=Charset.ASCII), "network", 3) == "  #"


@pytest.mark.parametrize("handler", [STBar, STSpark])
async def test_what_has_no_bar_is_told_with_what_has(site: HostSite, handler: type) -> None:
    with pytest.raises(ValueError, match="one of cpu memory swap disk"):
        handler(site.client(), "uptime")
