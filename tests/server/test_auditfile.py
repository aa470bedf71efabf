"""The audit's file: behind its table, whatever comes between."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.server.auditfile import AuditFile
from sttelnet.store import Entry, Store, audit
from sttelnet.store.proof import Broken, Whole, prove
from tests.daemon import PATIENCE, config_with, daemon
from tests.shell_site import eventually


class House:
    """A store, and the file beside it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.database, self.path = store, folder / "members.db", folder / "audit.jsonl"
        self.file = AuditFile(store.audit, lambda: self.path)

    async def write(self, *numbers: int) -> None:
        for number in numbers:
            event = "log-in failed" if number % 3 == 0 else "role"
            await self.store.audit.add(Entry(float(number), event, "kim", "", f"\x1b[2J é {number}"))

    async def copy(self) -> None:
        await self.file.copy()

    def ids(self) -> list[int]:
        lines = [json.loads(line) for line in self.path.read_text("ascii").splitlines()]
        return [line.get("id", -line.get("begins_behind", 0)) for line in lines]

    def prove(self) -> Whole | Broken:
        return prove(self.database, self.path)

    async def start_again(self) -> None:
        await self.file.finish()
        self.file = AuditFile(self.store.audit, lambda: self.path)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with Store.open(tmp_path / "members.db") as store:
        house = House(store, tmp_path)
        yield house
        await house.file.finish()


async def test_each_row_is_a_line_with_its_hash_that_acts_on_no_terminal(house: House) -> None:
    await house.write(1, 2)
    await house.copy()
    await house.write(3)
    await house.copy()

    assert house.ids() == [1, 2, 3]
    assert house.path.read_text("ascii").replace("\n", "").isprintable()
    assert json.loads(house.path.read_text("ascii").splitlines()[1]) == {
        "at": 2.0,
        "chain": 0,
        "detail": "\x1b[2J é 2",
        "event": "role",
        "hash": (await house.store.audit.after(1, 1))[0].hash,
        "id": 2,
        "peer": "",
        "who": "kim",
    }
    assert house.prove() == Whole(3, 0, 3, 3)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps files by access lists, not modes")
async def test_nobody_else_may_read_it(house: House) -> None:
    await house.copy()

    assert house.path.stat().st_mode & 0o777 == 0o600


async def test_rows_written_while_no_daemon_ran_come_at_the_next_start(house: House) -> None:
    await house.write(1, 2)
    await house.copy()
    await house.start_again()
    await house.write(3, 4)

    await house.copy()

    assert house.ids() == [1, 2, 3, 4]


async def test_a_line_half_written_is_cut_off_and_written_whole(house: House) -> None:
    await house.write(1, 2)
    await house.copy()
    await house.start_again()
    os.truncate(house.path, house.path.stat().st_size - 40)

    await house.copy()

    assert house.ids() == [1, 2]
    assert house.prove() == Whole(2, 0, 2, 2)


async def test_a_file_that_takes_the_place_of_a_rotated_one_goes_on(house: House) -> None:
    await house.write(1, 2)
    await house.copy()
    house.path.replace(house.path.with_name("audit.jsonl.1"))
    await house.write(3)
    await house.copy()  # still into the old one
    house.file.reopen()
    await house.write(4)

    await house.copy()
    await house.start_again()
    await house.write(5)
    await house.copy()

    assert house.ids() == [-3, 4, 5]
    assert house.prove() == Whole(5, 0, 5, 2)
    assert prove(house.database, house.path.with_name("audit.jsonl.1")) == Whole(5, 0, 5, 3)


async def test_opened_anew_in_its_place_it_goes_on(house: House) -> None:
    await house.write(1)
    await house.copy()
    house.file.reopen()
    await house.write(2)
    await house.copy()

    assert house.ids() == [1, 2]


