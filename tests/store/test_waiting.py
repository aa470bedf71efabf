"""Rows of the audit where the database cannot take them."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from sttelnet.store import Entry, Store, waiting
from sttelnet.store.proof import Whole, prove


def entry(number: int, event: str = "role") -> Entry:
    return Entry(float(number), event, "kim", "10.0.0.9", "x" * 300)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Store]:
    """A store whose database is tried again at once."""
    async with Store.open(path, patience=0.2) as store:
        store.audit._monotonic = (float(second) for second in range(0, 10**9, 10)).__next__
        yield store


async def fill(store: Store) -> None:
    """Let the database grow no further: what a full disk does."""
    pages = (await store._database._writer.execute_fetchall("PRAGMA page_count"))[0][0]  # type: ignore[index]
    await store._database._writer.execute_fetchall(f"PRAGMA max_page_count = {pages}")


async def make_room(store: Store) -> None:
    await store._database._writer.execute_fetchall("PRAGMA max_page_count = 1000000")


async def count(store: Store) -> int:
    return len(await store.audit.latest(100_000))


async def test_with_a_full_database_rows_wait_stand_in_the_log_and_are_written_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "members.db"
    async with opened(path) as store:
        await fill(store)
        for number in range(100):
            await store.audit.add(entry(number))

        written, waits = await count(store), store.audit.waiting
        told = [record for record in caplog.records if "audit row waits" in record.message]
        assert waits > 50
        assert written + waits == 100
        assert len(told) == waits
        assert told[0].fields["who"] == "kim"  # type: ignore[attr-defined]  # what our logs put there

        await make_room(store)
        await store.audit.flush()

        assert store.audit.waiting == 0
        assert [row.at for row in await store.audit.latest(1_000)] == [float(n) for n in range(99, -1, -1)]
    assert prove(path) == Whole(100, 0, 100, None)


async def test_a_row_that_comes_later_takes_those_that_wait_along(tmp_path: Path) -> None:
    async with opened(tmp_path / "members.db") as store:
        await fill(store)
        for number in range(60):
            await store.audit.add(entry(number))
        await make_room(store)

        await store.audit.add(entry(60))

        assert [row.at for row in await store.audit.latest(2)] == [60.0, 59.0]
        assert await count(store) == 61


async def test_what_finds_no_room_is_told_of_by_a_gap_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 20)
    path = tmp_path / "members.db"
    async with opened(path) as store:
        store.audit._clock = lambda: 777.0
        with closing(sqlite3.connect(path, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            await store.audit.add(entry(0))
            store.audit._again = 10.0**12  # do not try
            for number in range(1, 30):
                await store.audit.add(entry(number))
            assert store.audit.waiting == 20
            holder.execute("ROLLBACK")
        store.audit._again = 0.0

        await store.audit.flush()

        newest = await store.audit.latest(1_000)
        words = "10 records were lost between 1970-01-01 00:00:20 UTC and 1970-01-01 00:00:29 UTC"
        assert newest[0] == Entry(777.0, "gap", "", "", words)
        assert [row.at for row in newest[1:]] == [float(n) for n in range(19, -1, -1)]

        await store.audit.add(entry(50))
        assert [row.event for row in await store.audit.latest(3)] == ["role", "gap", "role"]
    assert prove(path) == Whole(22, 0, 22, None)


async def test_strangers_push_out_no_rows_of_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 5)
    async with opened(tmp_path / "members.db") as store:
        store.audit._again = 10.0**12
        for number in range(4):
            await store.audit.add(entry(number, "log-in failed"))
        for number in range(4, 8):
            await store.audit.add(entry(number))
        for number in range(8, 12):
            await store.audit.add(entry(number, "log-in failed"))
        store.audit._again = 0.0

        await store.audit.flush()

        assert [row.at for row in await store.audit.latest(9) if row.event == "role"] == [7.0, 6.0, 5.0, 4.0]
        assert (await store.audit.latest(1))[0].detail.startswith("7 records were lost")


async def test_a_locked_database_holds_a_deed_up_for_a_bounded_time(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path, patience=60) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            async with asyncio.TaskGroup() as tasks:
                for number in range(20):
                    tasks.create_task(store.audit.add(entry(number)))
            assert time.monotonic() - began < 30  # and not the database's own 60
            for number in range(20, 40):
                await store.audit.add(entry(number))
            holder.execute("ROLLBACK")
        store.audit._again = 0.0
        await store.audit.flush()
        async with store._database.transaction() as transaction:
            assert await transaction.run("PRAGMA busy_timeout") == [(60_000,)]

        assert sorted(row.at for row in await store.audit.latest(99)) == [float(n) for n in range(40)]


async def test_what_cannot_be_written_at_the_end_stands_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path, patience=0.1) as store:
        await store._database._writer.execute_fetchall("PRAGMA query_only = ON")
        await store.audit.add(entry(1))

    assert "rows of the audit stand in this log only" in caplog.text


async def test_what_waits_is_written_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "RETRY", 0.01)
    async with Store.open(tmp_path / "members.db") as store:
        await store._database._writer.execute_fetchall("PRAGMA query_only = ON")
        await store.audit.add(entry(1))
        await store._database._writer.execute_fetchall("PRAGMA query_only = OFF")
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(store.audit.run())
            while not await store.audit.latest(1):
                await asyncio.sleep(0.01)
            running.cancel()

        assert await store.audit.latest(9) == [entry(1)]


@pytest.mark.parametrize("steps", range(10))
async def test_a_deed_whose_client_hangs_up_meanwhile_has_its_row(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path) as store:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(store.audit.add(entry(1)))
            await asyncio.sleep(0)  # it has begun
            for _ in range(steps):
                await asyncio.sleep(0.0002)
            task.cancel()
    async with Store.open(path) as store:
        assert {row.at for row in await store.audit.latest(9)} == {1.0}
    assert isinstance(prove(path), Whole)


class Transactions:
    """Counts those that an audit writes rows in."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        write = store.audit.write

        async def counted(entries: Sequence[Entry], patience: float | None = None) -> None:
            self.sizes.append(len(entries))
            await write(entries, patience)

        monkeypatch.setattr(store.audit, "write", counted)


