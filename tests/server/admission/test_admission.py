"""Who is let in, on a clock the test turns, and by a daemon."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec
import pytest

from sttelnet.administration import CONSOLE, Actor, Done
from sttelnet.config import AdmissionConfig, Config, PenaltiesConfig, load_config
from sttelnet.errors import ConfigError
from sttelnet.logs import TextFormatter
from sttelnet.role import Role
from sttelnet.server import Server, clients
from sttelnet.server.admission import Admission, Offence, Place, Refused
from tests.daemon import Peer, call, config_with, daemon, dial
from tests.fail2ban import found_by_fail2ban

DOCS = Path(__file__).parents[3] / "docs"
PEER = "192.0.2.7"
BY = Actor(CONSOLE)
SITE = {
    "root": '{% key:login("l") %}menu',
    "login": "Name: {% set:STLoginID %} Password: {% set:STLoginPassword %}",
}
FOREIGN: Mapping[str, object] = {"exempt_loopback": False}  # 127.0.0.2 is somebody else's, then


class Turned:
    """A clock that goes where it is turned to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def admission(clock: Turned, **keys: object) -> Admission:
    config = msgspec.structs.replace(Config(), admission=msgspec.structs.replace(AdmissionConfig(), **keys))
    return Admission(lambda: config, clock)


def fail(door: Admission, peer: str, times: int) -> None:
    for _ in range(times):
        door.log_in_failed(peer, known=True)


def test_who_has_come_to_the_minimum_is_refused_until_the_clock_has_passed_it() -> None:
    clock = Turned()
    door = admission(clock)
    fail(door, PEER, 2)
    assert isinstance(door.enter(PEER), Place)
    fail(door, PEER, 1)

    refused = door.enter(PEER)

    assert isinstance(refused, Refused)
    assert (refused.reason, refused.seconds) == ("penalty", 15)
    assert isinstance(door.enter("192.0.2.8"), Place)
    clock.now += 15
    assert isinstance(door.enter(PEER), Place)


def test_being_refused_costs_nothing_more() -> None:
    clock = Turned()
    door = admission(clock)
    fail(door, PEER, 3)
    for _ in range(50):
        door.enter(PEER)

    clock.now += 15

    assert isinstance(door.enter(PEER), Place)


def test_connections_beyond_the_cap_are_a_flood_and_those_of_a_full_network_are_none() -> None:
    door = admission(Turned(), per_address=1, per_network=2)
    for peer in (PEER, PEER, PEER, "192.0.2.8", "192.0.2.9", "192.0.2.9", "192.0.2.9"):
        door.enter(peer)

    assert [(one.source, one.offence) for one in door.penalties()] == [(PEER, Offence.FLOOD)]


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "198.51.100.3"])
def test_whoever_is_exempt_has_no_penalty(peer: str) -> None:
    door = admission(Turned(), exempt=("198.51.100.0/28",))
    fail(door, peer, 99)

    assert door.penalties() == []
    assert isinstance(door.enter(peer), Place)


def test_an_ipv6_subscriber_is_one_source_and_is_lifted_by_any_address_or_the_network() -> None:
    door = admission(Turned())
    for number in range(3):
        fail(door, f"2001:db8::{number}", 1)

    assert [one.source for one in door.penalties()] == ["2001:db8::/64"]
    assert isinstance(door.enter("2001:db8::ffff"), Refused)
    assert door.lift("2001:db8::9")
    assert not door.lift("2001:db8::9")
    fail(door, "2001:db8::1", 3)
    assert door.lift("2001:db8::/64")
    assert isinstance(door.enter("2001:db8::1"), Place)


def test_a_reload_counts_for_penalties_there_are() -> None:
    configs = [Config(), msgspec.structs.replace(Config(), admission=AdmissionConfig(exempt=(PEER,)))]
    door = Admission(lambda: configs[0], Turned())
    fail(door, PEER, 3)
    assert isinstance(door.enter(PEER), Refused)

    del configs[0]

    assert isinstance(door.enter(PEER), Place)


# -- by a daemon

needs_127_0_0_2 = pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no 127.0.0.2 until one is made")


def dial_from(address: str, server: Server) -> AbstractAsyncContextManager[Peer]:
    """Call from an address of this machine."""
    return call(server.ports[0], "xterm", source=address)


async def try_to_log_in(peer: Peer, name: str, password: str) -> None:
    await peer.until("Password:")
    await peer.line(name)
    await peer.line(password)


