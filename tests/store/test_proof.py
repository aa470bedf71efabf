"""The audit's chains: what was changed, taken out, put in or moved is found."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sttelnet.errors import StoreError
from sttelnet.store import Entry, Store, audit
from sttelnet.store.chain import Link
from sttelnet.store.migrations import MIGRATIONS
from sttelnet.store.proof import Broken, Whole, prove

COLUMNS = ("id", "chain", "at", "event", "who", "peer", "detail", "hash")
TRIGGERS = ("audit_no_update", "audit_no_delete", "audit_no_replace", "audit_chains_grow", "audit_chains_stay")
EVENTS = ("role", "log-in failed", "log-in", "refused", "muted", "token used", "kicked", "gap")


def entry(number: int) -> Entry:
    return Entry(1_000.0 + number, EVENTS[number % len(EVENTS)], f"kim{number % 3}", "10.0.0.9", f"é \x1b[2J {number}")


async def write(path: Path, count: int) -> None:
    async with Store.open(path) as store:
        for number in range(count):
            await store.audit.add(entry(number))


def tamper(path: Path, *statements: tuple[str, tuple[object, ...]]) -> None:
    """Do what somebody with the file and SQLite can do."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for trigger in TRIGGERS:
            connection.execute(f"DROP TRIGGER {trigger}")
        for sql, values in statements:
            connection.execute(sql, values)


