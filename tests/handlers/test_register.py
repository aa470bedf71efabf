"""Handlers for registration."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.client import Client
from sttelnet.handlers import register as page
from sttelnet.members import Member, Refusal
from sttelnet.outcome import BACK, REFRESH, REPEAT, ROOT, Outcome
from tests.handlers.member_site import BETTER, GOOD, PEER, Handler, MemberSite, enter, events, log_in, member_site


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


@pytest.mark.parametrize(
    ("password", "why"),
    [("short", "A password has 8 characters at least."), ("kim.lee-1", Refusal.PASSWORD_IS_NAME.value)],
)
async def test_a_password_that_will_not_do_is_asked_for_again_and_the_name_stays(
    site: MemberSite, password: str, why: str
) -> None:
    client, visit = site.client()

    assert await register(client, "Kim.Lee-1", password) is REPEAT
    assert (visit.announced, visit.notices) == ([f"{why} Choose another."], [])
    assert await enter(client, {page.STRegisterPassword: GOOD, page.STRegisterRepeat: GOOD}) == ROOT
    assert visit.announced[1:] == ["That one will do."]
    assert client.nick_name == "Kim.Lee-1"


async def test_a_registration_is_logged(site: MemberSite, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    await register(site.client()[0], "Kim", GOOD)
    site.configure(registration="approve")
    await register(site.client()[0], "Joanna", GOOD)

    assert events(caplog) == [
        "INFO registered session=1 peer=192.0.2.7 member=Kim",
        "INFO logged in session=1 peer=192.0.2.7 member=Kim",
        "INFO registered session=1 peer=192.0.2.7 member=Joanna pending=True",
    ]


async def test_a_wait_for_earlier_failures_is_announced_to_who_has_registered(site: MemberSite) -> None:
    for _ in range(3):
        await site.members.log_in("Joanna", "wrong", PEER)
    client, visit = site.client()

    assert await register(client, "Kim", GOOD) == ROOT
    assert visit.announced == ["One moment: 1 s, because of earlier tries."]


def test_the_page_says_of_names_what_the_refusal_says() -> None:
    script = Path(__file__).parents[2] / "scripts" / "register.txt"

    assert Refusal.NAME_BAD.value in script.read_text(encoding="utf-8")


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
