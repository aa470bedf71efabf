"""Handlers about members."""

from __future__ import annotations

import inspect
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from sttelnet.charset import cells
from sttelnet.client import Client
from sttelnet.handlers import account, login, password, register
from sttelnet.members import Refusal
from sttelnet.outcome import BACK, REPEAT, ROOT
from sttelnet.role import Role
from tests.handlers.member_site import GOOD, MemberSite, WrittenVisit, member_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[MemberSite]:
    async with member_site(tmp_path) as opened:
        yield opened


async def kim(site: MemberSite) -> tuple[Client, WrittenVisit]:
    """A client logged in for the second time, from another address than the first."""
    await site.add(role=Role.OPERATOR)
    await site.members.log_in("Kim", GOOD, "192.0.2.99")
    client, visit = site.client()
    await login.STLoginID(client, "Kim")
    await login.STLoginPassword(client, GOOD)
    visit.notices.clear()
    return client, visit


async def test_a_guest_is_told_what_there_is_to_tell(site: MemberSite) -> None:
    client, _ = site.client()

    assert [account.STMe(client, field) for field in get_args(account.Fact)] == [
        "GUEST",
        "guest",
        "1",
        "192.0.2.7",
        "",
        "",
        "",
        "",
    ]


async def test_a_member_is_told_about_themselves_and_their_log_in_before(site: MemberSite) -> None:
    client, _ = await kim(site)

    assert account.STMe(client) == "Kim"
    assert account.STMe(client, "role") == "operator"
    assert account.STMe(client, "last_peer") == "192.0.2.99"
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d", account.STMe(client, "last_login"))
    with pytest.raises(ValueError, match="one of name role number peer joined"):
        account.STMe(client, "shoe_size")  # type: ignore[arg-type]  # as no script may


async def test_the_log_in_before_stays_the_one_before_when_the_account_is_read_again(site: MemberSite) -> None:
    client, _ = await kim(site)

    client.member = await site.members.get("Kim")

    assert account.STMe(client, "last_peer") == "192.0.2.99"


async def test_members_are_listed_with_a_head_and_fit_the_screen(site: MemberSite) -> None:
    client, _ = await kim(site)
    assert client.member is not None
    await site.members.set_profile(client.member.id, "漢字" * 40)
    for number in range(30):
        await site.add(f"abcdefghijklmnopq{number}")

    rows = (await account.STMembers(client)).split("\n")

    assert rows[0].split() == ["NAME", "ROLE", "LAST", "LOG-IN", "PROFILE"]
    assert len(rows) == 1 + 16
    assert all(cells(row) <= 79 for row in rows)
    assert "never" in rows[1]


async def test_a_list_shows_role_and_last_log_in_and_profile(site: MemberSite) -> None:
    client, _ = await kim(site)
    assert client.member is not None
    await site.members.set_profile(client.member.id, "night shift")

    row = (await account.STMembers(client)).split("\n")[1]

    assert row.split()[:2] == ["Kim", "operator"]
    assert row.endswith("night shift")


async def test_the_admins_list_shows_addresses_and_locks(site: MemberSite) -> None:
    client, _ = await kim(site)
    await site.add("Joanna")
    await site.members.set_locked("Joanna", True)
    await site.members.add("Zoe", Role.MEMBER)

    rows = (await account.STAccounts(client)).split("\n")

    assert rows[0].split() == ["NAME", "ROLE", "LAST", "LOG-IN", "ADDRESS", "STATE"]
    assert [row.split()[-1] for row in rows[1:]] == ["locked", "192.0.2.7", "one-time"]


async def test_looking_somebody_up_shows_who_they_are_and_waits_for_the_next(site: MemberSite) -> None:
    client, visit = await kim(site)
    assert client.member is not None
    await site.members.set_profile(client.member.id, "night shift")

    assert await account.STMemberLook(client, "KIM") is REPEAT
    assert visit.notices[0].startswith("Kim: operator since 20")
    assert visit.notices[1:] == ["Kim: night shift"]

    assert await account.STMemberLook(client, "Nobody_") is REPEAT
    assert visit.notices[-1] == Refusal.NO_SUCH_MEMBER.value
    assert await account.STMemberLook(client, "") is BACK


async def test_a_profile_is_set_shown_and_emptied(site: MemberSite) -> None:
    client, visit = await kim(site)

    assert await account.STProfileSet(client, " night shift ") is BACK
    assert account.STProfile(client) == "night shift"
    assert visit.notices == ["Your profile is stored."]
    assert await account.STProfileSet(client, "") is BACK
    assert account.STProfile(client) == "night shift"
    assert await account.STProfileSet(client, "-") is BACK
    assert account.STProfile(client) == ""


async def test_a_guest_has_no_profile(site: MemberSite) -> None:
    client, visit = site.client()

    assert account.STProfile(client) == ""
    assert await account.STProfileSet(client, "x") == ROOT
    assert visit.notices == ["You are not logged in."]


async def test_a_profile_that_cannot_be_stored_is_said(site: MemberSite, tmp_path: Path) -> None:
    client, visit = await kim(site)
    with closing(sqlite3.connect(tmp_path / "members.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")

        assert await account.STProfileSet(client, "night shift") is REPEAT
        holder.execute("ROLLBACK")

    assert visit.notices == [Refusal.STORE_BUSY.value]


HANDLERS = {
    name: value
    for module in (account, login, password, register)
    for name, value in vars(module).items()
    if name.startswith("ST")
}


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_every_handler_has_a_docstring_of_one_line(name: str) -> None:
    doc = inspect.getdoc(HANDLERS[name])

    assert doc is not None
    assert "\n" not in doc
    assert doc.endswith(".")
