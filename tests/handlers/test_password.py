"""Handlers for a new password."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.client import Client
from sttelnet.handlers import account, login, register
from sttelnet.handlers import password as page
from sttelnet.members import Member, Refusal
from sttelnet.outcome import BACK, REFRESH, REPEAT, ROOT, Outcome
from tests.handlers.member_site import (
    BETTER,
    GOOD,
    PEER,
    Handler,
    MemberSite,
    enter,
    events,
    log_in,
    logged_in,
    member_site,
)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[MemberSite]:
    async with member_site(tmp_path) as opened:
        yield opened


async def change(client: Client, old: str, new: str, again: str | None = None) -> Outcome:
    lines: dict[Handler, str] = {page.STPasswordOld: old, page.STPasswordNew: new}
    return await enter(client, {**lines, page.STPasswordRepeat: new if again is None else again})


async def test_a_member_changes_their_password(site: MemberSite) -> None:
    client, visit = await logged_in(site)

    assert await change(client, GOOD, BETTER) is BACK
    assert visit.notices == ["Your password is changed."]
    assert isinstance(await site.members.log_in("Kim", BETTER, PEER), Member)


@pytest.mark.parametrize(
    ("old", "new", "again", "notice"),
    [
        ("wrong", BETTER, BETTER, "That is not your password."),
        (GOOD, GOOD, GOOD, Refusal.PASSWORD_SAME.value),
        (GOOD, BETTER, GOOD, "The two differ. Nothing was stored."),
    ],
)
async def test_a_change_that_is_refused_says_why_and_changes_nothing(
    site: MemberSite, old: str, new: str, again: str, notice: str
) -> None:
    client, visit = await logged_in(site)

    assert await change(client, old, new, again) is REFRESH
    assert visit.notices == [notice]
    assert isinstance(await site.members.log_in("Kim", GOOD, PEER), Member)


async def test_a_new_password_that_will_not_do_is_asked_for_again(site: MemberSite) -> None:
    client, visit = await logged_in(site)

    assert await change(client, GOOD, "short") is REPEAT
    assert visit.announced == ["A password has 8 characters at least. Choose another."]
    assert await enter(client, {page.STPasswordNew: BETTER, page.STPasswordRepeat: BETTER}) is BACK


async def test_a_change_and_a_wrong_old_password_are_logged(site: MemberSite, caplog: pytest.LogCaptureFixture) -> None:
    client, _ = await logged_in(site)
    caplog.set_level("INFO")

    await change(client, "wrong", BETTER)
    await change(client, GOOD, BETTER)

    assert events(caplog) == [
        "WARNING password refused session=1 peer=192.0.2.7 member=Kim reason=wrong",
        "INFO password changed session=1 peer=192.0.2.7 member=Kim",
    ]


async def test_a_new_password_needs_the_old_one_first(site: MemberSite) -> None:
    client, _ = await logged_in(site)

    assert page.STPasswordNew(client, BETTER) is REFRESH
    assert await page.STPasswordRepeat(client, BETTER) is REFRESH
    assert isinstance(await site.members.log_in("Kim", GOOD, PEER), Member)


async def test_an_old_password_given_by_one_member_does_not_serve_another(site: MemberSite) -> None:
    client, _ = await logged_in(site)
    await site.add("Joanna")
    await page.STPasswordOld(client, GOOD)

    await log_in(client, "Joanna", GOOD)

    assert page.STPasswordNew(client, BETTER) is REFRESH


async def test_a_guest_has_no_password_to_change(site: MemberSite) -> None:
    client, visit = site.client()

    assert await change(client, GOOD, BETTER) == ROOT
    assert visit.notices == ["You are not logged in."]


def test_every_password_line_is_masked_and_no_other() -> None:
    handlers = {name: value for module in (account, login, page, register) for name, value in vars(module).items()}
    masked = {name for name, value in handlers.items() if getattr(value, "masked", False)}

    assert masked == {
        "STLoginPassword",
        "STRegisterPassword",
        "STRegisterRepeat",
        "STPasswordOld",
        "STPasswordNew",
        "STPasswordRepeat",
    }
