"""Handlers for registration."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.client import Client
from sttelnet.handlers import register as page
from sttelnet.members import Member, Refusal
from sttelnet.outcome import BACK, REFRESH, ROOT, Outcome
from tests.handlers.member_site import BETTER, GOOD, PEER, Handler, MemberSite, enter, log_in, member_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[MemberSite]:
    async with member_site(tmp_path) as opened:
        yield opened


async def register(client: Client, name: str, password: str, again: str | None = None) -> Outcome:
    lines: dict[Handler, str] = {page.STRegisterID: name, page.STRegisterPassword: password}
    return await enter(client, {**lines, page.STRegisterRepeat: password if again is None else again})


async def test_a_stranger_registers_and_is_logged_in(site: MemberSite) -> None:
    client, visit = site.client()

    assert await register(client, "Kim", GOOD) == ROOT
    assert client.nick_name == "Kim"
    assert visit.notices == ["Welcome, Kim. This is your first log-in."]
    assert isinstance(await site.members.log_in("kim", GOOD, PEER), Member)


@pytest.mark.parametrize(
    ("name", "password", "again", "notice"),
    [
        ("x", GOOD, GOOD, Refusal.NAME_BAD.value),
        ("Admin", GOOD, GOOD, Refusal.NAME_RESERVED.value),
        ("JOANNA", GOOD, GOOD, Refusal.NAME_TAKEN.value),
        ("Kim", "short", "short", "A password has 8 characters at least."),
        ("Kim.Lee-1", "kim.lee-1", "kim.lee-1", Refusal.PASSWORD_IS_NAME.value),
        ("Kim", GOOD, BETTER, "The two differ. Nothing was stored."),
        ("Kim", GOOD, "", "The two differ. Nothing was stored."),
    ],
)
async def test_what_cannot_be_registered_is_asked_for_again(
    site: MemberSite, name: str, password: str, again: str, notice: str
) -> None:
    await site.add("Joanna")
    client, visit = site.client()

    assert await register(client, name, password, again) is REFRESH
    assert visit.notices == [notice]
    assert client.member is None
    assert len(await site.members.all()) == 1


async def test_an_empty_name_leaves_registration(site: MemberSite) -> None:
    client, _ = site.client()

    assert await page.STRegisterID(client, "") is BACK


async def test_where_registration_is_closed_one_is_sent_back_with_the_reason(site: MemberSite) -> None:
    site.configure(registration="closed")
    client, visit = site.client()

    assert page.STRegistration(client) == Refusal.CLOSED.value
    assert await page.STRegisterID(client, "Kim") is BACK
    assert visit.notices == [Refusal.CLOSED.value]


async def test_where_an_admin_approves_one_is_registered_but_not_logged_in(site: MemberSite) -> None:
    site.configure(registration="approve")
    client, visit = site.client()

    assert "an admin lets new members in" in page.STRegistration(client)
    assert await register(client, "Kim", GOOD) == ROOT
    assert client.member is None
    assert visit.notices == [Refusal.PENDING.value]
    assert await log_in(client, "Kim", GOOD) is REFRESH
    assert visit.notices[1:] == [Refusal.LOCKED.value]


async def test_passwords_out_of_turn_ask_for_what_comes_first(site: MemberSite) -> None:
    client, _ = site.client()

    assert page.STRegisterPassword(client, GOOD) is REFRESH
    assert await page.STRegisterRepeat(client, GOOD) is REFRESH
    assert await site.members.all() == []