async def test_a_file_that_belongs_to_another_table_is_left_alone(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.write(1, 2)
    await house.copy()
    await house.file.finish()
    text = house.path.read_text("ascii")
    house.path.write_text(text.replace('"id":2', '"id":9'), "ascii")
    house.file = AuditFile(house.store.audit, lambda: house.path)
    await house.write(3)

    await house.copy()
    await house.copy()

    assert house.ids() == [1, 9]
    assert [record.message.partition(": ")[0] for record in caplog.records] == ["the audit's file is behind its table"]
    assert house.prove() == Broken(9, "the file has it, and the table has not (line 2 of the file)")


@pytest.mark.parametrize("rotated", [False, True], ids=["rows", "begins behind"])
async def test_moved_away_while_the_daemon_runs_another_tables_file_is_begun_anew_with_every_row(
    house: House, tmp_path: Path, rotated: bool
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    async with Store.open(other / "members.db") as store:
        theirs = House(store, other)
        await theirs.write(*range(1, 41))
        await theirs.copy()
        if rotated:
            theirs.path.unlink()
            theirs.file.reopen()
            await theirs.copy()
        await theirs.file.finish()
    theirs.path.replace(house.path)
    await house.write(1, 2, 3)
    await house.copy()
    kept = house.path.read_bytes()

    await house.copy()
    assert house.path.read_bytes() == kept
    house.path.replace(tmp_path / "moved")
    await house.copy()
    await house.write(4)
    await house.copy()

    assert house.ids() == [1, 2, 3, 4]
    assert house.prove() == Whole(4, 0, 4, 4)


@pytest.mark.parametrize("number", [4, 10**30])
async def test_a_file_that_begins_behind_a_row_that_is_not_yet_there_is_left_alone(
    house: House, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    house.path.write_text(f'{{"begins_behind": {number}}}\n', "ascii")
    await house.write(1, 2, 3)

    await house.copy()

    assert house.ids() == [-number]
    assert len(caplog.records) == 1
    assert house.prove() == Broken(number, "the file goes on behind it, and the table has not got so far (line 1)")


async def test_cancelled_before_it_knows_whether_the_file_belongs_it_writes_no_row_twice(house: House) -> None:
    await house.write(1, 2)
    await house.copy()
    await house.start_again()
    await house.write(3)
    for turns in range(12):  # a stop may come at each step of it
        async with asyncio.TaskGroup() as tasks:
            copying = tasks.create_task(house.copy())
            for _ in range(turns):
                await asyncio.sleep(0.001)
            copying.cancel()
        await house.start_again()

    await house.copy()

    assert house.ids() == [1, 2, 3]


async def test_it_is_finished_while_every_thread_of_the_loop_is_taken(house: House) -> None:
    gate = threading.Event()
    taken = [asyncio.get_running_loop().run_in_executor(None, gate.wait) for _ in range(64)]
    try:
        await house.write(1)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(house.file.run())
            await asyncio.sleep(0)
            running.cancel()
        async with asyncio.timeout(PATIENCE):
            await house.start_again()
        assert house.ids() == [1]
    finally:
        gate.set()
        await asyncio.gather(*taken)


async def test_where_it_cannot_be_written_its_rows_come_later(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.path.mkdir()
    await house.write(1)
    await house.copy()
    await house.copy()

    assert len(caplog.records) == 1
    house.path.rmdir()
    await house.copy()
    assert house.ids() == [1]


@pytest.mark.parametrize("content", [b"SQLite format 3\0 and no line end", b"{", b'{"at":1', b'{"at":1\n', b"\n\n"])
async def test_another_file_of_that_name_is_left_as_it_is(
    house: House, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    house.path.write_bytes(content)
    await house.write(1)

    await house.copy()

    if content.startswith(b"{") and not content.endswith(b"\n"):  # the first line of our own, cut off
        assert house.ids() == [1]
    else:
        assert house.path.read_bytes() == content
        assert len(caplog.records) == 1


async def test_without_a_name_there_is_none(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "members.db") as store:
        file = AuditFile(store.audit, lambda: None)
        await store.audit.add(Entry(1.0, "role", "kim"))
        await file.copy()
        await file.finish()

    assert prove(tmp_path / "members.db", None) == Whole(1, 0, 1, None)


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        ('"who":"kim"', '"who":"eve"', 1),
        ('"id":2', '"id":3', 3),
        ("\n", "\n\n", 0),
        ('"at":1.0', '"at":1', 1),
        ('{"at"', '{ "at"', 0),
        ('"chain"', '"change"', 0),
    ],
)
async def test_a_line_that_is_not_what_the_table_has_is_found(house: House, before: str, after: str, row: int) -> None:
    await house.write(1, 2, 3)
    await house.copy()
    text = house.path.read_text("ascii")

    house.path.write_bytes(text.replace(before, after, 1).encode())

    found = house.prove()
    assert isinstance(found, Broken)
    assert found.row == row


async def test_lines_of_rows_that_were_pruned_stay(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "STRANGERS_ROWS_KEPT", 10)
    for number in range(1, 255):
        await house.store.audit.add(Entry(float(number), "refused" if number % 2 else "role", "kim"))
    await house.copy()
    await house.write(1, 2, 3)
    await house.copy()
    await house.start_again()
    await house.copy()

    assert house.ids() == list(range(1, 258))
    assert house.prove() == Whole(257 - 123, 245, 257, 257)


async def test_a_line_taken_out_is_found(house: House) -> None:
    await house.write(1, 2, 3)
    await house.copy()
    lines = house.path.read_bytes().splitlines(keepends=True)
    house.path.write_bytes(lines[0] + lines[2])

    assert house.prove() == Broken(2, "the table has it, and the file has not (line 2 of the file)")


async def test_a_hang_up_signal_opens_the_file_anew_and_is_in_the_audit(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("SIGHUP is POSIX's")
    file = tmp_path / "audit.jsonl"
    async with daemon(tmp_path, {"root": "r"}, config_with(audit={"file": "audit.jsonl"})):
        await eventually(file.exists)
        await eventually(lambda: file.stat().st_size > 0)
        file.replace(tmp_path / "audit.jsonl.1")
        os.kill(os.getpid(), signal.SIGHUP)
        await eventually(lambda: file.exists() and '"reload"' in file.read_text("ascii"))

    first, *_, last = [json.loads(line) for line in file.read_text("ascii").splitlines()]
    assert list(first) == ["begins_behind"]
    assert (last["event"], last["detail"]) == ("reload", "by signal")
    assert isinstance(prove(tmp_path / "sttelnet.db", file), Whole)
