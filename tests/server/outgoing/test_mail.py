"""E-mail about changes."""

from __future__ import annotations

import asyncio
import ssl
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.config import MailConfig
from sttelnet.health import State
from sttelnet.health.plugin import read_figures
from sttelnet.server.outgoing import Batch, Failure, MailWay
from sttelnet.server.outgoing.letter import letter_of
from tests.server.outgoing.peers import HANG, MailServer, alert, mail_server, serving_tls

TO = ("ops@example.org", "ada@example.org")


def way(folder: Path, there: MailServer, **keys: object) -> MailWay:
    given = {"server": "127.0.0.1", "port": there.port, "security": "none", "to": TO, **keys}
    config = MailConfig(**given)  # type: ignore[arg-type]
    return MailWay(lambda: config, lambda: "web-01", folder)


async def test_a_change_is_one_mail(tmp_path: Path) -> None:
    figures, _ = read_figures("used=97%;80;90")
    told = alert(figures=figures, further=".\nby folder\n.hidden", runbook="runbooks/disk", known_by="ada")
    async with mail_server() as server:
        batch = Batch((told,))
        assert await way(tmp_path, server, sender="web@example.net").tell(batch) is None
    (letter,) = server.letters
    assert letter["Subject"] == "[web-01] CRITICAL Disk space (was OK)"
    assert (letter["From"], letter["To"]) == ("web@example.net", "ops@example.org, ada@example.org")
    assert letter["Message-ID"] == f"<{batch.id}@example.net>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"].datetime is not None
    text = letter.get_content().replace("\r\n", "\n")
    assert text.startswith("CRITICAL Disk space (was OK)\n\n97% used\n\nSince     19")
    for row in ("Check     disk\n", "Figures   used 97%\n", "Known to  ada\n", "Runbook   runbooks/disk\n"):
        assert row in text
    assert text.endswith("\n.\nby folder\n.hidden\n")
    assert [command for command in server.commands if command.startswith(("mail", "rcpt"))] == [
        "mail FROM:<web@example.net>",
        "rcpt TO:<ops@example.org>",
        "rcpt TO:<ada@example.org>",
    ]


async def test_a_mail_without_a_sender_comes_from_the_first_it_goes_to(tmp_path: Path) -> None:
    async with mail_server() as server:
        assert await way(tmp_path, server).tell(Batch((alert(),))) is None
    assert server.letters[0]["From"] == "ops@example.org"


async def test_several_changes_are_one_mail_with_a_line_for_each(tmp_path: Path) -> None:
    alerts = [alert(name=f"c{at}", title=f"c{at}", after=State.WARNING) for at in range(49)]
    async with mail_server() as server:
        assert await way(tmp_path, server).tell(Batch((alert("x" * 5000), *alerts))) is None
    (letter,) = server.letters
    assert letter["Subject"] == "[web-01] 50 changes: CRITICAL 1, WARNING 49"
    lines = letter.get_content().splitlines()
    assert len(lines) == 50
    assert lines[1].endswith("  WARNING c0 (was OK): 97% used")
    assert max(map(len, lines)) == 300


HOSTILE = "full\r\nBcc: all@example.org\r\n\r\nhello\n.\nRCPT TO:<x@y>"


async def test_what_a_check_says_writes_no_header_and_no_command(tmp_path: Path) -> None:
    told = alert(HOSTILE, title=HOSTILE, name=HOSTILE, further=HOSTILE, known_by=HOSTILE)
    async with mail_server() as server:
        assert await way(tmp_path, server).tell(Batch((told,))) is None
    (letter,) = server.letters
    assert letter["Bcc"] is None
    assert sum(command.casefold().startswith("rcpt") for command in server.commands) == 2
    assert letter["Subject"].strip().startswith("[web-01] CRITICAL full Bcc: all@example.org hello . RCPT")


