"""What the daemon has written: STLog and STAudit, with their filters."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sttelnet import logs
from sttelnet.charset import cells
from sttelnet.config import LogConfig
from sttelnet.handlers.journal import (
    NOTHING,
    STAudit,
    STAuditSearch,
    STLog,
    STLogEvent,
    STLogSearch,
    STLogShow,
    STWords,
)
from sttelnet.handlers.ranks import ADMINS_ONLY, OPERATORS_ONLY
from sttelnet.outcome import BACK, REPEAT, Goto
from sttelnet.role import Role
from sttelnet.store import Entry
from tests.handlers.window import HostSite, Window, host_site, plain, rows

log = logs.event_logger("sttelnet.test")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[HostSite]:
    async with host_site(tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def running() -> Iterator[None]:
    with logs.running(LogConfig(), io.StringIO()):
        yield


def texts(printed: str) -> list[str]:
    return [row[23:].rstrip() for row in rows(printed)[1:]]


async def test_the_newest_events_come_last_with_their_level(site: HostSite) -> None:
    log.info("one", member="kim")
    log.warning("two")
    printed = STLog(site.client(role=Role.OPERATOR))
    assert texts(printed) == ["one member=kim", "two"]
    assert "\x1b" in printed.split("\n")[-1]
    assert " WARNING two" in plain(printed)


async def test_a_level_leaves_out_what_is_below_it(site: HostSite) -> None:
    log.info("one")
    log.warning("two")
    log.error("three")
    client = site.client(role=Role.OPERATOR)
    assert texts(STLog(client, "warning")) == ["two", "three"]
    assert texts(STLog(client, "error")) == ["three"]


async def test_words_narrow_the_log_down_until_they_are_taken_back(site: HostSite) -> None:
    log.info("logged in", member="kim")
    log.info("logged in", member="ada")
    client = site.client(role=Role.OPERATOR)
    assert STLogSearch(client, " KIM  logged ") is BACK
    assert texts(STLog(client)) == ["logged in member=kim"]
    assert STWords(client, "log") == "only: KIM logged"
    assert STLogSearch(client, "") is BACK
    assert len(texts(STLog(client))) == 2
    assert STWords(client, "log") == ""


async def test_the_pages_go_back_in_time(site: HostSite) -> None:
    for number in range(40):
        log.info(str(number))
    client = site.client(role=Role.OPERATOR)
    assert texts(STLog(client)) == [str(number) for number in range(24, 40)]
    assert isinstance(client._visit, Window)
    client._visit.index = 1
    assert texts(STLog(client)) == [str(number) for number in range(8, 24)]


async def test_a_page_back_in_time_stands_still_while_events_come(site: HostSite) -> None:
    for number in range(40):
        log.info(str(number))
    client = site.client(role=Role.OPERATOR)
    STLog(client)
    assert isinstance(client._visit, Window)
    client.page_index = client._visit.index = 1
    log.info("new")
    assert texts(STLog(client)) == [str(number) for number in range(8, 24)]
    client.page_index = client._visit.index = 0
    assert texts(STLog(client))[-1] == "new"


async def test_an_event_is_found_by_its_number_however_many_there_have_been(site: HostSite) -> None:
    logs.RECENT._count = 123_455
    log.info("wanted")
    client = site.client(role=Role.OPERATOR)
    assert rows(STLog(client))[-1].split()[0] == "23456"
    assert STLogShow(client, "23456", "admin/log/event") == Goto("admin/log/event")
    assert "wanted" in STLogEvent(client)


async def test_letters_of_two_cells_stay_in_the_window(site: HostSite) -> None:
    log.info("wide", text="漢字" * 100)
    await site.services.store.audit.add(Entry(1.0, "broadcast", "", "", "by ann: " + "漢字" * 100))
    client = site.client(role=Role.ADMIN)
    STLogShow(client, "1", "x")
    for printed in (STLog(client), STLogEvent(client), await STAudit(client)):
        assert max(map(cells, rows(printed))) <= 79
    assert "".join(STLogEvent(client).split()).count("漢字") == 100


async def test_the_log_is_for_operators(site: HostSite) -> None:
    log.info("one")
    assert STLog(site.client(role=Role.MEMBER)) == OPERATORS_ONLY
    assert STLogEvent(site.client(role=Role.MEMBER)) == OPERATORS_ONLY
    assert STLogShow(site.client(role=Role.MEMBER), "1", "x") is REPEAT


async def test_an_event_is_shown_whole_with_its_traceback(site: HostSite) -> None:
    try:
        raise ValueError("the \x1b[2J cause")
    except ValueError:
        log.exception("it failed", what="x" * 200)
    client = site.client(role=Role.OPERATOR)
    assert STLogShow(client, "#1", "admin/log/event") == Goto("admin/log/event")
    printed = STLogEvent(client)
    assert "ERROR" in printed
    assert "ValueError: the \\x1b[2J cause" in printed
    assert "\x1b" not in printed
    assert max(map(len, printed.split("\n"))) <= 79


async def test_an_event_that_is_not_there_is_asked_for_again(site: HostSite) -> None:
    client = site.client(role=Role.OPERATOR)
    assert STLogShow(client, "7", "x") is REPEAT
    assert STLogShow(client, "x", "x") is REPEAT
    assert STLogShow(client, "", "x") is BACK
    assert STLogEvent(client) == NOTHING


async def test_a_log_without_events_says_so(site: HostSite) -> None:
    assert STLog(site.client(role=Role.OPERATOR)) == NOTHING


async def test_warnings_and_errors_are_counted() -> None:
    log.info("one")
    log.warning("two")
    log.error("three")
    log.log(logging.CRITICAL, "four")
    assert (logs.RECENT.warnings, logs.RECENT.errors) == (1, 2)


async def test_only_so_many_events_are_kept() -> None:
    for number in range(1500):
        log.info("x" * 5000, number=number)
    events = logs.RECENT.events()
    assert len(events) == 1000
    assert events[-1].number == 1500
    assert max(len(event.text) for event in events) < 2100


# The audit


async def audit(site: HostSite) -> None:
    for at, event, who, peer, detail in (
        (1.0, "log-in", "kim", "192.0.2.7", ""),
        (2.0, "role", "kim", "", "member -> operator, by console"),
        (3.0, "log-in failed", "ada", "198.51.100.1", "100% wrong_word"),
    ):
        await site.services.store.audit.add(Entry(at, event, who, peer, detail))


def entries(printed: str) -> list[str]:
    return [row[18:] for row in rows(printed) if row[:4].isdecimal()]


async def test_the_audit_is_listed_newest_first_and_whole(site: HostSite) -> None:
    await audit(site)
    printed = await STAudit(site.client(role=Role.ADMIN))
    assert entries(printed) == [
        "log-in failed ada from 198.51.100.1: 100% wrong_word",
        "role kim: member -> operator, by console",
        "log-in kim from 192.0.2.7",
    ]
    assert " ".join((await STAudit(site.client(role=Role.ADMIN, columns=40))).split()) == " ".join(printed.split())


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("KIM", ["role kim", "log-in kim"]),
        ("kim log", ["log-in kim"]),
        ("100%", ["log-in failed ada"]),
        ("%", ["log-in failed ada"]),
        ("wrong_word", ["log-in failed ada"]),
        ("wrongxword", []),
        ("198.51", ["log-in failed ada"]),
        ("\\", []),
        ("'; DROP TABLE audit", []),
    ],
)
async def test_words_narrow_the_audit_down(site: HostSite, words: str, found: list[str]) -> None:
    await audit(site)
    client = site.client(role=Role.ADMIN)
    assert STAuditSearch(client, words) is BACK
    printed = await STAudit(client)
    assert [entry.split(" from")[0].split(":")[0] for entry in entries(printed)] == found


async def test_the_audit_is_for_admins(site: HostSite) -> None:
    await audit(site)
    assert await STAudit(site.client(role=Role.OPERATOR)) == ADMINS_ONLY


async def test_what_somebody_wrote_into_the_audit_cannot_act_on_the_screen(site: HostSite) -> None:
    await site.services.store.audit.add(Entry(time.time(), "refused", "k\x1b[2Jim", "192.0.2.7", "a\r\nb\x9bc\u202ed"))
    printed = await STAudit(site.client(role=Role.ADMIN))
    assert not {"\r", "\x9b", "\u202e"} & set(printed)
    assert "\x1b[2J" not in printed
    assert len(rows(printed)) == 1
