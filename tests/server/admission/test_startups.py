"""Who is refused by lot while many have not logged in, and who left without a try: only where guests are not served."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from sttelnet.config import AdmissionConfig, Config, GuestsConfig, PenaltiesConfig, Startups, load_config
from sttelnet.errors import ConfigError
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.server.admission import Admission, Offence, Place, Refused
from tests.daemon import PATIENCE, config_with, daemon
from tests.server.admission.test_admission import FOREIGN, Turned, dial_from, needs_127_0_0_2, try_to_log_in

SITE = {"root": "menu", "login": "Name: {% set:STLoginID %} Password: {% set:STLoginPassword %}"}
CLOSED = {"enabled": False}
CROWDED = "Many are logging in just now"


def turned_lot(number: float, waiting: int, *, guests: bool = False, **keys: object) -> Admission:
    """Return an admission whose lot is always this number, and where so many have not logged in."""
    config = msgspec.structs.replace(
        Config(),
        guests=GuestsConfig(enabled=guests),
        admission=msgspec.structs.replace(AdmissionConfig(startups="2:30:6", per_network=1000), **keys),
    )
    found = Admission(lambda: config, Turned(), lambda: number)
    found.waiting = lambda: waiting
    for last in range(20):  # they are connected, whether they have logged in or not
        found._crowd.enter(f"198.51.100.{last}", config.admission, 100)
    return found


@pytest.mark.parametrize(
    ("waiting", "chance"), [(0, 0), (99, 0), (100, 0.3), (250, 0.65), (399, 0.998), (400, 1), (9000, 1)]
)
def test_the_chance_begins_at_the_rate_and_grows_evenly_to_all(waiting: int, chance: float) -> None:
    assert Startups(100, 30, 400).chance(waiting) == pytest.approx(chance, abs=0.001)


def test_start_and_full_may_be_one_number() -> None:
    assert [Startups(5, 100, 5).chance(waiting) for waiting in (4, 5)] == [0, 1]


@pytest.mark.parametrize(
    ("lot", "waiting", "refused"),
    [(0.0, 1, False), (0.29, 2, True), (0.31, 2, False), (0.64, 4, True), (0.66, 4, False), (0.999, 6, True)],
)
def test_the_lot_decides_from_start_on(lot: float, waiting: int, *, refused: bool) -> None:
    found = turned_lot(lot, waiting).enter("192.0.2.7")
    assert isinstance(found, Refused if refused else Place)


def test_who_was_refused_by_lot_takes_no_place_and_gathers_nothing() -> None:
    door = turned_lot(0.0, 6, per_address=1)
    for _ in range(9):
        assert isinstance(door.enter("192.0.2.7"), Refused)
    door.waiting = lambda: 0

    assert door.penalties() == []
    assert isinstance(door.enter("192.0.2.7"), Place)


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "203.0.113.9"])
def test_whoever_is_exempt_draws_no_lot_and_has_no_penalty_for_leaving(peer: str) -> None:
    door = turned_lot(0.0, 6, exempt=("203.0.113.0/24",))
    for _ in range(99):
        door.left_without_a_try(peer)

    assert isinstance(door.enter(peer), Place)


def test_where_guests_are_served_there_is_neither() -> None:
    door = turned_lot(0.0, 9000, guests=True)
    for _ in range(99):
        door.left_without_a_try("192.0.2.7")

    assert isinstance(door.enter("192.0.2.7"), Place)
    assert door.penalties() == []


def test_nobody_draws_where_startups_are_empty() -> None:
    assert isinstance(turned_lot(0.0, 9000, startups="").enter("192.0.2.7"), Place)


def test_leaving_without_a_try_adds_up_to_a_penalty_that_passes() -> None:
    door = turned_lot(1.0, 0)
    for _ in range(14):
        door.left_without_a_try("192.0.2.7")
    assert isinstance(door.enter("192.0.2.7"), Place)
    door.left_without_a_try("192.0.2.7")

    refused = door.enter("192.0.2.7")

    assert isinstance(refused, Refused)
    assert refused.seconds == 15
    assert [one.offence for one in door.penalties()] == [Offence.NO_AUTH]


@pytest.mark.parametrize("text", ["100", "1:2", "0:30:10", "20:30:10", "1:0:10", "1:101:10", "a:b:c", "1:30:10\n"])
def test_startups_that_cannot_be_meant_are_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config("", "config.toml", {}, {"admission.startups": text})
    assert "admission.startups: expected" in caught.value.problems[0]


# -- by a daemon


async def settled(server: Server, waiting: int) -> None:
    """Wait until so many are counted as not logged in."""
    async with asyncio.timeout(PATIENCE):
        while server.clients._waiting() != waiting:
            await asyncio.sleep(0.01)


@needs_127_0_0_2
async def test_members_who_are_logged_in_and_this_machine_do_not_count(tmp_path: Path) -> None:
    config = config_with(guests=CLOSED, admission={"startups": "1:100:1", "exempt": ("127.0.0.1/32",), **FOREIGN})
    async with daemon(tmp_path, SITE, config) as server:
        added = await server.members.add("ann", Role.MEMBER)
        assert isinstance(added, tuple)
        async with dial_from("127.0.0.1", server) as here, dial_from("127.0.0.2", server) as member:
            await here.until("Name:")
            await member.until("Name:")
            await settled(server, 1)
            async with dial_from("127.0.0.3", server) as other:
                assert CROWDED in await other.rest()
            await member.line("ann")
            await member.line(added[1])
            await member.until("Choose a new one")
            await settled(server, 0)
            async with dial_from("127.0.0.3", server) as other:
                await other.until("Name:")
                await settled(server, 1)
        await settled(server, 0)


@needs_127_0_0_2
async def test_a_connection_that_ends_without_a_try_is_an_offence_and_one_with_a_try_is_none(tmp_path: Path) -> None:
    penalties = PenaltiesConfig(minimum=1, no_auth=100, auth_failure=0, invalid_user=0)
    config = config_with(guests=CLOSED, admission={**FOREIGN, "penalties": penalties})
    async with daemon(tmp_path, SITE, config) as server:
        async with dial_from("127.0.0.2", server) as silent:
            await silent.until("Name:")
        async with dial_from("127.0.0.3", server) as program:
            await program.until("Name:")
            await program.line("/machine")
            await program.until("+OK")
            await program.line("/quit")
            await program.rest()
        async with dial_from("127.0.0.4", server) as trying:
            await try_to_log_in(trying, "ann", "guess")
            await trying.until("wrong")
        async with asyncio.timeout(PATIENCE):
            while server.clients.sessions:
                await asyncio.sleep(0.01)

        found = {(one.source, one.offence) for one in server.admission.penalties()}
    assert found == {("127.0.0.2", Offence.NO_AUTH), ("127.0.0.3", Offence.NO_AUTH)}


@needs_127_0_0_2
async def test_whom_the_daemon_itself_sends_away_has_not_left_without_a_try(tmp_path: Path) -> None:
    penalties = PenaltiesConfig(minimum=1, no_auth=100, grace_exceeded=0)
    config = config_with(guests=CLOSED, admission={**FOREIGN, "penalties": penalties}, server={"login_grace": 0.1})
    async with daemon(tmp_path, SITE, config) as server, dial_from("127.0.0.2", server) as slow:
        await slow.until("took too long")
        await slow.rest()
        async with asyncio.timeout(PATIENCE):
            while server.clients.sessions:
                await asyncio.sleep(0.01)
        assert server.admission.penalties() == []
