"""`sttelnet ctl` beside a daemon that runs."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from sttelnet.cli import main
from sttelnet.config import HealthConfig, MailConfig, WebhookConfig
from sttelnet.role import Role
from sttelnet.server import Server
from tests.daemon import config_with, daemon, dial
from tests.server.outgoing.peers import MailServer, mail_server, web_service
from tests.shell_site import WORD, log_in

SITE = {
    "root": 'the root page\n{% get:STMe %}\n{% page:Prompt("? "); key:login("l") %}',
    "login": '{% page:Prompt("name: "); set:Enter %}',
    "h.py": f"""
from sttelnet.members import Member

async def Enter(client, data):
    entered = await client.log_in(data, {WORD!r})
    return "root" if isinstance(entered, Member) else "repeat"
""",
}


@dataclass
class Console:
    """`sttelnet ctl …` on one site, and what it printed last."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    async def __call__(self, *arguments: str) -> int:
        status = await asyncio.to_thread(main, ["ctl", *arguments, "--data", str(self.folder)])
        self.out, self.err = self.capsys.readouterr()
        return status


@pytest.fixture
def ctl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(tmp_path, capsys)


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[Server]:
    async with daemon(folder, SITE) as server:
        await server.members.register("kim", WORD, "127.0.0.1")
        await server.members.set_role("kim", Role.MEMBER)
        yield server


async def events(server: Server) -> list[str]:
    rows = await server.services.store.audit.latest(50)
    return [
        f"{row.event} {row.who}: {row.detail}"
        for row in reversed(rows)
        if "console" in row.detail and row.event != "role"
    ]


async def test_who_is_on_is_listed_for_people_and_for_programs(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path) as server, dial(server) as kim:
        await log_in(kim, "kim")
        assert await ctl("who") == 0
        head, row = ctl.out.splitlines()
        assert head.split() == ["NO", "NAME", "ROLE", "FROM", "IDLE", "DOING"]
        assert row.split()[:4] == ["1", "kim", "member", "127.0.0.1"]
        assert await ctl("who", "--json") == 0
        answer = json.loads(ctl.out)
        assert answer["ok"] is True
        assert [(one["number"], one["name"], one["role"]) for one in answer["data"]] == [(1, "kim", "member")]


async def test_a_message_reaches_the_screen_or_the_mailbox(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path) as server:
        assert await ctl("msg", "kim", "the", "backup is done") == 0
        assert "kim is not on: your message will be delivered at the next log-in." in ctl.out
        async with dial(server) as kim:
            await log_in(kim, "kim")
            assert "console: the backup is done" in kim.shown()
            assert await ctl("msg", "#1", "again\x1b[2J") == 0
            assert ctl.out == "Delivered to kim: again[2J\n"
            await kim.until("console: again[2J")
        assert await ctl("msg", "nobody", "hello") == 1
        assert 'There is no session and no member "nobody".' in ctl.err


async def test_a_guest_is_written_to_by_number(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path) as server, dial(server) as guest:
        await guest.until("? ")
        assert await ctl("msg", "1", "hello") == 0
        await guest.until("console: hello")


async def test_a_broadcast_reaches_everybody(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path) as server, dial(server) as guest:
        await guest.until("? ")
        assert await ctl("broadcast", "coffee", "is ready") == 0
        assert ctl.out == "Told to 1.\n"
        await guest.until("To everybody, from console: coffee is ready")
        assert await events(server) == ["broadcast : by console: coffee is ready"]


async def test_a_session_is_ended(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path) as server, dial(server) as guest:
        await guest.until("? ")
        assert await ctl("kick", "9") == 1
        assert ctl.err == "sttelnet: There is no such session.\n"
        assert await ctl("kick", "1", "--reason", "one at a time") == 0
        assert "You were disconnected by an operator. one at a time" in await guest.rest()
        assert await events(server) == ["kicked GUEST: by console: #1 from 127.0.0.1: one at a time"]


async def test_an_address_is_banned_listed_and_let_in_again(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path):
        assert await ctl("ban", "192.0.2.9", "--for", "2h", "--reason", "knocks") == 0
        assert ctl.out == "192.0.2.9 is banned for 2h.\n"
        assert await ctl("bans") == 0
        row = ctl.out.splitlines()[1].split()
        assert (row[0], row[-2:]) == ("192.0.2.9", ["console", "knocks"])
        assert await ctl("unban", "192.0.2.9") == 0
        assert await ctl("unban", "192.0.2.9") == 1
        assert ctl.err == "sttelnet: That address is not banned.\n"
        for arguments in (("127.0.0.1",), ("nowhere",), ("192.0.2.9", "--for", "soon")):
            assert await ctl("ban", *arguments) == 1


