"""The second factor from inside: set up in the terminal, asked for at log-in, taken away."""

from __future__ import annotations

import base64
import re
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pyte
import pytest
import segno

from sttelnet.ansi import strip
from sttelnet.channel import DEFAULT_SIZE, Size
from sttelnet.charset import Charset
from sttelnet.client import Client
from sttelnet.errors import AskInterrupted
from sttelnet.handlers import factor, login, qr
from sttelnet.handlers.host import STHost
from sttelnet.members import Refusal
from sttelnet.members.totp import code_at, step_at, uri
from sttelnet.outcome import BACK, LOGOFF, REFRESH, ROOT
from sttelnet.role import Role
from sttelnet.terminal import TerminalFacts
from tests.handlers.member_site import GOOD, MemberSite, WrittenVisit, events, log_in, member_site

SECRET = b"12345678901234567890"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[MemberSite]:
    async with member_site(tmp_path) as opened:
        yield opened


class Phone(WrittenVisit):
    """A client with an app: it answers questions for six digits with the code of the key last shown."""

    facts = TerminalFacts(DEFAULT_SIZE, Charset.UTF_8, "xterm", plain=False)

    @property
    def key(self) -> str:
        found = re.findall(r"(?:[A-Z2-7]{4} ){3}[A-Z2-7]{4}", "".join(map(strip, self.sent)))
        return " ".join(found[-2:])

    async def ask(self, prompt: str, *, masked: bool) -> str:
        if factor.SIX_DIGITS in prompt and self.answers[:1] == ["scan"]:
            self.asked.append((prompt, masked))
            self.answers.pop(0)
            return code_of(self.key)
        return await super().ask(prompt, masked=masked)

    @property
    def terminal(self) -> TerminalFacts:
        return self.facts


def secret_of(key: str) -> bytes:
    return base64.b32decode(key.replace(" ", ""))


def code_of(key: str, away: int = 0) -> str:
    return code_at(secret_of(key), step_at(time.time()) + away)


def with_phone(site: MemberSite, *answers: str) -> tuple[Client, Phone]:
    client, _ = site.client()
    phone = Phone()
    phone.answers = list(answers)
    client._visit = phone
    return client, phone


async def enrolled(site: MemberSite, name: str = "Kim") -> list[str]:
    """Give Kim the factor SECRET, enrolled long ago; return the recovery codes."""
    member = await site.add(name)
    codes = await site.members.factors.enrol(member, SECRET, 1, "")
    assert not isinstance(codes, Refusal)
    return codes


def now_code(away: int = 0) -> str:
    return code_at(SECRET, step_at(time.time()) + away)


WRONG_CODE = "not-a-code"


# Log-in


async def test_log_in_asks_for_the_code_and_gives_rights_only_then(site: MemberSite) -> None:
    await enrolled(site)
    client, visit = site.client([now_code()])

    assert await log_in(client, "Kim", GOOD) == ROOT
    assert visit.asked == [(login.CODE, True)]
    assert (visit.rights_changes, visit.greetings) == (1, 1)
    assert client.member is not None


@pytest.mark.parametrize("answers", [[], [""], [WRONG_CODE]])
async def test_without_the_code_the_client_stays_a_guest(site: MemberSite, answers: list[str]) -> None:
    await enrolled(site)
    client, visit = site.client(answers)

    if answers:
        assert await log_in(client, "Kim", GOOD) is REFRESH
    else:
        with pytest.raises(AskInterrupted):  # which the session reads as "back"
            await log_in(client, "Kim", GOOD)

    assert (client.member, client.role, visit.rights_changes, visit.greetings) == (None, Role.GUEST, 0, 0)
    assert GOOD not in repr(client.client_data)


async def test_wrong_codes_count_as_tries_and_the_third_hangs_up(
    site: MemberSite, caplog: pytest.LogCaptureFixture
) -> None:
    await enrolled(site)
    client, visit = site.client([WRONG_CODE] * 3)

    outcomes = [await log_in(client, "Kim", GOOD) for _ in range(3)]

    assert outcomes == [REFRESH, REFRESH, LOGOFF]
    assert visit.notices == [Refusal.CODE_WRONG.value] * 3 + [login.TOO_MANY]
    assert events(caplog) == ["WARNING log-in failed session=1 peer=192.0.2.7 member=Kim reason=code_wrong"] * 3
    assert not any(WRONG_CODE in event for event in events(caplog))


async def test_no_code_is_asked_for_behind_a_wrong_password(site: MemberSite) -> None:
    await enrolled(site)
    client, visit = site.client([now_code()])

    assert await log_in(client, "Kim", "wrong horse") is REFRESH
    assert visit.asked == []


