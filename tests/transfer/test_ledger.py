"""The books of transfers outside any area."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.config import FilesConfig
from sttelnet.errors import StoreError
from sttelnet.logs import session_logger
from sttelnet.role import Role
from sttelnet.store import Direction, Entry, NewMember, Store, TransferRow
from sttelnet.transfer import Batch, Ending, FileReport, Mover, Received, SiteLedger

MIB = 1024 * 1024
CONFIG = FilesConfig(most_files=3, largest=100, transfer_quota=500, disk_reserve=50)
KIM = Mover(1, "Kim", Role.MEMBER, "192.0.2.7")
GUEST = Mover(None, "GUEST", Role.GUEST, "192.0.2.8")
EMPTY = Batch(files=0, size=0, free=10_000 * MIB)
REPORT = FileReport("a.bin", Ending.DONE, size=5, seconds=2.0, sha256="ab" * 32)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path / "members.db", patience=0.1) as opened:
        await opened.members.add(NewMember("Kim", Role.MEMBER, "hash", 1.0), Entry(1.0, "registered", "Kim"))
        yield opened


def books(store: Store, mover: Mover = KIM) -> SiteLedger:
    return SiteLedger(store, CONFIG, mover, session_logger(1, mover.peer), clock=lambda: 10.0)


async def close_for_writing(store: Store) -> None:
    await store._database._writer.execute_fetchall("PRAGMA query_only = ON")


@pytest.mark.parametrize(
    ("batch", "size", "verdict"),
    [
        (EMPTY, 5, 100 * MIB),
        (EMPTY, 0, 100 * MIB),
        (EMPTY, None, 100 * MIB),
        (EMPTY, 100 * MIB, 100 * MIB),
        (EMPTY, 100 * MIB + 1, "That file is larger than the 100 MiB allowed here."),
        (EMPTY, 10**20, "That file is larger than the 100 MiB allowed here."),
        (Batch(2, 0, EMPTY.free), 5, 100 * MIB),
        (Batch(3, 0, EMPTY.free), 5, "3 files in one go are enough."),
        (Batch(2, 450 * MIB, EMPTY.free), 5, 50 * MIB),
        (Batch(2, 450 * MIB, EMPTY.free), 50 * MIB + 1, "That would be more than 500 MiB in one go."),
        (Batch(2, 500 * MIB, EMPTY.free), 0, "That would be more than 500 MiB in one go."),
        (Batch(0, 0, 60 * MIB), None, 10 * MIB),
        (Batch(0, 0, 60 * MIB), 10 * MIB + 1, "The disk is nearly full; tell the operators."),
        (Batch(0, 0, 50 * MIB), 0, "The disk is nearly full; tell the operators."),
        (Batch(0, 0, 0), None, "The disk is nearly full; tell the operators."),
    ],
)
async def test_a_file_may_have_what_the_config_leaves(
    batch: Batch, size: int | None, verdict: int | str, store: Store
) -> None:
    assert await books(store).admit("a.bin", size, batch) == verdict


@pytest.mark.parametrize("mover", [KIM, GUEST], ids=lambda mover: mover.name)
async def test_a_received_file_is_written_down(mover: Mover, store: Store) -> None:
    await books(store, mover).keep(Received("a.bin", 5, "ab" * 32, REPORT))

    assert await store.transfers.latest(9) == [
        TransferRow(10.0, "upload", "", "a.bin", 5, "ab" * 32, mover.member, mover.name, mover.peer, 2.0, "done")
    ]
    assert await store.files.in_area("") == {}


@pytest.mark.parametrize("direction", ["download", "upload"])
@pytest.mark.parametrize("ending", Ending)
async def test_every_ending_is_written_down(direction: Direction, ending: Ending, store: Store) -> None:
    await books(store).moved(direction, FileReport("a.bin", ending, size=3, seconds=1.0, errors=4, why="Because."))

    assert await store.transfers.latest(9) == [
        TransferRow(10.0, direction, "", "a.bin", 3, "", 1, "Kim", KIM.peer, 1.0, ending.value)
    ]


async def test_a_received_file_that_cannot_be_written_down_is_an_error(store: Store) -> None:
    await close_for_writing(store)

    with pytest.raises(StoreError):
        await books(store).keep(Received("a.bin", 5, "ab" * 32, REPORT))


async def test_what_else_cannot_be_written_down_is_told_by_the_log(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    await close_for_writing(store)
    await books(store).moved("download", REPORT)

    assert "a transfer could not be written down" in caplog.text
    assert await store.transfers.latest(9) == []