@given(text=st.text(st.characters(), max_size=300))
def test_no_text_of_a_check_forges_a_header(text: str) -> None:
    batch = Batch((alert(text, title=text, name=text, further=text, known_by=text),))
    raw = letter_of(batch, MailConfig(to=TO), text).as_bytes(policy=SMTP)
    letter = message_from_bytes(raw, policy=SMTP)
    names = {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"}
    assert set(letter.keys()) - names == {"Content-Type", "Content-Transfer-Encoding"}
    assert letter["To"] == ", ".join(TO)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


@pytest.mark.parametrize(
    ("where", "reply", "again"),
    [
        ("banner", "554 no service", False),
        ("banner", "421 later", True),
        ("MAIL", "550 not you", False),
        ("MAIL", "451 later", True),
        ("RCPT", "550 nobody", False),
        ("RCPT", "450 busy", True),
        ("DATA", "452 full", True),
        ("body", "554 spam", False),
        ("body", "rubbish", True),
    ],
)
async def test_a_reply_of_4xx_is_for_now_and_one_of_5xx_for_good(
    tmp_path: Path, where: str, reply: str, again: bool
) -> None:
    async with mail_server(MailServer({where: reply})) as server:
        failure = await way(tmp_path, server).tell(Batch((alert(),)))
    assert failure is not None
    assert failure.again is again
    if reply[:3].isdigit():
        assert reply in failure.why


async def test_a_mail_that_was_taken_is_told_whatever_comes_behind(tmp_path: Path) -> None:
    for reply in ("500 what", ""):
        async with mail_server(MailServer({"QUIT": reply})) as server, asyncio.timeout(HANG):
            assert await way(tmp_path, server).tell(Batch((alert(),))) is None
        assert len(server.letters) == 1


async def test_a_server_that_hangs_is_left_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    async with mail_server(MailServer({"MAIL": ""})) as server:
        mail = way(tmp_path, server)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await mail.tell(Batch((alert(),)))
        server.replies.clear()
        async with asyncio.timeout(HANG):
            while (failure := await mail.tell(Batch((alert(),)))) is not None:
                assert failure.why == "the try before still hangs"
                await asyncio.sleep(0.05)
    assert len(server.letters) == 1


async def test_where_nobody_listens_it_is_said(tmp_path: Path) -> None:
    async with mail_server() as server:
        pass
    failure = await way(tmp_path, server).tell(Batch((alert(),)))
    assert failure is not None
    assert "refused" in failure.why


# -- TLS and log-in


def trusting(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    return serving_tls(certificate)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_who_logs_in_does_so_over_tls(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    context = trusting(certificate, monkeypatch)
    (tmp_path / "password").write_text("s3cret\n")
    there = MailServer(features=("STARTTLS", "AUTH PLAIN"), tls=context)
    async with mail_server(there, tls=context if security == "tls" else None) as server:
        mail = way(tmp_path, server, security=security, user="web", password_file="password")
        assert await mail.tell(Batch((alert(),))) is None
    assert server.password() == "s3cret"
    assert ("STARTTLS" in server.commands) is (security == "starttls")
    assert len(server.letters) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path, certificate: Path, security: str) -> None:
    context = serving_tls(certificate)
    (tmp_path / "password").write_text("s3cret\n")
    there = MailServer(features=("STARTTLS", "AUTH PLAIN"), tls=context)
    async with mail_server(there, tls=context if security == "tls" else None) as server:
        mail = way(tmp_path, server, security=security, user="web", password_file="password")
        failure = await mail.tell(Batch((alert(),)))
    assert failure is not None
    assert failure.why.startswith("the certificate is not trusted: ")
    assert not [command for command in server.commands if command.startswith(("AUTH", "mail"))]


async def test_a_server_without_starttls_is_given_nothing(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    async with mail_server(MailServer(features=("AUTH PLAIN",))) as server:
        mail = way(tmp_path, server, security="starttls", user="web", password_file="password")
        failure = await mail.tell(Batch((alert(),)))
    assert failure is not None
    assert not failure.again
    assert not [command for command in server.commands if command.startswith(("AUTH", "mail"))]


async def test_a_log_in_that_is_refused_is_told_without_the_password(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    there = MailServer({"AUTH": "535 s3cret is wrong"}, features=("AUTH PLAIN",))
    async with mail_server(there) as server:
        failure = await way(tmp_path, server, user="web", password_file="password").tell(Batch((alert(),)))
    assert failure == Failure("the server answered 535 to the log-in", again=False)


async def test_a_password_does_not_travel_where_anybody_can_read_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    mail = way(tmp_path, MailServer(), server="192.0.2.1", user="web", password_file="password")
    failure = await mail.tell(Batch((alert(),)))
    assert failure is not None
    assert not failure.again


# -- which


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (State.OK, State.WARNING, False),
        (State.WARNING, State.CRITICAL, True),
        (State.CRITICAL, State.OK, True),
        (State.UNKNOWN, State.OK, False),
    ],
)
async def test_who_wants_the_worst_only_is_told_of_its_coming_and_going(
    tmp_path: Path, before: State, after: State, wanted: bool
) -> None:
    told = alert(before=before, after=after)
    assert way(tmp_path, MailServer(), least="critical").wants(told) is wanted
    assert way(tmp_path, MailServer()).wants(told)
    assert not way(tmp_path, MailServer(), to=()).on
    assert not way(tmp_path, MailServer(), server="").on


@pytest.mark.parametrize("word", ["banner", "EHLO", "MAIL"])
async def test_a_reply_without_end_is_not_read_to_its_end(word: str, tmp_path: Path) -> None:
    endless = "\r\n".join(["220-"] * 300_000) if word == "banner" else "\r\n".join(["250-x"] * 300_000)
    async with mail_server(MailServer({word: endless})) as server, asyncio.timeout(HANG):
        failure = await way(tmp_path, server).tell(Batch((alert(),)))
    assert failure is not None
    assert "closed" in failure.why
    assert failure.again
