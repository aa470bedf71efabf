"""Handlers that print lists, and facts about the service itself."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pyte
import pytest

from sttelnet import __version__
from sttelnet.ansi import Ansi
from sttelnet.charset import Charset, encode
from sttelnet.handlers.listing import (
    NO_ERRORS,
    NO_SERVICES,
    STErrors,
    STProcesses,
    STServices,
    STTerminal,
    STVersion,
)
from sttelnet.handlers.table import LOG_IN, NO_ANSWER
from sttelnet.health import Process, Service
from sttelnet.health.figures import ProcessTable
from sttelnet.health.lane import Lane, Look
from sttelnet.role import Role
from sttelnet.script.model import Place, Problem
from tests.handlers.window import HostSite, Window, host_site, rows

BUSY = Process(4711, "nginx: worker\x1b[2J\nprocess", "www-data", 99.94, 12.5, 512 * 1024**2)
IDLE = Process(1, "systemd", "root", 0.0, 0.1, 12 * 1024**2)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[HostSite]:
    async with host_site(tmp_path) as opened:
        yield opened


# STProcesses and STServices


def processes(site: HostSite, table: ProcessTable | None) -> None:
    site.services.health._processes = Look(Lane("test", lambda: table), site.clock)


def services(site: HostSite, found: tuple[Service, ...] | None) -> None:
    site.services.health._services = Look(Lane("test", lambda: found), site.clock)


async def test_processes_are_listed_in_the_order_asked_for(site: HostSite) -> None:
    processes(site, ProcessTable((BUSY, IDLE), (IDLE, BUSY)))
    client = site.client()

    head, *by_cpu = rows(await STProcesses(client))
    assert head == "    PID   CPU%  MEM%    SIZE USER             NAME"
    assert by_cpu == [
        "   4711   99.9  12.5  512 MB www-data         nginx: worker[2J process",
        "      1    0.0   0.1 12.0 MB root             systemd",
    ]
    assert rows(await STProcesses(client, "memory")) == [head, *reversed(by_cpu)]


async def test_this_process_is_among_the_hosts(site: HostSite) -> None:
    client = site.client(rows=200)

    printed = rows(await STProcesses(client, "memory"))

    assert str(os.getpid()) in [row.split()[0] for row in printed]


async def test_processes_are_shown_in_pages(site: HostSite) -> None:
    processes(site, ProcessTable((BUSY,) * 90 + (IDLE,) * 10, ()))
    client = site.client()
    assert len(rows(await STProcesses(client))) == 1 + 24 - 8

    assert isinstance(client._visit, Window)
    client._visit.index = 6
    assert rows(await STProcesses(client))[-1].endswith("systemd")


async def test_an_unknown_order_is_told(site: HostSite) -> None:
    with pytest.raises(ValueError, match="one of cpu memory"):
        await STProcesses(site.client(), "name")  # type: ignore[arg-type]  # as no script may


async def test_services_are_listed_with_what_they_do(site: HostSite) -> None:
    services(site, (Service("nginx", "failed", True, "A web server"), Service("cron", "running", False, "")))

    printed = await STServices(site.client())

    assert [row.rstrip() for row in rows(printed)] == [
        "STATE      SERVICE                        DESCRIPTION",
        "failed     nginx                          A web server",
        "running    cron",
    ]
    assert "\x1b" in printed.split("\n")[1]


async def test_a_host_without_a_service_manager_says_so(site: HostSite) -> None:
    services(site, ())

    assert await STServices(site.client()) == NO_SERVICES


async def test_a_host_that_does_not_answer_is_not_waited_for_for_ever(site: HostSite) -> None:
    services(site, None)
    processes(site, None)

    assert await STServices(site.client()) == await STProcesses(site.client()) == NO_ANSWER


async def test_a_guest_from_elsewhere_is_not_told_what_runs(site: HostSite) -> None:
    guest = site.client(secure=False)

    assert await STServices(guest) == await STProcesses(guest) == LOG_IN


# STErrors and STVersion


def problem(path: str, message: str) -> Problem:
    return Problem(Place(path, 12, 17), message, 'did you mean "STHost"?')


async def test_admins_see_every_problem_of_the_tree(site: HostSite) -> None:
    site.services.tree.problems = (
        problem("scripts/root.txt", 'unknown handler "STHots"'),
        problem("scripts/a.txt", "x"),
    )
    admin = site.client(role=Role.ADMIN)

    assert rows(STErrors(admin)) == [
        'scripts/root.txt:12:17: unknown handler "STHots" (did you mean "STHost"?)',
        'scripts/a.txt:12:17: x (did you mean "STHost"?)',
    ]
    assert rows(STErrors(admin, "scripts/a.txt")) == ['scripts/a.txt:12:17: x (did you mean "STHost"?)']


async def test_nobody_else_sees_problems(site: HostSite) -> None:
    site.services.tree.problems = (problem("scripts/root.txt", "x"),)

    assert {STErrors(site.client(role=role)) for role in (Role.GUEST, Role.MEMBER, Role.OPERATOR)} == {""}


async def test_a_tree_without_problems_says_so(site: HostSite) -> None:
    assert STErrors(site.client(role=Role.ADMIN)) == NO_ERRORS


async def test_a_long_problem_is_wrapped(site: HostSite) -> None:
    site.services.tree.problems = (problem("scripts/root.txt", "word " * 50),)

    printed = rows(STErrors(site.client(role=Role.ADMIN, columns=40)))
    assert len(printed) > 5
    assert max(map(len, printed)) <= 39


async def test_the_version_is_the_packages(site: HostSite) -> None:
    assert STVersion(site.client()) == f"sttelnet {__version__}"


# STTerminal


async def test_a_terminal_is_told_what_it_is(site: HostSite) -> None:
    client = site.client(columns=100, rows=30, charset=Charset.CP437, terminal="syncterm")

    assert [STTerminal(client, what) for what in ("type", "size", "charset")] == ["syncterm", "100x30", "cp437"]
    assert STTerminal(site.client(terminal="")) == "unknown"


async def test_an_unknown_fact_is_told(site: HostSite) -> None:
    with pytest.raises(ValueError, match="one of type size charset card"):
        STTerminal(site.client(), "speed")  # type: ignore[arg-type]  # as no script may


@pytest.mark.parametrize("charset", Charset)
async def test_the_card_fits_a_screen_and_leaves_no_colour_on(site: HostSite, charset: Charset) -> None:
    printed = STTerminal(site.client(charset=charset), "card")

    assert isinstance(printed, Ansi)
    screen = pyte.Screen(100, 30)
    sent = encode(printed.replace("\n", "\r\n"), charset).decode(charset.value)
    pyte.Stream(screen).feed(sent)
    shown = [row.rstrip() for row in screen.display]
    assert max(map(len, shown)) <= 79
    assert len([row for row in shown if row]) <= 17
    assert screen.cursor.attrs.fg == screen.cursor.attrs.bg == "default"
    assert not screen.cursor.attrs.bold


@pytest.mark.parametrize(("columns", "width"), [(30, 29), (80, 79), (132, 79)])
async def test_the_cards_ruler_is_as_wide_as_a_row_may_be(site: HostSite, columns: int, width: int) -> None:
    card = rows(STTerminal(site.client(columns=columns), "card"))

    (ruler,) = [row for row in card if row.startswith("....|....1....|....2....|....")]
    assert len(ruler) == width