async def test_a_ban_outlives_the_daemon(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path):
        assert await ctl("ban", "2001:db8::1", "--for", "7d") == 0
    async with daemon(tmp_path, SITE) as server:
        assert server.bans.of("2001:db8::1") is not None


async def test_a_reload_takes_up_what_is_new_and_says_what_is_wrong(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path):
        assert await ctl("reload") == 0
        assert ctl.out == "Everything was read anew; there are no errors.\n"
        (tmp_path / "scripts" / "news.txt").write_text("{% get:Nothing %}\n", encoding="utf-8")
        assert await ctl("reload") == 1
        assert 'news.txt:1:8: unknown handler "Nothing"' in ctl.err


async def test_a_drain_is_told_and_taken_back(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path) as server, dial(server) as guest:
        await guest.until("? ")
        assert await ctl("drain", "--in", "5m", "--message", "A new disk.") == 0
        await guest.until("The service goes down in 5m. A new disk.")
        assert await ctl("stay") == 0
        await guest.until("The service stays up after all.")
        assert await ctl("stay") == 1
        assert ctl.err == "sttelnet: The daemon is not about to stop.\n"
        assert await ctl("drain", "--in", "soon") == 1


async def test_a_stop_ends_the_daemon(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path) as server, dial(server) as guest:
        await guest.until("? ")
        assert await ctl("stop") == 0
        assert "The service is going down: goodbye." in await guest.rest()


async def test_the_daemon_tells_how_it_does(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path) as server, dial(server) as guest:
        await guest.until("? ")
        assert await ctl("figures", "--json") == 0
        figures = json.loads(ctl.out)["data"]
        assert figures["sessions"] == figures["calls"] == 1
        assert figures["sent"] > 0
        assert figures["memory"] > 1_000_000
        assert await ctl("figures") == 0
        assert "sessions      1" in ctl.out


async def test_an_alert_is_tried_on_every_way_that_is_configured(tmp_path: Path, ctl: Console) -> None:
    async with daemon(tmp_path, SITE):
        assert await ctl("alert-test") == 1
        assert ctl.err.startswith("sttelnet: Nobody outside is told")
    async with web_service() as service, mail_server(MailServer({"MAIL": "550 not you"})) as mail:
        health = HealthConfig(
            webhook=WebhookConfig(url=f"http://127.0.0.1:{service.port}/"),
            mail=MailConfig(server="127.0.0.1", port=mail.port, security="none", to=("ops@example.org",)),
        )
        async with daemon(tmp_path, SITE, msgspec.structs.replace(config_with(), health=health)) as server:
            assert await ctl("alert-test", "--json") == 1
            (row,) = await server.services.store.audit.latest(1)
            assert (row.event, row.detail) == ("alert-test", "by console")
            answer = json.loads(ctl.out)
            assert answer["data"] == {"health.webhook": "told", "health.mail": "the server answered 550 not you"}
    (request,) = service.received
    assert request.json["text"].endswith("] OK TEST (a test): Nothing is wrong: somebody tries whether you are told.")


async def test_where_no_daemon_runs_the_status_says_so(ctl: Console) -> None:
    assert await ctl("who") == 69
    assert "no daemon runs with its data in" in ctl.err


@pytest.mark.parametrize("arguments", [(), ("dance",), ("kick",), ("msg", "kim")], ids=range(4))
async def test_what_is_no_command_is_wrong_usage(ctl: Console, arguments: tuple[str, ...]) -> None:
    assert await ctl(*arguments) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are any bytes there")
async def test_a_name_no_charset_has_does_not_end_the_daemon(
    tmp_path: Path, ctl: Console, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)  # a report of this test may not hold such a name either
    async with house(tmp_path) as server, dial(server) as guest:
        await guest.until("? ")
        (tmp_path / "scripts" / os.fsdecode(b"\xff.txt")).write_text("x", encoding="utf-8")
        assert await ctl("reload") == 1
        assert ctl.err != ""
        assert await ctl("who") == 0
        await guest.line("/who")
        await guest.until("GUEST")


@pytest.mark.parametrize("text", ["", "x" * 401], ids=["nothing", "much"])
async def test_a_broadcast_of_nothing_or_too_much_is_refused(tmp_path: Path, ctl: Console, text: str) -> None:
    async with house(tmp_path):
        assert await ctl("broadcast", text) == 1
        assert ctl.err == "sttelnet: A message has 1 to 400 characters.\n"


async def test_what_does_not_fit_into_a_request_is_refused(tmp_path: Path, ctl: Console) -> None:
    async with house(tmp_path):
        assert await ctl("broadcast", "x" * 20_000) == 1
        assert ctl.err == "sttelnet: That is too much to say at once.\n"