async def test_a_recovery_code_lets_in(site: MemberSite) -> None:
    codes = await enrolled(site)
    client, _ = site.client([codes[0]])

    assert await log_in(client, "Kim", GOOD) == ROOT


# Setting it up


async def test_a_member_sets_it_up_and_needs_it_from_then_on(site: MemberSite) -> None:
    await site.add()
    client, phone = with_phone(site, GOOD, "scan", "")
    assert await log_in(client, "Kim", GOOD) == ROOT

    assert await factor.STFactor(client) == "none"
    assert await factor.STFactorChange(client) is BACK
    assert phone.notices[-1] == factor.IS_ON
    assert (await factor.STFactor(client)).endswith("recovery codes left: 10")
    codes = re.findall(r"\b[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}\b", strip(phone.sent[-1]))
    assert len(codes) == 10
    assert all(masked for _, masked in phone.asked)

    other, visit = site.client([codes[0]])
    assert await log_in(other, "Kim", GOOD) == ROOT
    assert visit.asked == [(login.CODE, True)]


@pytest.mark.parametrize("answers", [[""], ["wrong horse"], [GOOD, ""], [GOOD, "1", "2", "3", "scan"]])
async def test_it_does_not_count_without_password_and_code(site: MemberSite, answers: list[str]) -> None:
    await site.add()
    client, _ = with_phone(site, *answers)
    await log_in(client, "Kim", GOOD)

    assert await factor.STFactorChange(client) is BACK
    assert await log_in(site.client()[0], "Kim", GOOD) == ROOT


async def test_a_code_mistyped_is_asked_for_again_with_the_same_key(site: MemberSite) -> None:
    await site.add()
    client, phone = with_phone(site, GOOD, "123", "scan", "")
    await log_in(client, "Kim", GOOD)

    await factor.STFactorChange(client)

    assert phone.asked[2][0] == f"That is not its code. {factor.SIX_DIGITS}"
    assert phone.notices[-1] == factor.IS_ON