@pytest.fixture(scope="module")
def chained(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with twelve rows."""
    path = tmp_path_factory.mktemp("chained") / "members.db"
    asyncio.run(write(path, 12))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return path.read_bytes()


@pytest.fixture
def copied(tmp_path: Path, chained: bytes) -> Callable[[], Path]:
    def copy() -> Path:
        path = tmp_path / "copy.db"
        path.write_bytes(chained)
        return path

    return copy


async def test_what_was_written_is_whole(tmp_path: Path) -> None:
    await write(tmp_path / "members.db", 30)

    assert prove(tmp_path / "members.db") == Whole(30, 0, 30, None)


def by_hand(path: Path) -> list[tuple[str, str]]:
    """Return of each row the hash that stands there, and that which docs/security.md tells anybody to work out."""
    found, before = [], {0: "", 1: ""}
    with closing(sqlite3.connect(path)) as connection:
        for number, chain, at, *words, written in connection.execute(
            f"SELECT {', '.join(COLUMNS)} FROM audit ORDER BY id"
        ):
            event, who, peer, detail = (json.dumps(word) for word in words)
            text = f'{{"at":{at!r},"chain":{chain},"detail":{detail},"event":{event},"id":{number},"peer":{peer},"who":{who}}}'
            found.append((written, hashlib.sha256(f"{before[chain]}\n{text}".encode("ascii")).hexdigest()))
            before[chain] = written
    return found


async def test_anybody_can_check_it_by_the_rule_of_the_docs(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    await write(path, 30)
    rows = by_hand(path)
    assert len(rows) == 30
    assert all(written == worked_out for written, worked_out in rows)

    tamper(path, ("UPDATE audit SET detail = 'another' WHERE id = 7", ()))
    assert [number for number, row in enumerate(by_hand(path), 1) if row[0] != row[1]] == [7]


async def test_an_empty_audit_is_whole(tmp_path: Path) -> None:
    await write(tmp_path / "members.db", 0)

    assert prove(tmp_path / "members.db") == Whole(0, 0, 0, None)


async def test_an_audit_that_was_pruned_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "STRANGERS_ROWS_KEPT", 300)
    path = tmp_path / "members.db"
    async with Store.open(path) as store, store._database.transaction() as transaction:
        for number in range(1_024):
            await audit.write_entry(transaction, entry(number))

    found = prove(path)

    assert isinstance(found, Whole)
    assert found.rows < 1_024
    assert 700 < found.pruned <= 1_024 - 300


ANY = st.one_of(st.text(max_size=9), st.integers(-(2**62), 2**62), st.floats(allow_nan=False), st.binary(max_size=9))
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(row=st.integers(1, 12), column=st.sampled_from(COLUMNS), value=ANY)
def test_any_change_of_any_column_of_any_row_is_found(
    copied: Callable[[], Path], row: int, column: str, value: object
) -> None:
    path = copied()
    with closing(sqlite3.connect(path)) as connection:
        (before,) = connection.execute(f"SELECT {column} FROM audit WHERE id = ?", (row,)).fetchone()
    try:
        tamper(path, (f"UPDATE OR REPLACE audit SET {column} = ? WHERE id = ?", (value, row)))
    except sqlite3.IntegrityError:  # the column takes no such value
        return
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"SELECT {column} FROM audit WHERE id = ?", (row,)).fetchall()
    if rows and (type(rows[0][0]), rows[0][0]) == (type(before), before):
        return  # nothing was changed

    assert isinstance(prove(path), Broken)


@QUICK
@given(rows=st.sets(st.integers(1, 12), min_size=1))
def test_any_rows_taken_out_are_found(copied: Callable[[], Path], rows: set[int]) -> None:
    path = copied()

    tamper(path, *(("DELETE FROM audit WHERE id = ?", (row,)) for row in rows))

    found = prove(path)
    assert isinstance(found, Broken)
    assert found.row >= min(rows)


@QUICK
@given(order=st.permutations(range(1, 13)))
def test_any_other_order_is_found(copied: Callable[[], Path], order: list[int]) -> None:
    path = copied()

    tamper(
        path,
        *(("UPDATE audit SET id = ? WHERE id = ?", (100 + to, at)) for at, to in enumerate(order, 1)),
        ("UPDATE audit SET id = id - 100", ()),
    )

    assert isinstance(prove(path), Broken) == (order != sorted(order))


@QUICK
@given(place=st.integers(1, 13), chain=st.integers(0, 1), good=st.booleans(), detail=st.text(max_size=9))
def test_a_row_put_in_anywhere_is_found_whatever_its_hash(
    copied: Callable[[], Path], place: int, chain: int, good: bool, detail: str
) -> None:
    path = copied()
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT hash FROM audit WHERE id < ? AND chain = ? ORDER BY id DESC LIMIT 1"
        before = connection.execute(sql, (place, chain)).fetchone() or ("",)
    link = Link(place, chain, 5.0, "role", "eve", "", detail.encode("utf-8", "replace").decode())
    values = (place, chain, 5.0, "role", "eve", "", link.detail, link.digest(before[0]) if good else "0" * 64)

    tamper(
        path,
        ("UPDATE audit SET id = id + 100 WHERE id >= ?", (place,)),
        ("UPDATE audit SET id = id - 99 WHERE id >= 100", ()),
        (f"INSERT INTO audit ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values),
    )

    assert isinstance(prove(path), Broken)


def test_the_first_row_that_is_amiss_is_named_and_what_is_amiss(copied: Callable[[], Path]) -> None:
    path = copied()
    tamper(path, ("DELETE FROM audit WHERE id = 5", ()), ("UPDATE audit SET who = 'eve' WHERE id = 9", ()))

    assert prove(path) == Broken(
        7, "it does not follow on row 3: one of both was changed, or one between was taken or put in"
    )


def test_the_newest_row_taken_out_is_found(copied: Callable[[], Path]) -> None:
    path = copied()
    tamper(path, ("DELETE FROM audit WHERE id = 12", ()))

    assert prove(path) == Broken(12, "it was the newest of its chain, which now ends in row 10")


def test_a_row_that_another_program_wrote_is_found(copied: Callable[[], Path]) -> None:
    path = copied()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO audit (at, event, who, peer, detail) VALUES (1, 'role', 'eve', '', '')")

    assert prove(path) == Broken(13, "it has no hash: it was not written by sttelnet")


def test_text_that_is_none_is_found(copied: Callable[[], Path]) -> None:
    path = copied()
    tamper(path, ("UPDATE audit SET detail = CAST(x'ff' AS TEXT) WHERE id = 1", ()))

    assert isinstance(prove(path), Broken)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET detail = 'x' WHERE id = 3",
        "UPDATE audit SET id = 99 WHERE id = 3",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit WHERE id = 2",  # of the chain that is pruned
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit (id, at, event, who, peer, detail) VALUES (3, 1, '', '', '', '')",
        "UPDATE audit_chains SET last_id = 1",
        "UPDATE audit_chains SET pruned_id = 5 WHERE chain = 0",
        "DELETE FROM audit_chains",
    ],
)
def test_the_table_refuses_to_be_changed(copied: Callable[[], Path], sql: str) -> None:
    with closing(sqlite3.connect(copied(), isolation_level=None)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match=r"never|only grow"):
            connection.execute(sql)


def test_where_the_chains_end_cannot_be_forgotten(copied: Callable[[], Path]) -> None:
    path = copied()
    tamper(path, ("DELETE FROM audit_chains WHERE chain = 0", ()))

    assert isinstance(prove(path), Broken)


async def test_a_file_that_was_tampered_with_takes_rows_all_the_same(copied: Callable[[], Path]) -> None:
    path = copied()
    tamper(path, ("DELETE FROM audit_chains", ()), ("DELETE FROM sqlite_sequence", ()))
    async with Store.open(path) as store:
        await store.audit.add(entry(12))

        assert (await store.audit.latest(1)) == [entry(12)]
        assert store.audit.waiting == 0


async def test_rows_from_before_there_were_chains_are_chained(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    step = next(at for at, migration in enumerate(MIGRATIONS) if migration.name == "the audit's chains")
    async with Store.open(path, steps=MIGRATIONS[:step]):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for number in range(2_500):
            one = entry(number)
            connection.execute(
                "INSERT INTO audit (at, event, who, peer, detail) VALUES (?, ?, ?, ?, ?)",
                (one.at, one.event, one.who, one.peer, one.detail),
            )
        connection.execute("COMMIT")
        connection.execute("DELETE FROM audit WHERE id % 7 = 0")

    with pytest.raises(StoreError, match="an audit without a chain"):
        prove(path)
    await write(path, 3)

    assert prove(path) == Whole(2_500 - 357 + 3, 0, 2_503, None)


@pytest.mark.parametrize("text", ["\ud800 lone", "nul \0 in it", "é" * 500, '"\\'])
async def test_any_text_is_chained(tmp_path: Path, text: str) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path) as store:
        await store.audit.add(Entry(1.5, "refused", text, text, text))
        await store.audit.add(Entry(2, "refused", "", "", ""))

        assert store.audit.waiting == 0
    assert prove(path) == Whole(2, 0, 2, None)


WRITER = """
import asyncio, sys
from pathlib import Path
from sttelnet.store import Entry, Store

async def main(path, name, count):
    async with Store.open(Path(path)) as store:
        print("ready", flush=True)
        for number in range(int(count)):
            await store.audit.write([Entry(float(number), "role", name)])
            print(number, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)], stdout=subprocess.PIPE, text=True
    )


def rows(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


async def test_two_processes_write_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    await write(path, 1)
    first, second = writer(path, "ann", 60), writer(path, "bob", 60)
    for process in (first, second):
        process.communicate(timeout=60)

    assert (first.returncode, second.returncode) == (0, 0)
    assert prove(path) == Whole(121, 0, 121, None)


async def test_a_process_killed_while_it_writes_leaves_an_audit_that_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    await write(path, 1)
    told = 0
    for round_ in range(6):
        process = writer(path, "ann", 100_000)
        assert process.stdout is not None
        for _ in range(2 + 9 * round_):
            process.stdout.readline()
        process.kill()
        told += sum(line.strip().isdigit() for line in process.stdout) + 1 + 9 * round_
        process.stdout.close()
        process.wait()

        found = prove(path)
        assert isinstance(found, Whole), found
    assert rows(path, "SELECT count(*) FROM audit WHERE who = 'ann'")[0][0] >= told
