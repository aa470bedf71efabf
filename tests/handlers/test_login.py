"""Handlers for log-in, and for leaving."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from sttelnet.client import Client
from sttelnet.handlers import login
from sttelnet.handlers import password as password_page
from sttelnet.members import Member, Refusal
from sttelnet.outcome import BACK, LOGOFF, REFRESH, ROOT, Goto
from sttelnet.role import Role
from tests.handlers.member_site import BETTER, GOOD, PEER, MemberSite, enter, events, log_in, logged_in, member_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[MemberSite]:
    async with member_site(tmp_path) as opened:
        yield opened


def kept(client: Client) -> str:
    return repr(client.client_data)


async def test_name_and_password_log_in_and_lead_to_root(site: MemberSite) -> None:
    await site.add()
    client, visit = site.client()

    assert await log_in(client, " kim ", GOOD) == ROOT
    assert (client.nick_name, client.role, visit.rights_changes) == ("Kim", Role.MEMBER, 1)
    assert visit.notices == ["Welcome, Kim. This is your first log-in."]


async def test_log_in_leads_to_the_script_that_was_asked_for(site: MemberSite) -> None:
    await site.add()
    client, _ = site.client()
    client.wanted = "admin/members"

    assert await log_in(client, "Kim", GOOD) == Goto("admin/members")


async def test_the_log_in_before_is_told_with_its_address(site: MemberSite) -> None:
    await site.add()
    await site.members.log_in("Kim", GOOD, "192.0.2.99")
    client, visit = site.client()

    await log_in(client, "Kim", GOOD)

    (notice,) = visit.notices
    assert notice.startswith("Welcome, Kim. Last log-in 20")
    assert notice.endswith(" from 192.0.2.99.")


async def test_an_empty_name_goes_back(site: MemberSite) -> None:
    client, _ = site.client()

    assert await login.STLoginID(client, "  ") is BACK


async def test_a_password_without_a_name_asks_for_the_name(site: MemberSite) -> None:
    client, visit = site.client()

    assert await login.STLoginPassword(client, GOOD) is REFRESH
    assert visit.notices == ["Give your name first."]


async def test_wrong_passwords_and_unknown_names_are_refused_alike_and_the_third_hangs_up(site: MemberSite) -> None:
    await site.add()
    client, visit = site.client()

    assert await log_in(client, "Kim", "wrong") is REFRESH
    assert await log_in(client, "Joanna", GOOD) is REFRESH
    assert await log_in(client, "Kim", "wrong") is LOGOFF
    assert visit.notices == [Refusal.WRONG.value] * 3 + ["That was one try too many: goodbye."]
    assert client.member is None


async def test_a_log_in_forgets_the_failures_before_it(site: MemberSite) -> None:
    await site.add()
    client, _ = site.client()

    for _ in range(3):
        assert await log_in(client, "Kim", "wrong") is REFRESH
        assert await log_in(client, "Kim", "wrong") is REFRESH
        assert await log_in(client, "Kim", GOOD) == ROOT


async def test_the_number_of_tries_is_configured(site: MemberSite) -> None:
    site.configure(tries=1)
    client, _ = site.client()

    assert await log_in(client, "Kim", "wrong") is LOGOFF


async def test_a_wait_for_earlier_failures_is_announced(site: MemberSite) -> None:
    await site.add()
    for _ in range(3):
        await site.members.log_in("Kim", "wrong", PEER)
    client, visit = site.client()

    assert await log_in(client, "Kim", GOOD) == ROOT
    assert visit.announced == ["One moment: 1 s, because of earlier tries."]


async def test_log_ins_and_their_failures_are_logged_but_no_name_nobody_has(
    site: MemberSite, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await site.add()
    client, _ = site.client()

    await log_in(client, "kim", "wrong")
    await log_in(client, "battery-staple", GOOD)
    await log_in(client, "kim", GOOD)
    login.STLogout(client)

    assert events(caplog) == [
        "WARNING log-in failed session=1 peer=192.0.2.7 member=Kim reason=wrong",
        "WARNING log-in failed session=1 peer=192.0.2.7 reason=wrong",
        "INFO logged in session=1 peer=192.0.2.7 member=Kim",
        "INFO logged out session=1 peer=192.0.2.7 member=Kim",
    ]


async def test_a_locked_member_who_tries_is_logged_by_name(site: MemberSite, caplog: pytest.LogCaptureFixture) -> None:
    await site.add()
    await site.members.set_locked("Kim", True)
    client, _ = site.client()

    await log_in(client, "kim", GOOD)

    assert events(caplog) == ["WARNING log-in failed session=1 peer=192.0.2.7 member=Kim reason=locked"]


async def test_a_log_in_that_fails_with_the_database_is_logged_as_that(
    site: MemberSite, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await site.add()
    client, _ = site.client()
    with closing(sqlite3.connect(tmp_path / "members.db")) as connection:
        connection.execute("DROP TABLE members")

    assert await log_in(client, "Kim", GOOD) is REFRESH
    assert events(caplog) == ["WARNING log-in failed session=1 peer=192.0.2.7 reason=store_failed"]


async def test_a_database_that_fails_is_said_and_counts_as_no_try(site: MemberSite, tmp_path: Path) -> None:
    await site.add()
    client, visit = site.client()
    with closing(sqlite3.connect(tmp_path / "members.db", isolation_level=None)) as other:
        other.execute("ALTER TABLE members RENAME TO mislaid")
        for _ in range(4):
            assert await log_in(client, "Kim", GOOD) is REFRESH
        other.execute("ALTER TABLE mislaid RENAME TO members")

    assert set(visit.notices) == {Refusal.STORE_FAILED.value}
    assert client.member is None
    assert await log_in(client, "Kim", GOOD) == ROOT


async def test_a_database_that_is_held_by_another_process_lets_members_in(site: MemberSite, tmp_path: Path) -> None:
    await site.add()
    client, _ = site.client()
    with closing(sqlite3.connect(tmp_path / "members.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert await log_in(client, "Kim", GOOD) == ROOT
        holder.execute("ROLLBACK")

    assert client.member is not None


async def test_no_password_is_kept_in_the_client(site: MemberSite) -> None:
    await site.add()
    client, _ = site.client()

    await log_in(client, "Kim", "wrong horse")
    await log_in(client, "Kim", GOOD)
    await enter(client, {password_page.STPasswordOld: GOOD, password_page.STPasswordNew: BETTER})

    assert not any(password in kept(client) for password in ("wrong horse", GOOD, BETTER))


# A one-time password


async def one_time(site: MemberSite) -> str:
    added = await site.members.add("Kim", Role.ADMIN)
    assert isinstance(added, tuple)
    return added[1]


async def test_a_one_time_password_is_changed_before_anything_else(site: MemberSite) -> None:
    password = await one_time(site)
    client, visit = site.client([BETTER, BETTER])

    assert await log_in(client, "Kim", password) == ROOT
    assert visit.asked == [(login.ONE_TIME, True), (login.AGAIN, True)]
    assert client.role is Role.ADMIN
    assert client.member is not None
    assert not client.member.must_change
    assert isinstance(await site.members.log_in("Kim", BETTER, PEER), Member)


async def test_a_one_time_password_that_stays_is_logged_as_in_and_out(
    site: MemberSite, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    password = await one_time(site)

    await log_in(site.client()[0], "Kim", password)
    await log_in(site.client([BETTER, BETTER])[0], "Kim", password)

    said = [event.partition(" session")[0] for event in events(caplog)]
    assert said == ["INFO logged in", "INFO logged out", "INFO logged in", "INFO password changed"]


async def test_a_bad_choice_is_asked_for_again_with_the_reason(site: MemberSite) -> None:
    password = await one_time(site)
    client, visit = site.client(["short", BETTER, BETTER + "!", BETTER, BETTER])

    assert await log_in(client, "Kim", password) == ROOT
    assert [prompt for prompt, _ in visit.asked] == [
        login.ONE_TIME,
        "A password has 8 characters at least. Choose another: ",
        login.AGAIN,
        "The two differ. Choose a new password: ",
        login.AGAIN,
    ]


async def test_the_one_time_password_itself_is_no_choice(site: MemberSite) -> None:
    password = await one_time(site)
    client, visit = site.client([password, password])

    await log_in(client, "Kim", password)

    assert visit.asked[-1] == (Refusal.PASSWORD_SAME.value + " Choose another: ", True)


@pytest.mark.parametrize("answers", [[], [BETTER], ["x", "x", "x", BETTER, BETTER]])
async def test_without_a_new_password_the_client_is_logged_out_and_goes_back(
    site: MemberSite, answers: list[str]
) -> None:
    password = await one_time(site)
    client, visit = site.client(answers)

    assert await log_in(client, "Kim", password) is BACK
    assert (client.member, client.role) == (None, Role.GUEST)
    assert visit.notices == [login.NOT_CHANGED]
    member = await site.members.log_in("Kim", password, PEER)
    assert isinstance(member, Member)
    assert member.must_change


# Leaving


async def test_logging_out_makes_a_guest_and_leads_to_root(site: MemberSite) -> None:
    client, visit = await logged_in(site)

    assert login.STLogout(client) == ROOT
    assert (client.member, client.nick_name) == (None, "GUEST")
    assert visit.notices == ["You are logged out."]
    assert kept(client) == "{}"


async def test_logging_off_hangs_up(site: MemberSite) -> None:
    client, _ = site.client()

    assert login.STLogoff(client) is LOGOFF
    assert login.STLogoff(client, "any line") is LOGOFF
