"""What is stored of checks, and when it can be seen, over a real database."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from sttelnet.config import CheckConfig
from sttelnet.health.check import Check, restored
from sttelnet.health.definition import Definition
from sttelnet.health.keeping import Keeping
from sttelnet.health.plugin import Result
from sttelnet.health.states import State
from sttelnet.store import CheckTable, Store, StoredChange, StoredCheck

HANG = 10.0  # seconds until a wait counts as a hang
DOWN, WELL = Result(State.CRITICAL, "down"), Result(State.OK, "well")
DEFINITION = Definition("disk", CheckConfig(retries=1), ("true",), Path(), "disk")


class SlowDisk(CheckTable):
    """The table, of a disk that takes its time: until `turns` is set."""

    def __init__(self, store: Store) -> None:
        super().__init__(store._database)
        self.asked, self.turns = asyncio.Event(), asyncio.Event()

    async def save(self, check: StoredCheck, change: StoredChange | None = None) -> None:
        self.asked.set()
        await self.turns.wait()
        await super().save(check, change)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path / "members.db", patience=0.2) as opened:
        yield opened


def keeping(table: CheckTable) -> Keeping:
    return Keeping(table, time.time, time.monotonic)


async def well(store: Store) -> Check:
    check = restored(DEFINITION, None)
    await keeping(store.checks).take(check, WELL, 0.1)
    return check


async def test_a_confirmed_state_can_be_seen_once_it_is_stored_and_not_before(store: Store) -> None:
    check, disk = await well(store), SlowDisk(store)
    kept = keeping(disk)
    async with asyncio.timeout(HANG), asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(kept.take(check, DOWN, 0.1))
        await disk.asked.wait()
        assert (check.state, check.text, check.reading(0.0).state) == (State.OK, "well", State.OK)
        assert kept.recent(9) == []
        disk.turns.set()
        change = await taking
    assert change is not None
    assert (check.state, check.text) == (State.CRITICAL, "down")
    assert [row.after for row in kept.recent(9)] == [2]
    assert (await store.checks.all())["disk"].state == 2


async def test_what_is_not_confirmed_yet_is_seen_without_a_look_at_the_disk(store: Store) -> None:
    disk = SlowDisk(store)
    check = restored(Definition("disk", CheckConfig(retries=3), ("true",), Path(), "disk"), None)
    async with asyncio.timeout(HANG):
        await keeping(disk).take(check, DOWN, 0.1)
    assert (check.state, check.track.soft, disk.asked.is_set()) == (State.CRITICAL, True, False)


async def test_what_is_said_of_a_check_while_its_change_is_stored_loses_neither(store: Store) -> None:
    check, disk = await well(store), SlowDisk(store)
    kept = keeping(disk)
    async with asyncio.timeout(HANG), asyncio.TaskGroup() as tasks:
        tasks.create_task(kept.take(check, DOWN, 0.1))
        await disk.asked.wait()
        tasks.create_task(kept.acknowledge(check, "kim", "known"))
        tasks.create_task(kept.mute(check, 9e9))
        await asyncio.sleep(0)
        disk.turns.set()
    stored = (await store.checks.all())["disk"]
    assert (stored.state, stored.ack_by, stored.muted_until) == (2, "kim", 9e9)
    assert stored == check.stored()


async def test_what_a_database_that_is_held_does_not_take_is_seen_all_the_same_and_stored_later(store: Store) -> None:
    check, kept = await well(store), keeping(store.checks)
    with closing(sqlite3.connect(store._database.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(HANG):
            for result in (DOWN, WELL, DOWN):
                await kept.take(check, result, 0.1)
        assert check.state is State.CRITICAL
        assert len(kept.recent(9)) == 3
        other.rollback()
    assert (await store.checks.all())["disk"].state == 0

    await kept.write()

    assert (await store.checks.all())["disk"].state == 2
    assert [row.after for row in await store.checks.changes(9)] == [2, 0, 2]


async def test_a_look_ahead_leaves_a_check_as_it_is() -> None:
    check = restored(DEFINITION, None)
    check.take(WELL, 1.0, 0.1)
    before = (check.stored(), check.result, check.strip(4, 2.0))

    ahead, change = check.ahead(DOWN, 2.0)

    assert change is not None
    assert ahead.stored().state == 2
    assert (check.stored(), check.result, check.strip(4, 2.0)) == before
    assert check.take(DOWN, 2.0, 0.1) == change