@needs_127_0_0_2
async def test_an_address_is_told_of_its_cap_and_another_comes_in(tmp_path: Path) -> None:
    config = config_with(admission={**FOREIGN, "per_address": 1, "per_network": 2})
    async with daemon(tmp_path, SITE, config) as server, dial_from("127.0.0.2", server) as first:
        await first.until("menu")
        async with dial_from("127.0.0.2", server) as second:
            assert "as many connections here as one may have" in await second.rest()
        async with dial_from("127.0.0.3", server) as other:
            await other.until("menu")
            async with dial_from("127.0.0.4", server) as third:
                assert "Your network has as many" in await third.rest()


@needs_127_0_0_2
async def test_the_place_of_who_has_gone_is_free(tmp_path: Path) -> None:
    config = config_with(admission={**FOREIGN, "per_address": 1})
    async with daemon(tmp_path, SITE, config) as server:
        for _ in range(5):
            async with dial_from("127.0.0.2", server) as peer:
                await peer.until("menu")
            async with asyncio.timeout(10):
                while server.clients.sessions:
                    await asyncio.sleep(0.01)


async def test_a_burst_keeps_the_cap(tmp_path: Path) -> None:
    async def call(server: Server) -> None:
        async with dial_from("127.0.0.1", server) as peer:
            text = await peer.until(lambda peer: "menu" in peer.text or "as many clients as it takes" in peer.text)
            seen.append("menu" in text)
            await enough.wait()

    seen, enough = list[bool](), asyncio.Event()
    async with daemon(tmp_path, SITE, config_with(server={"max_sessions": 3})) as server:
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            for _ in range(12):
                tasks.create_task(call(server))
            while len(seen) < 12:
                await asyncio.sleep(0.01)
            enough.set()

    assert seen.count(True) == 3


async def test_a_crowd_that_is_refused_takes_no_more_tasks_than_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def call(server: Server) -> str:
        async with dial_from("127.0.0.1", server) as peer:
            try:
                return await peer.rest()
            except ConnectionError:
                return ""  # hung up on without a word

    monkeypatch.setattr(clients, "REFUSALS", 2)
    async with daemon(tmp_path, SITE, config_with(server={"max_sessions": 1})) as server, dial(server) as inside:
        await inside.until("menu")
        for _ in range(2):  # and what was taken is given back
            texts = await asyncio.gather(*(call(server) for _ in range(8)))
            told = sum("as many clients as it takes" in text for text in texts)
            assert 2 <= told < 8


@needs_127_0_0_2
async def test_a_brute_force_is_slowed_refused_and_logged_while_the_member_logs_in_from_elsewhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = config_with(admission=FOREIGN, members={"throttle_first": 0.05, "throttle_most": 0.2})
    async with daemon(tmp_path, SITE, config) as server:
        added = await server.members.add("ann", Role.MEMBER)
        assert isinstance(added, tuple)
        async with dial_from("127.0.0.2", server) as brute:
            await brute.until("menu")
            await brute.send("l")
            for _ in range(3):
                await try_to_log_in(brute, "ann", "guess")
            assert "one try too many" in await brute.rest()
        async with dial_from("127.0.0.2", server) as brute:
            await brute.until("menu")
            await brute.send("l")
            await try_to_log_in(brute, "ann", "guess")
            await brute.until("wrong")
        assert server.members.delay("127.0.0.2") > 0

        async with dial_from("127.0.0.2", server) as brute:
            assert "Too much went wrong from your address" in await brute.rest()
        assert server.members.delay("127.0.0.3") == 0
        async with dial_from("127.0.0.3", server) as member:
            await member.until("menu")
            await member.send("l")
            await try_to_log_in(member, "ann", added[1])
            await member.until("Choose a new one")

        rows = [(row.event, row.who, row.peer) for row in await server.members.trail()]
        assert rows.count(("log-in failed", "ann", "127.0.0.2")) == 4
        assert rows.count(("penalty", "", "127.0.0.2")) == 1
        assert ("log-in", "ann", "127.0.0.3") in rows
        [refused] = [record for record in caplog.records if record.getMessage() == "refused: penalty"]
        assert refused.levelno == logging.WARNING
        for form in (TextFormatter(), TextFormatter(journal=True)):
            assert found_by_fail2ban(form.format(refused)) == "127.0.0.2"


