"""The plan of the transfers over bad lines, and what is read of the daemon's log about them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.soak.transfers_log import SessionLog, Told
from tests.soak.transfers_plan import Fault, Kind, Way, planned, second
from tests.toxics import LimitData, ResetPeer, Timeout

PATIENCE = 30.0
ENDINGS = LimitData | ResetPeer | Timeout
CONNECT = "2026-11-27T11:39:51.990+00:00 INFO    connect session={} peer=127.0.0.1 port={}\n"
RECEIVED = (
    "2026-11-27T11:39:52.100+00:00 INFO    received session=7 peer=127.0.0.1 file=0001.bin result=failed bytes=512"
    ' seconds=0.29 errors=0 sha256="" why="The other side hung up."\n'
)
DISCONNECT = '2026-11-27T11:39:52.200+00:00 INFO    disconnect session=7 peer=127.0.0.1 member=kim reason="hung up"\n'


def test_a_number_always_means_the_same_transfer() -> None:
    assert planned(17) == planned(17)
    assert planned(17).content() == planned(17).content()
    assert second(17) == second(17)


def test_every_fault_is_met_in_both_ways() -> None:
    faults = len(Fault)
    assert {planned(number).fault for number in range(faults)} == set(Fault)
    met = {(case.fault, case.way) for case in map(planned, range(2 * faults))}
    assert met == {(fault, way) for fault in Fault for way in Way}


def test_every_kind_of_content_is_as_long_as_it_should_be() -> None:
    cases = [planned(number) for number in range(300)]
    assert {case.kind for case in cases} == set(Kind)
    assert all(len(case.content()) == case.size for case in cases)
    assert any(case.size == 0 for case in cases)


def test_only_what_should_be_broken_off_is_and_nothing_the_second_time() -> None:
    ends = {Fault.CUT, Fault.ANSWERS_CUT, Fault.RESET, Fault.ANSWERS_RESET, Fault.HALF_OPEN, Fault.NOISY_AND_CUT}
    for number in range(100):
        case = planned(number)
        assert any(isinstance(toxic, ENDINGS) for toxic in case.data + case.answers) == (case.fault in ends)
        assert not any(isinstance(toxic, ENDINGS) for toxics in second(number) for toxic in toxics)


async def test_a_session_is_followed_from_its_port_to_its_end(tmp_path: Path) -> None:
    (path := tmp_path / "log").write_text(CONNECT.format(7, 4001))
    log = SessionLog(path)
    async with asyncio.timeout(PATIENCE):
        assert await log.session(4001) == 7
        assert log.open == 1
        with path.open("a") as file:
            file.write(RECEIVED[:40])
            file.flush()
            assert log.open == 1
            file.write(RECEIVED[40:])
        await log.has_told(7)
        assert log.told[7] == Told("failed", 512, "", "The other side hung up.")
        with path.open("a") as file:
            file.write(DISCONNECT)
        await log.has_ended(7)
    assert log.ended == {7: "hung up"}
    assert log.open == 0


async def test_a_port_that_is_used_again_is_the_new_session_s(tmp_path: Path) -> None:
    (path := tmp_path / "log").write_text(CONNECT.format(7, 4001))
    log = SessionLog(path)
    async with asyncio.timeout(PATIENCE):
        assert await log.session(4001) == 7
        with path.open("a") as file:
            file.write(CONNECT.format(8, 4001))
        assert await log.session(4001) == 8
