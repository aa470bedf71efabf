"""Bringing a database file up to today's form."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sttelnet.errors import StoreBusy, StoreError, StoreTooNew
from sttelnet.role import Role
from sttelnet.store import Entry, NewMember, Store, StoredFile, TransferRow
from sttelnet.store.migrations import MIGRATIONS, Migration
from sttelnet.store.upgrade import prepare

ENTRY = Entry(1.0, "registered", "kim")
PATIENCE = 0.1
TODAY = len(MIGRATIONS)
COPY = f"members.db.v{TODAY}"
LATER = (
    *MIGRATIONS,
    Migration("notes", ("CREATE TABLE notes (text TEXT)", "INSERT INTO notes SELECT name FROM members")),
    Migration("colour", ("ALTER TABLE notes ADD COLUMN colour TEXT",)),
)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


async def make_older_file(path: Path) -> None:
    async with Store.open(path) as store:
        await store.members.add(NewMember("kim", Role.MEMBER, "hash", 1.0), ENTRY)


async def test_an_older_file_is_brought_up_to_date_with_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    await make_older_file(path)

    async with Store.open(path, steps=LATER) as store:
        assert [m.name for m in await store.members.everyone()] == ["kim"]

    assert rows(path, "SELECT text, colour FROM notes") == [("kim", None)]
    assert rows(path, "PRAGMA user_version") == [(len(LATER),)]


async def test_a_file_from_before_there_were_areas_keeps_its_members_and_takes_files(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path, steps=MIGRATIONS[:1]) as store:
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO audit (at, event, who, peer, detail) VALUES (1.0, 'registered', 'kim', '', '')")
        connection.execute(
            "INSERT INTO members (name, role, password, locked, must_change, created)"
            " VALUES ('kim', 'member', 'hash', 0, 0, 1.0)"
        )
        connection.commit()
    assert rows(path, "PRAGMA user_version") == [(1,)]

    async with Store.open(path) as store:
        assert [m.name for m in await store.members.everyone()] == ["kim"]
        assert await store.audit.latest(9) == [ENTRY]
        assert await store.files.in_area("public") == {}
        file = StoredFile("public", "a.txt", 5, "ab", 1, "kim", 2.0)
        upload = TransferRow(2.0, "upload", "public", "a.txt", 5, "ab", 1, "kim", "", 0.5, "done")
        await store.files.record(file, upload)
        assert await store.files.used_by(1) == 5

    assert rows(tmp_path / "members.db.v1", "SELECT name FROM members") == [("kim",)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


async def test_an_older_file_is_copied_first(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    await make_older_file(path)

    prepare(path, PATIENCE, LATER)

    copy = tmp_path / COPY
    assert rows(copy, "SELECT name FROM members") == [("kim",)]
    assert rows(copy, "PRAGMA user_version") == [(TODAY,)]
    assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
    if sys.platform != "win32":
        assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["members.db", COPY]


async def test_a_copy_can_be_put_back_and_used(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    await make_older_file(path)
    prepare(path, PATIENCE, LATER)

    (tmp_path / COPY).replace(path)

    async with Store.open(path) as store:
        assert [m.name for m in await store.members.everyone()] == ["kim"]


async def test_a_copy_left_unfinished_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    await make_older_file(path)
    (tmp_path / f"{COPY}.unfinished").write_bytes(b"half a copy")

    prepare(path, PATIENCE, LATER)

    assert rows(tmp_path / COPY, "SELECT name FROM members") == [("kim",)]


async def test_a_current_or_new_file_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    await make_older_file(path)
    await make_older_file(path)

    assert [p.name for p in tmp_path.iterdir()] == ["members.db"]


async def test_a_step_that_fails_is_undone_and_the_steps_before_it_stand(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    await make_older_file(path)
    wrong = Migration("wrong", ("CREATE TABLE half (a)", "INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(StoreError, match="no such table: nowhere"):
        prepare(path, PATIENCE, (*LATER, wrong))

    assert rows(path, "PRAGMA user_version") == [(len(LATER),)]
    assert rows(path, "SELECT name FROM sqlite_master WHERE name = 'half'") == []


async def test_a_newer_file_is_refused_with_the_reason_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    prepare(path, PATIENCE, LATER)
    before = path.read_bytes()

    with pytest.raises(StoreTooNew, match=rf"written by a newer sttelnet \(form {TODAY + 2}, this one knows {TODAY}\)"):
        async with Store.open(path):
            pass

    assert path.read_bytes() == before


async def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "music.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")

    with pytest.raises(StoreError, match="another program's database"):
        async with Store.open(path):
            pass

    assert rows(path, "SELECT name FROM sqlite_master") == [("songs",)]


async def test_an_upgrade_waits_for_nobody_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    await make_older_file(path)

    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            prepare(path, PATIENCE, LATER)
        holder.execute("ROLLBACK")

    assert rows(path, "PRAGMA user_version") == [(TODAY,)]


async def test_a_current_file_opens_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    await make_older_file(path)

    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        async with Store.open(path, patience=PATIENCE) as store:
            assert len(await store.members.everyone()) == 1
        holder.execute("ROLLBACK")


async def test_several_that_make_the_same_new_file_all_get_it(tmp_path: Path) -> None:
    path = tmp_path / "members.db"

    await asyncio.gather(*(asyncio.to_thread(prepare, path, 5.0, LATER) for _ in range(6)))

    assert rows(path, "PRAGMA user_version") == [(len(LATER),)]