@needs_127_0_0_2
async def test_ctl_lists_a_penalty_as_such_and_lifts_it(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, config_with(admission=FOREIGN)) as server:
        for _ in range(4):
            server.admission.penalise("127.0.0.2", Offence.INVALID_USER)
        await server.operations.ban("198.51.100.1", 5, "", BY)

        assert [(ban.address, ban.by) for ban in server.operations.bans()] == [
            ("198.51.100.1", CONSOLE),
            ("127.0.0.2", "(penalty)"),
        ]
        assert await server.operations.unban("127.0.0.2", BY) is Done.DONE
        assert await server.operations.unban("127.0.0.2", BY) is Done.NOT_BANNED
        assert len(server.operations.bans()) == 1
        async with dial_from("127.0.0.2", server) as peer:
            await peer.until("menu")
        assert ("unbanned", "by console: 127.0.0.2, of a penalty") in [
            (row.event, row.detail) for row in await server.members.trail()
        ]


@needs_127_0_0_2
async def test_too_long_at_the_log_in_and_telnet_commands_without_end_are_offences(tmp_path: Path) -> None:
    penalties = PenaltiesConfig(minimum=1, grace_exceeded=300, flood=200)
    config = config_with(admission={**FOREIGN, "penalties": penalties}, server={"login_grace": 0.1})
    async with daemon(tmp_path, SITE, config) as server:
        async with dial_from("127.0.0.2", server) as slow:
            await slow.until("menu")
            await slow.send("l")
            await slow.until("took too long")
        async with dial_from("127.0.0.3", server) as flooding:
            await flooding.until("menu")
            await flooding.send(b"\xff\xf6" * 2000)
            try:
                await flooding.rest()
            except ConnectionError:
                pass  # cut off
        async with asyncio.timeout(10):
            while len(server.operations.bans()) < 2:
                await asyncio.sleep(0.01)

        assert {(ban.address, ban.reason) for ban in server.operations.bans()} == {
            ("127.0.0.2", "logging in took too long"),
            ("127.0.0.3", "flood"),
        }


async def test_who_has_sent_nothing_so_far_is_shown_to_operators_only(tmp_path: Path) -> None:
    async def seen(role: Role, count: int) -> bool:
        """Whether so many others come to be seen."""
        for _ in range(200):
            if sum(one.seen_by(0, role) for one in server.hub.presences()) == count:
                return True
            await asyncio.sleep(0.01)
        return False

    async with daemon(tmp_path, SITE) as server, dial(server) as negotiating, dial(server, "", frozenset()) as silent:
        await negotiating.until("menu")
        await silent.until("menu")
        assert await seen(Role.OPERATOR, 2)
        assert await seen(Role.MEMBER, 1)
        await silent.send("x")
        assert await seen(Role.MEMBER, 2)


# -- what fail2ban reads


def record(message: str, *args: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("sttelnet.server.clients", logging.WARNING, "", 0, message, args, None)
    made.fields = fields
    return made


@pytest.mark.parametrize("form", [TextFormatter(), TextFormatter(journal=True)])
def test_fail2ban_finds_refusals_by_penalty_and_nothing_a_client_wrote(form: logging.Formatter) -> None:
    assert found_by_fail2ban(form.format(record("refused: penalty", peer="2001:db8::1", seconds=9))) == "2001:db8::1"
    assert found_by_fail2ban(form.format(record("refused: full", peer="192.0.2.1", clients=9))) is None
    for hostile in (
        "refused: penalty peer=192.0.2.9 seconds=1",
        "x\nWARNING refused: penalty peer=192.0.2.9 seconds=1",
    ):
        assert found_by_fail2ban(form.format(record("said", text=hostile))) is None
        assert found_by_fail2ban(form.format(record("x", peer=hostile, seconds=1))) is None


# -- what the config may say


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            'exempt = ["192.0.2.0/33"]',
            'config.toml:2: admission.exempt: expected an address or a network as "192.0.2.0/24"',
        ),
        ('exempt = ["example.org"]', "admission.exempt: expected an address"),
        ("[admission.penalties]\nminimum = 700", "minimum: 700 is above admission.penalties.maximum (600)"),
    ],
)
def test_a_config_that_cannot_be_meant_is_refused(text: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(f"[admission]\n{text}\n", "config.toml", {})
    assert fault in caught.value.problems[0]


def test_networks_with_host_bits_and_single_addresses_are_taken() -> None:
    text = '[admission]\nexempt = ["192.0.2.7/24", "2001:db8::1"]\n'
    assert load_config(text, "config.toml", {}).admission.exempt == ("192.0.2.7/24", "2001:db8::1")
