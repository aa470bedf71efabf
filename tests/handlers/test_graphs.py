"""Graphs of checks on pages."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from sttelnet.charset import Charset
from sttelnet.config import CheckConfig
from sttelnet.handlers.graphs import STGraph
from sttelnet.health import Check, State
from sttelnet.health.check import restored
from sttelnet.health.definition import Definition
from sttelnet.health.plugin import read_result
from tests.handlers.window import HostSite, host_site, plain, rows

DASH = "-" + "\n" * 7  # of eight rows


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[HostSite]:
    async with host_site(tmp_path) as opened:
        yield opened


def check(site: HostSite, name: str = "web", title: str = "", data: str = "time=20ms;50;80 size=5kB") -> Check:
    """Have a check that has run once with this performance data."""
    found = restored(Definition(name, CheckConfig(), ("/bin/true",), Path(), title or name), None)
    found.take(read_result(0, f"fine | {data}".encode()), time.time(), 0.1)
    site.services.checks._checks[name] = found
    return found


def measure(site: HostSite, found: Check, values: Mapping[int, float], label: str = "time") -> None:
    """Have values of so many seconds ago."""
    for age, value in values.items():
        result = read_result(0, f"| {label}={value}ms;50;80".encode())
        site.services.history.take(found.name, time.time() - age, result.figures)


async def test_a_graph_is_of_the_first_figure_over_a_day_with_its_limits(site: HostSite) -> None:
    found = check(site)
    measure(site, found, dict.fromkeys(range(0, 12 * 3600, 600), 20.0) | {3600 * 6: 70.0})

    printed = rows(await STGraph(site.client(), "web"))

    assert printed[0].startswith("web: time, 1d")
    assert re.search(r"  least 20ms  mean 2[01][.\d]*ms  most 70ms$", printed[0])
    assert [row[:8] for row in printed[1:]] == [
        "   80ms┤",
        "       ┤",
        "   50ms┤",
        "   40ms┤",
        "       ┤",
        "    0ms┤",
        "       └",
    ]
    assert [len(row) for row in printed] == [79] * 8
    assert printed[-1].endswith("now")
    assert printed[-2].count("█") in range(35, 41)
    assert printed[2].count("░") == 1


async def test_another_figure_is_drawn_by_its_label_and_a_check_found_by_its_title(site: HostSite) -> None:
    found = check(site, title="Web server")
    measure(site, found, {60: 5.0}, label="size")

    assert rows(await STGraph(site.client(), "web SERVER", figure="size", hours=1))[0].startswith(
        "Web server: size, 1h"
    )


async def test_a_check_that_has_not_run_since_the_start_is_drawn_from_what_is_stored(site: HostSite) -> None:
    found = restored(Definition("old", CheckConfig(), (), Path(), "old"), None)
    site.services.checks._checks["old"] = found
    measure(site, found, {60: 5.0}, label="size")
    measure(site, found, {60: 5.0}, label="other")
    await site.services.history.flush()

    assert rows(await STGraph(site.client(), "old"))[0].startswith("old: size, 1d")


async def test_the_check_that_is_looked_at_is_drawn_where_none_is_named(site: HostSite) -> None:
    check(site, "disk", data="free=3GB")
    client = site.client()

    assert await STGraph(client) == DASH
    client.client_data["sttelnet.check"] = "disk"
    assert rows(await STGraph(client))[0].startswith("disk: free, 1d")


async def test_what_there_is_not_and_what_is_not_for_a_client_is_a_dash(site: HostSite) -> None:
    check(site)
    check(site, "mute", data="")

    assert await STGraph(site.client(), "none") == DASH
    assert await STGraph(site.client(), "mute") == DASH
    assert await STGraph(site.client(), "web", figure="none") == DASH
    assert await STGraph(site.client(secure=False), "web") == DASH


@pytest.mark.parametrize("charset", Charset)
@pytest.mark.parametrize("columns", [20, 40, 80, 200])
async def test_a_graph_fits_any_window_and_height(site: HostSite, charset: Charset, columns: int) -> None:
    found = check(site, title="a title " * 20)
    measure(site, found, {60: 5.0, 120: 500.0})
    for height in (-1, 3, 4, 5, 9, 999):
        printed = rows(await STGraph(site.client(charset=charset, columns=columns), "web", hours=-5, height=height))
        assert len(printed) == max(3, min(50, height))
        assert {len(row) for row in printed} == {max(20, min(79, columns - 1))}


async def test_a_graph_of_nothing_yet_says_so(site: HostSite) -> None:
    check(site).track.take(State.OK, 1.0)

    assert "no values" in plain(await STGraph(site.client(), "web"))
