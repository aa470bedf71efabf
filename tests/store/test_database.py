"""The database file: transactions, faults, other processes, closing."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from sttelnet.errors import StoreBusy, StoreError
from sttelnet.role import Role
from sttelnet.store import Entry, NewMember, Store
from sttelnet.store.database import Database, open_database
from tests.required import missing

ENTRY = Entry(1.0, "registered", "kim", "10.0.0.9")
ONE_ROW = "INSERT INTO audit (at, event, who, peer, detail) VALUES (1, '', '', '', '')"


def a_member(name: str) -> NewMember:
    return NewMember(name, Role.MEMBER, "hash", 1.0)


async def names(store: Store) -> list[str]:
    return [member.name for member in await store.members.everyone()]


async def count(database: Database) -> int:
    return int((await database.read("SELECT count(*) FROM audit"))[0][0])


async def insert(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.run(ONE_ROW)


def other(path: Path) -> sqlite3.Connection:
    """Another process's connection, as far as SQLite can tell."""
    return sqlite3.connect(path, timeout=0, isolation_level=None)


async def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path) as store:
        await store.members.add(a_member("kim"), ENTRY)

    async with Store.open(path) as store:
        assert await names(store) == ["kim"]
        assert await store.audit.latest(9) == [ENTRY]


async def test_the_file_is_in_wal_mode_and_commits_are_synchronous(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with open_database(path) as database, database.transaction() as transaction:
        assert await transaction.run("PRAGMA journal_mode") == [("wal",)]
        assert await transaction.run("PRAGMA synchronous") == [(2,)]  # 2 is FULL
        assert await transaction.run("PRAGMA busy_timeout") == [(5000,)]
        assert await transaction.run("PRAGMA foreign_keys") == [(1,)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps files by access lists, not modes")
async def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "members.db"

    async with Store.open(path) as store:
        await store.members.add(a_member("kim"), ENTRY)

        assert {p.name: p.stat().st_mode & 0o777 for p in tmp_path.iterdir()} == {
            "members.db": 0o600,
            "members.db-wal": 0o600,
            "members.db-shm": 0o600,
        }


async def test_an_exception_inside_a_transaction_undoes_all_of_it(tmp_path: Path) -> None:
    async with open_database(tmp_path / "members.db") as database:

        async def fails_after_one_row() -> None:
            async with database.transaction() as transaction:
                await transaction.run(ONE_ROW)
                raise KeyError

        with pytest.raises(KeyError):
            await fails_after_one_row()

        assert await count(database) == 0
        await insert(database)
        assert await count(database) == 1


@pytest.mark.parametrize("steps", range(12))
async def test_a_transaction_cancelled_at_any_point_is_whole_or_not_there(tmp_path: Path, steps: int) -> None:
    async with open_database(tmp_path / "members.db") as database:

        async def two_rows() -> None:
            async with database.transaction() as transaction:
                for _ in range(2):
                    await transaction.run(ONE_ROW)

        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(two_rows())
            for _ in range(steps):
                await asyncio.sleep(0.0002)
            task.cancel()
            await asyncio.sleep(0)
            task.cancel()  # a second time, while it rolls back

        assert await count(database) in (0, 2)
        await insert(database)  # nothing was left open


async def test_tasks_write_one_after_the_other(tmp_path: Path) -> None:
    async with open_database(tmp_path / "members.db") as database:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(20):
                tasks.create_task(insert(database))

        assert await count(database) == 20


async def test_what_is_not_committed_cannot_be_read(tmp_path: Path) -> None:
    async with open_database(tmp_path / "members.db") as database, database.transaction() as transaction:
        await transaction.run(ONE_ROW)

        assert await count(database) == 0


async def test_a_file_held_by_another_process_is_busy_and_serves_reads_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path, patience=0.1) as store:
        await store.members.add(a_member("kim"), ENTRY)
        with closing(other(path)) as holder:
            holder.execute("BEGIN IMMEDIATE")

            with pytest.raises(StoreBusy, match="being written by another process"):
                await store.members.add(a_member("jo1"), ENTRY)
            assert await names(store) == ["kim"]
            holder.execute("ROLLBACK")

        await store.members.add(a_member("jo1"), ENTRY)
        assert await names(store) == ["jo1", "kim"]


async def test_a_writer_waits_for_another_process_that_is_soon_done(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path) as store:
        with closing(other(path)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            async with asyncio.TaskGroup() as tasks:
                adding = tasks.create_task(store.members.add(a_member("kim"), ENTRY))
                await asyncio.sleep(0.1)
                assert not adding.done()
                holder.execute("COMMIT")

        assert await names(store) == ["kim"]


async def test_tasks_behind_a_stuck_writer_are_told_so_and_do_not_queue_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with open_database(path, patience=0.2) as database:
        with closing(other(path)) as holder:
            holder.execute("BEGIN IMMEDIATE")

            async with asyncio.timeout(10):
                results = await asyncio.gather(*(insert(database) for _ in range(20)), return_exceptions=True)

        assert {type(result) for result in results} == {StoreBusy}


async def test_a_read_only_database_says_so_and_still_reads(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path) as store:
        await store.members.add(a_member("kim"), ENTRY)
        await store._database._writer.execute_fetchall("PRAGMA query_only = ON")

        with pytest.raises(StoreError, match="is read-only"):
            await store.members.add(a_member("jo1"), ENTRY)
        assert await names(store) == ["kim"]

        await store._database._writer.execute_fetchall("PRAGMA query_only = OFF")
        await store.members.add(a_member("jo1"), ENTRY)


async def test_a_full_database_says_so_undoes_the_change_and_recovers(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "members.db") as store:
        await store.members.add(a_member("kim"), ENTRY)
        writer = store._database._writer
        (pages,) = next(iter(await writer.execute_fetchall("PRAGMA page_count")))
        await writer.execute_fetchall(f"PRAGMA max_page_count = {pages}")

        with pytest.raises(StoreError, match="disk is full"):
            await store.members.set_profile(1, "x" * 100_000)
        with pytest.raises(StoreError, match="disk is full"):
            await store.members.add(a_member("jo1"), Entry(1.0, "registered", "jo1", "", "x" * 100_000))
        assert [(m.name, m.profile) for m in await store.members.everyone()] == [("kim", "")]

        await writer.execute_fetchall("PRAGMA max_page_count = 10000")
        await store.members.add(a_member("jo1"), ENTRY)
        assert await names(store) == ["jo1", "kim"]


FILL = """
import asyncio, sys
from pathlib import Path
from sttelnet.errors import StoreError
from sttelnet.role import Role
from sttelnet.store import Entry, NewMember, Store

async def main():
    folder = Path(sys.argv[1])
    async with Store.open(folder / "members.db") as store:
        made = 0
        try:
            while True:
                new = NewMember(f"member{made}", Role.MEMBER, "h" * 500, 1.0)
                await store.members.add(new, Entry(1.0, "registered", new.name))
                made += 1
        except StoreError as error:
            assert "disk is full" in str(error), error
        assert made > 50, made
        assert len(await store.members.everyone()) == made
        assert len(await store.audit.latest(10000)) == made
        (folder / "ballast").unlink()
        new = NewMember("after", Role.MEMBER, "h", 1.0)
        assert await store.members.add(new, Entry(1.0, "registered", "after"))
        print("full at", made)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows mounts no small disk")
def test_a_disk_that_fills_up_loses_nothing_and_is_written_again_once_there_is_room(tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        missing("there is no unshare(1) to mount a small disk with")
    mount = 'mount -t tmpfs -o size=3m none "$1" && head -c 131072 /dev/zero > "$1/ballast"'
    script = mount + ' && exec "$2" -c "$3" "$1"'
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no mount namespace")
    tried = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, "sh", str(tmp_path)], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        pytest.skip(f"this machine mounts no tmpfs: {tried.stderr.strip()}")

    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(tmp_path), sys.executable, FILL],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("full at")


async def test_another_process_is_noticed_and_our_own_writes_are_not(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path) as store, Store.open(path) as another:
        before = await store.data_version()
        await store.members.add(a_member("kim"), ENTRY)
        assert await store.data_version() == before

        await another.members.set_locked(1, True, ENTRY)

        assert await store.data_version() != before
        assert (await store.members.everyone())[0].locked


async def test_what_another_process_wrote_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path) as store, Store.open(path) as another:
        await another.members.add(a_member("kim"), ENTRY)

        assert await names(store) == ["kim"]


def test_the_threads_end_with_the_store(tmp_path: Path) -> None:
    before = set(threading.enumerate())

    async def open_and_close() -> None:
        async with Store.open(tmp_path / "members.db") as store:
            await names(store)

    asyncio.run(open_and_close())

    assert set(threading.enumerate()) == before


def test_an_interrupted_opening_leaves_no_thread_behind(tmp_path: Path) -> None:
    before = set(threading.enumerate())

    async def interrupted(moment: float) -> None:
        try:
            async with asyncio.timeout(moment), Store.open(tmp_path / "members.db"):
                await asyncio.sleep(5)
        except TimeoutError:
            pass

    for step in range(40):
        asyncio.run(interrupted(step / 4000))

    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert set(threading.enumerate()) == before


async def test_a_folder_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot make .*No such file or directory"):
        async with Store.open(tmp_path / "missing" / "members.db"):
            pass


async def test_a_folder_in_place_of_the_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        async with Store.open(tmp_path):
            pass


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    path.write_text("a shopping list, and a rather long one at that\n" * 50)

    with pytest.raises(StoreError, match="is not a SQLite database"):
        async with Store.open(path):
            pass

    assert path.read_text().startswith("a shopping list")


async def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path) as store:
        for number in range(200):
            await store.members.add(a_member(f"kim{number}"), ENTRY)
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)

    with pytest.raises(StoreError, match="is damaged"):
        async with Store.open(path) as store:
            await store.members.everyone()


KILLED = """
import asyncio, sys
from pathlib import Path
from sttelnet.config import MembersConfig
from sttelnet.members import Member, Members
from sttelnet.passwords import Cost, Passwords
from sttelnet.store import Store

async def main():
    passwords = Passwords(Cost(memory=8, passes=1))
    async with Store.open(Path(sys.argv[1])) as store:
        members = Members(store, passwords, MembersConfig(), all_loopback=True)
        number = 0
        while True:
            name = f"{sys.argv[2]}.{number}"
            member = await members.register(name, "correct horse", "127.0.0.1")
            assert isinstance(member, Member), member
            sys.stdout.write(name + "\\n")
            sys.stdout.flush()
            number += 1

asyncio.run(main())
"""


async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    acknowledged: list[str] = []
    for round_number in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path), f"round{round_number}"], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        acknowledged += [child.stdout.readline().strip() for _ in range(30 + 7 * round_number)]
        child.kill()
        acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
        child.stdout.close()
        child.wait(10)

    async with Store.open(path) as store:
        stored = set(await names(store))
        registered = {entry.who for entry in await store.audit.latest(100_000)}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert len(acknowledged) > 200
    assert set(acknowledged) <= stored
    assert stored == registered
