"""Copies of the database, and putting one back."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sttelnet.errors import StoreBusy, StoreError, StoreTooNew
from sttelnet.role import Role
from sttelnet.store import Entry, NewMember, Store
from sttelnet.store.backup import back_up, restore
from sttelnet.store.migrations import MIGRATIONS
from sttelnet.store.proof import Whole, prove


async def add(store: Store, name: str) -> None:
    await store.members.add(NewMember(name, Role.MEMBER, "hash", 1.0), Entry(1.0, "registered", name))


async def names(path: Path) -> list[str]:
    async with Store.open(path) as store:
        return [member.name for member in await store.members.everyone()]


async def make(path: Path, *members: str) -> None:
    async with Store.open(path) as store:
        for name in members:
            await add(store, name)


async def test_a_copy_made_while_others_write_is_whole(tmp_path: Path) -> None:
    path, copy = tmp_path / "members.db", tmp_path / "copy.db"
    async with Store.open(path) as store:
        await add(store, "ann")
        async with asyncio.TaskGroup() as tasks:
            copying = tasks.create_task(asyncio.to_thread(back_up, path, copy))
            number = 0
            while not copying.done():
                await add(store, f"kim{number}")
                number += 1

    found = prove(copy)
    assert isinstance(found, Whole)
    kept = await names(copy)
    assert kept[0] == "ann"
    assert found.rows == len(kept) <= number + 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps files by access lists, not modes")
async def test_nobody_else_may_read_a_copy_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    await make(tmp_path / "data" / "members.db", "ann")

    back_up(tmp_path / "data" / "members.db", tmp_path / "copy.db")

    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert sorted(item.name for item in tmp_path.iterdir()) == ["copy.db", "data"]


async def test_the_database_is_no_place_for_its_copy(tmp_path: Path) -> None:
    await make(tmp_path / "members.db", "ann")

    with pytest.raises(StoreError, match="is the database itself"):
        back_up(tmp_path / "members.db", tmp_path / "members.db")
    with pytest.raises(StoreError, match="is the database itself"):
        restore(tmp_path / "members.db", tmp_path / "members.db")
    assert await names(tmp_path / "members.db") == ["ann"]


async def test_a_copy_is_put_back_and_what_was_there_is_kept(tmp_path: Path) -> None:
    path, copy = tmp_path / "members.db", tmp_path / "copy.db"
    await make(path, "ann")
    back_up(path, copy)
    await make(path, "bob")

    kept = restore(copy, path)

    assert kept == tmp_path / "members.db.before-restore"
    assert await names(path) == ["ann"]
    assert await names(kept) == ["ann", "bob"]
    assert isinstance(prove(path), Whole)
    assert sorted(item.name for item in tmp_path.iterdir() if not item.name.endswith(("-wal", "-shm"))) == [
        "copy.db",
        "members.db",
        "members.db.before-restore",
    ]


async def test_what_an_earlier_restore_kept_is_not_lost_unasked(tmp_path: Path) -> None:
    path, copy = tmp_path / "members.db", tmp_path / "copy.db"
    await make(path, "ann")
    back_up(path, copy)
    await make(path, "bob")
    restore(copy, path)

    with pytest.raises(StoreError, match="from an earlier restore"):
        restore(copy, path)
    assert await names(tmp_path / "members.db.before-restore") == ["ann", "bob"]

    restore(copy, path, again=True)
    assert await names(tmp_path / "members.db.before-restore") == ["ann"]


async def test_a_copy_is_put_where_there_is_no_database(tmp_path: Path) -> None:
    await make(tmp_path / "copy.db", "ann")

    assert restore(tmp_path / "copy.db", tmp_path / "members.db") is None
    assert await names(tmp_path / "members.db") == ["ann"]


async def test_a_database_in_use_is_left_alone(tmp_path: Path) -> None:
    path, copy = tmp_path / "members.db", tmp_path / "copy.db"
    async with Store.open(path) as store:
        await add(store, "ann")
        await asyncio.to_thread(back_up, path, copy)
        await add(store, "bob")

        with pytest.raises(StoreBusy, match="stop it first"):
            await asyncio.to_thread(restore, copy, path)

        await add(store, "cid")
    assert await names(path) == ["ann", "bob", "cid"]
    assert not list(tmp_path.glob("*.unfinished"))
    assert not list(tmp_path.glob("*.before-restore*"))


async def test_a_damaged_database_makes_room_with_all_that_stands_beside_it(tmp_path: Path) -> None:
    path, copy = tmp_path / "members.db", tmp_path / "copy.db"
    await make(path, "ann")
    back_up(path, copy)
    path.write_bytes(b"garbage" * 999)
    path.with_name("members.db-wal").write_bytes(b"stale")

    restore(copy, path)

    assert await names(path) == ["ann"]
    assert (tmp_path / "members.db.before-restore").read_bytes() == b"garbage" * 999
    assert (tmp_path / "members.db.before-restore-wal").read_bytes() == b"stale"


@pytest.mark.parametrize(
    ("pragma", "error", "words"),
    [
        ("application_id = 7", StoreError, "is not a database of sttelnet"),
        (f"user_version = {len(MIGRATIONS) + 1}", StoreTooNew, "written by a newer sttelnet"),
    ],
)
async def test_what_is_no_copy_of_ours_is_not_put_back(
    tmp_path: Path, pragma: str, error: type[Exception], words: str
) -> None:
    path, copy = tmp_path / "members.db", tmp_path / "copy.db"
    await make(path, "ann")
    await make(copy, "bob")
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute(f"PRAGMA {pragma}")

    with pytest.raises(error, match=words):
        restore(copy, path)
    assert await names(path) == ["ann"]


async def test_a_damaged_copy_is_not_put_back_and_none_is_made_of_a_damaged_database(tmp_path: Path) -> None:
    path, copy = tmp_path / "members.db", tmp_path / "copy.db"
    await make(path, "ann")
    back_up(path, copy)
    data = copy.read_bytes()
    copy.write_bytes(data[:8192] + b"\xff" * 4096 + data[12288:])

    with pytest.raises(StoreError, match="damaged"):
        restore(copy, path)
    with pytest.raises(StoreError, match="damaged"):
        back_up(copy, tmp_path / "second.db")
    with pytest.raises(StoreError, match="no such file"):
        restore(tmp_path / "none.db", path)

    assert await names(path) == ["ann"]
    assert not (tmp_path / "second.db").exists()


async def test_an_older_copy_is_brought_up_to_date_by_the_next_start(tmp_path: Path) -> None:
    path, copy = tmp_path / "members.db", tmp_path / "copy.db"
    async with Store.open(copy, steps=MIGRATIONS[:3]):
        pass
    await make(path, "ann")

    restore(copy, path)

    assert await names(path) == []
    assert isinstance(prove(path), Whole)