async def test_neither_key_nor_codes_are_logged(site: MemberSite, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await site.add()
    client, phone = with_phone(site, GOOD, "scan", "")
    await log_in(client, "Kim", GOOD)
    await factor.STFactorChange(client)

    assert "INFO second factor enrolled session=1 peer=192.0.2.7 member=Kim" in events(caplog)
    assert phone.key[:9] not in caplog.text
    assert not re.search(r"[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}", caplog.text)


@pytest.mark.parametrize("answer", [GOOD, "code"])
async def test_a_member_takes_it_away(site: MemberSite, answer: str) -> None:
    await enrolled(site)
    client, visit = site.client([now_code(), now_code(1) if answer == "code" else answer])
    await log_in(client, "Kim", GOOD)

    assert await factor.STFactorChange(client) is BACK
    assert visit.notices[-1] == "Your second factor is removed."
    assert await log_in(site.client()[0], "Kim", GOOD) == ROOT


@pytest.mark.parametrize("answer", ["", "wrong horse", "000000"])
async def test_who_gives_neither_password_nor_code_keeps_it(site: MemberSite, answer: str) -> None:
    await enrolled(site)
    client, _ = site.client([now_code(), answer])
    await log_in(client, "Kim", GOOD)

    await factor.STFactorChange(client)

    assert (await factor.STFactor(client)).startswith("since ")


async def test_a_guest_has_none_and_gets_none(site: MemberSite) -> None:
    client, visit = site.client()

    assert await factor.STFactor(client) == "none"
    assert await factor.STFactorChange(client) is BACK
    assert visit.asked == []


# Where the role demands one


async def test_who_must_have_one_sets_it_up_at_log_in(site: MemberSite) -> None:
    site.configure(second_factor="operator")
    await site.add(role=Role.OPERATOR)
    client, phone = with_phone(site, "scan", "")

    assert await log_in(client, "Kim", GOOD) == ROOT
    assert [prompt for prompt, _ in phone.asked] == [factor.SIX_DIGITS, factor.WRITTEN]
    assert all(masked for _, masked in phone.asked)  # no "/" command is obeyed there
    assert client.role is Role.OPERATOR


@pytest.mark.parametrize("answers", [[], [""], ["1", "2", "3"]])
async def test_who_must_have_one_and_sets_up_none_is_logged_out(site: MemberSite, answers: list[str]) -> None:
    site.configure(second_factor="operator")
    await site.add(role=Role.ADMIN)
    client, phone = with_phone(site, *answers)

    assert await log_in(client, "Kim", GOOD) is BACK
    assert (client.member, client.role) == (None, Role.GUEST)
    assert phone.notices[-1] == login.NOT_ENROLLED


async def test_members_below_that_role_are_not_asked(site: MemberSite) -> None:
    site.configure(second_factor="operator")
    await site.add()

    assert await log_in(site.client()[0], "Kim", GOOD) == ROOT


# What is shown


async def sheet(site: MemberSite, facts: TerminalFacts) -> tuple[str, list[str], str]:
    """Return what a terminal is sent, the rows it shows, and the key."""
    if await site.members.get("x" * 20) is None:
        await site.add("x" * 20)
    client, phone = with_phone(site, GOOD, "")
    phone.facts = facts
    await log_in(client, "x" * 20, GOOD)
    await factor.STFactorChange(client)
    sent = "".join(phone.sent)
    screen = pyte.Screen(132, 40)
    pyte.Stream(screen).feed(sent.encode(facts.charset.value).decode(facts.charset.value).replace("\n", "\r\n"))
    return sent, "\n".join(row.rstrip() for row in screen.display).rstrip().split("\n"), phone.key


def facts_of(charset: Charset, size: Size = DEFAULT_SIZE) -> TerminalFacts:
    return TerminalFacts(size, charset, "xterm", plain=charset is Charset.ASCII)


HALVES = {"█": (True, True), "▀": (True, False), "▄": (False, True), " ": (False, False)}


def modules_of(rows: list[str]) -> list[list[bool]]:
    """Return the modules drawn, without the light edge: True is dark."""
    halves = [[HALVES[char] for char in row[: qr.SIDE].ljust(qr.SIDE)] for row in rows]
    light = [[pair[half] for pair in row] for row in halves for half in (0, 1)]
    dark = [[not module for module in row] for row in light]
    edge = next(number for number, row in enumerate(dark) if any(row))
    return [row[edge : qr.SIDE - edge] for row in dark[edge : qr.SIDE - edge]]


@pytest.mark.parametrize("charset", [Charset.UTF_8, Charset.CP437])
async def test_the_qr_code_on_the_screen_is_that_of_the_key(site: MemberSite, charset: Charset) -> None:
    _, rows, key = await sheet(site, facts_of(charset))
    client, _ = site.client()
    client.member = await site.members.get("x" * 20)
    text = uri(secret_of(key), "x" * 20, STHost(client, "name"))

    drawn = modules_of(rows[:21])

    assert drawn == [list(map(bool, row)) for row in segno.make_qr(text, error="l", boost_error=False).matrix]


@pytest.mark.parametrize("charset", Charset)
async def test_the_key_fits_a_screen_and_stands_there_as_text_always(site: MemberSite, charset: Charset) -> None:
    _, rows, key = await sheet(site, facts_of(charset))
    shown = "\n".join(rows)

    assert len(rows) <= 21  # the question comes below, and the last row is for messages
    assert max(map(len, rows)) <= 79
    assert all(group in shown for group in key.split())
    assert "Kind     TOTP, SHA-1, 6 digits, 30 s" in shown  # nothing beside the code is cut
    assert len(key.split()) == 8
    assert ("█" in shown) == (charset is not Charset.ASCII)


@pytest.mark.parametrize("size", [Size(60, 24), Size(80, 20)])
async def test_a_small_window_is_shown_the_text_alone(site: MemberSite, size: Size) -> None:
    _, rows, key = await sheet(site, facts_of(Charset.UTF_8, size))

    assert "█" not in "\n".join(rows)
    assert key


async def test_without_the_extra_the_text_is_shown_alone_and_says_what_to_install(
    site: MemberSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sttelnet.handlers

    monkeypatch.setitem(sys.modules, "segno", None)
    monkeypatch.delitem(sys.modules, "sttelnet.handlers.qr")
    monkeypatch.delattr(sttelnet.handlers, "qr")

    _, rows, key = await sheet(site, facts_of(Charset.UTF_8))

    assert "pip install 'sttelnet[totp]'" in "\n".join(rows)
    assert key
    assert "█" not in "\n".join(rows)


@pytest.mark.parametrize("name", ["Kim", "x" * 20])
@pytest.mark.parametrize("issuer", ["h", "a-long-host-name.example.org", "хост"])
def test_every_name_makes_a_code_that_fits(name: str, issuer: str) -> None:
    rows = qr.rows_of(uri(SECRET, name, issuer))

    assert [len(row) for row in rows] == [qr.SIDE] * 21
    assert {*rows[0]} == {"█"}


def test_a_text_too_long_for_the_screen_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        qr.rows_of("x" * 200)