async def test_rows_that_come_together_share_transactions_and_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path) as store:
        transactions = Transactions(store, monkeypatch)
        await asyncio.gather(*(store.audit.add(entry(n, ("role", "refused")[n % 2])) for n in range(250)))

        assert [row.at for row in await store.audit.latest(999)] == [float(n) for n in range(249, -1, -1)]
        assert sum(transactions.sizes) == 250
        assert len(transactions.sizes) < 10
        assert max(transactions.sizes) <= 100
    assert isinstance(prove(path), Whole)


async def test_who_has_added_a_row_goes_on_once_it_is_written(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "members.db") as store:

        async def add(number: int) -> None:
            await store.audit.add(entry(number))
            assert float(number) in {row.at for row in await store.audit.latest(999)}

        await asyncio.gather(*(add(number) for number in range(50)))


@pytest.mark.parametrize("steps", [*range(1, 8), 12, 20])
async def test_of_rows_that_come_together_none_is_lost_whoever_hangs_up(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path) as store:
        async with asyncio.TaskGroup() as tasks:
            adding = [tasks.create_task(store.audit.add(entry(number))) for number in range(40)]
            for _ in range(steps):
                await asyncio.sleep(0)
            for task in adding[:: steps + 1]:
                task.cancel()
    async with Store.open(path) as store:
        assert {row.at for row in await store.audit.latest(999)} == {float(n) for n in range(40)}
    assert isinstance(prove(path), Whole)


async def test_rows_that_come_together_to_a_full_database_wait_one_and_all(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "members.db"
    async with opened(path) as store:
        await fill(store)
        await asyncio.gather(*(store.audit.add(entry(number)) for number in range(90)))
        told = [record for record in caplog.records if "audit row waits" in record.message]
        assert store.audit.waiting == len(told) == 90 - await count(store) > 50
        await make_room(store)
        await store.audit.flush()
        assert [row.at for row in await store.audit.latest(1_000)] == [float(n) for n in range(89, -1, -1)]
    assert isinstance(prove(path), Whole)
