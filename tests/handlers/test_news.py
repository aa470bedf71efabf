"""STNews and STNewsNew: the site's news, and what of it is new."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.client import Client
from sttelnet.handlers.account import LAST_LOG_IN
from sttelnet.handlers.news import STNews, STNewsNew, count_new, sections
from sttelnet.handlers.table import width_of
from sttelnet.role import Role
from tests.handlers.window import HostSite, host_site, rows


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[HostSite]:
    async with host_site(tmp_path) as opened:
        yield opened


def test_sections_are_parted_by_rules() -> None:
    assert sections("one\nmore\n----\n\ntwo\n\nend\n--------\n----\n") == [["one", "more"], ["two", "", "end"]]


def test_without_a_rule_a_date_begins_a_section() -> None:
    text = "2026-11-01 First\nbody\n\nstill body\n\n2026-11-23 Second\nbody\n"

    assert sections(text) == [["2026-11-23 Second", "body"], ["2026-11-01 First", "body", "", "still body"]]


def test_the_newest_come_first_where_all_have_a_date_and_else_the_order_counts() -> None:
    assert [part[0] for part in sections("2025-01-01\n----\n2026-01-01\n----\n2024-01-01")] == [
        "2026-01-01",
        "2025-01-01",
        "2024-01-01",
    ]
    assert [part[0] for part in sections("2025-01-01\n----\nWelcome\n----\n2026-01-01")] == [
        "2025-01-01",
        "Welcome",
        "2026-01-01",
    ]


def test_text_with_neither_is_one_section() -> None:
    assert sections("Welcome\n\nto all") == [["Welcome", "", "to all"]]
    assert sections("\n \n") == []


@given(st.text(st.sampled_from("-2026\n a\t"), max_size=200))
def test_whatever_the_file_says_is_some_sections(text: str) -> None:
    assert all(part and part[0] and part[-1] for part in sections(text))


async def test_news_shows_the_newest_sections(site: HostSite) -> None:
    (site.services.files / "news.txt").write_text("2026-11-01 Old\n\n2026-11-23 New\nbody\n\n2026-11-10 Middle\n")

    assert rows(await STNews(site.client(), 2)) == ["2026-11-23 New", "body", "", "2026-11-10 Middle"]


async def test_no_news_is_told(site: HostSite) -> None:
    assert await STNews(site.client()) == "No news."


async def test_long_lines_are_wrapped_and_long_news_paged(site: HostSite) -> None:
    (site.services.files / "news.txt").write_text("word " * 1000)
    client = site.client(columns=40)

    printed = rows(await STNews(client))

    assert len(printed) == 24 - 8
    assert max(map(len, printed)) <= width_of(client)


async def test_news_cannot_act_on_a_terminal(site: HostSite) -> None:
    (site.services.files / "news.txt").write_text("\x1b[2Jhead\nbody \x9b2J")

    printed = await STNews(site.client())

    assert "\x1b[2J" not in printed
    assert "\x9b" not in printed


# What is new


def at(day: str) -> float:
    return datetime.fromisoformat(f"{day}T12:00").astimezone().timestamp()


def visitor(site: HostSite, last: str | None) -> Client:
    """A member whose last visit was on a day, None for a first one."""
    client = site.client(role=Role.MEMBER)
    assert client.member is not None
    client.client_data[LAST_LOG_IN] = replace(client.member, last_login=None if last is None else at(last))
    return client


def write(site: HostSite, text: str, changed: str) -> None:
    path = site.services.files / "news.txt"
    path.write_text(text)
    os.utime(path, (at(changed),) * 2)


DATED = "2026-11-01 Old\n\n2026-11-23 New\nbody\n\n2026-11-10 Middle\n"


@pytest.mark.parametrize(
    ("last", "new"),
    [("2026-11-24", 0), ("2026-11-23", 1), ("2026-11-11", 1), ("2026-11-05", 2), ("2025-01-01", 3), (None, 0)],
)
async def test_what_came_since_the_last_visit_is_counted_and_marked(site: HostSite, last: str | None, new: int) -> None:
    write(site, DATED, "2026-11-24")
    client = visitor(site, last)
    assert await STNewsNew(client, "-") == (f"{new} new since your last visit" if new else "-")
    assert sum(row.startswith("NEW 2026") for row in rows(await STNews(client))) == new


async def test_a_headline_that_is_marked_loses_nothing_however_long(site: HostSite) -> None:
    head = "2026-11-23 " + "word " * 13 + "end"
    write(site, f"{head}\nbody\n", "2026-11-24")
    client = visitor(site, "2026-11-20")
    assert len(head) == width_of(client)
    assert rows(await STNews(client)) == [f"NEW {head.removesuffix(' end')}", "end", "body"]


async def test_a_file_that_has_not_changed_since_has_nothing_new(site: HostSite) -> None:
    write(site, DATED, "2026-11-20")
    assert await STNewsNew(visitor(site, "2026-11-21"), "nothing") == "nothing"


async def test_of_sections_without_a_date_the_first_is_new_where_the_file_has_changed(site: HostSite) -> None:
    write(site, "Second\n----\nFirst\n", "2026-11-20")
    assert rows(await STNews(visitor(site, "2026-11-19"))) == ["NEW Second", "", "First"]
    assert rows(await STNews(visitor(site, "2026-11-21"))) == ["Second", "", "First"]


async def test_guests_and_sites_without_news_have_nothing_new(site: HostSite) -> None:
    assert await STNewsNew(site.client()) == ""
    assert await STNewsNew(visitor(site, "2026-11-21"), "x") == "x"


@given(
    st.lists(st.lists(st.text(max_size=12), min_size=1), max_size=5), st.floats(0, 2e9), st.none() | st.floats(0, 2e9)
)
def test_whatever_the_sections_say_some_of_them_are_new(
    parts: list[list[str]], changed: float, visit: float | None
) -> None:
    assert count_new(parts, changed, visit) <= set(range(len(parts)))
