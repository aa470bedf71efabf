"""Files on their way from a caller."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sttelnet.config import AreaConfig
from sttelnet.errors import StoreError
from sttelnet.store import TransferRow
from sttelnet.transfer import disk, place, receiving, target
from sttelnet.transfer.disk import Disk
from sttelnet.transfer.place import Place
from sttelnet.transfer.receiving import TAKEN, TWICE
from sttelnet.transfer.target import Target, busy_parts, part_name
from sttelnet.zmodem import ABORT, CrcWanted, Event
from sttelnet.zmodem.frames import End, Frame
from sttelnet.zmodem.headers import hex_header
from tests.bridge import RECEIVES
from tests.transfer.caller import DATE, Caller, Giving
from tests.transfer.house import ALL, SITE, House, hasten, house, until, with_files
from tests.zmodem.wire import WIDE, data, eof, offer

CONTENT = random.Random(17).randbytes(400_000)
SHA = hashlib.sha256(CONTENT).hexdigest()
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


def half_of(member: int = 1, name: str = "a.bin", size: int = len(CONTENT), date: int = DATE) -> str:
    return part_name(f"member {member}", name, size, date)


async def cut_off(home: House, cut: int, key: bytes = b"m") -> None:
    """Give a file and hang up on the way, once so much of it is on our disk."""
    async with home.caller() as caller:
        giving = Giving([("a.bin", CONTENT)])
        await caller.give(giving, key, until=lambda: giving.supplied >= cut)
        await until(lambda: sum(half.stat().st_size for half in home.halves()) >= cut - 65536)
        caller.cut()
    await home.empty()


# Going on where it stopped


@pytest.mark.parametrize("seed", range(4))
async def test_an_upload_that_was_cut_goes_on_where_it_stopped(seed: int, tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await cut_off(home, random.Random(seed).randrange(70_000, 390_000))
        (half,) = home.halves()
        there = half.stat().st_size
        assert half.name == half_of()
        assert half.read_bytes() == CONTENT[:there]
        async with home.caller() as caller:
            given = await caller.give(Giving([("a.bin", CONTENT)]), b"m")
            await caller.sees(ALL)
        first, second = await home.rows()

        assert given.started == [there]
        assert CrcWanted(there) in given.events
        assert home.arrived() == {"a.bin": CONTENT}
        assert home.halves() == []
        assert (first.result, second.result) == ("failed", "done")
        assert (second.size, second.sha256) == (len(CONTENT) - there, SHA)


async def test_an_upload_that_is_cut_again_and_again_arrives(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        for cut in (70_000, 80_000, 90_000):
            await cut_off(home, cut)
        async with home.caller() as caller:
            given = await caller.give(Giving([("a.bin", CONTENT)]), b"m")
            await caller.sees(ALL)

        assert given.started[0] > 100_000
        assert home.arrived() == {"a.bin": CONTENT}


async def test_a_file_that_has_changed_starts_over(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await cut_off(home, 100_000)
        changed = b"!" + CONTENT[1:]
        async with home.caller() as caller:
            given = await caller.give(Giving([("a.bin", changed)]), b"m")
            await caller.sees(ALL)

        assert given.started == [0]
        assert home.arrived() == {"a.bin": changed}
        assert (await home.rows())[-1].sha256 == hashlib.sha256(changed).hexdigest()


@pytest.mark.parametrize("other", [{"date": DATE + 1}, {"content": CONTENT + b"x"}, {"name": "b.bin"}])
async def test_another_date_size_or_name_is_another_file(other: dict[str, object], tmp_path: Path) -> None:
    content, name, date = other.get("content", CONTENT), other.get("name", "a.bin"), other.get("date", DATE)
    assert isinstance(content, bytes)
    assert isinstance(name, str)
    assert isinstance(date, int)
    async with house(tmp_path) as home:
        await cut_off(home, 100_000)
        async with home.caller() as caller:
            given = await caller.give(Giving([(name, content)], date=date), b"m")
            await caller.sees(ALL)

        assert given.started == [0]
        assert not [event for event in given.events if isinstance(event, CrcWanted)]
        assert home.arrived() == {name: content}
        assert [half.name for half in home.halves()] == [half_of()]


async def test_a_half_that_is_complete_is_not_asked_for_from_its_very_end(tmp_path: Path) -> None:
    """SyncTERM breaks off at an offset that is the file's size."""
    async with house(tmp_path) as home, home.caller() as caller:
        (home.incoming / half_of()).write_bytes(CONTENT)
        given = await caller.give(Giving([("a.bin", CONTENT)]), b"m")
        await caller.sees(ALL)

        assert given.started == [0]
        assert home.arrived() == {"a.bin": CONTENT}
        assert home.halves() == []


async def test_a_half_longer_than_the_file_starts_over(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        (home.incoming / half_of()).write_bytes(CONTENT + b"more")
        given = await caller.give(Giving([("a.bin", CONTENT)]), b"m")
        await caller.sees(ALL)

        assert given.started == [0]
        assert home.arrived() == {"a.bin": CONTENT}


async def test_a_program_that_proves_nothing_starts_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tera Term answers no ZCRC."""
    monkeypatch.setattr("sttelnet.zmodem.receiver._PROOF", 0.2)

    class Mum(Giving):
        def act(self, event: Event) -> None:
            if not isinstance(event, CrcWanted):
                super().act(event)

    async with house(tmp_path) as home, home.caller() as caller:
        (home.incoming / half_of()).write_bytes(CONTENT[:100_000])
        given = await caller.give(Mum([("a.bin", CONTENT)]), b"m")
        await caller.sees(ALL)

        assert given.started == [0]
        assert home.arrived() == {"a.bin": CONTENT}


TWO_MEMBERS = {**SITE, "area": '{% post:Up("member 2") %}'}


async def test_another_members_half_is_never_used(tmp_path: Path) -> None:
    async with house(tmp_path, scripts=TWO_MEMBERS) as home:
        await cut_off(home, 100_000)
        for key in (b"a", b"u"):
            async with home.caller() as caller:
                given = await caller.give(Giving([("a.bin", CONTENT)]), key)
                await caller.sees(ALL)
            assert given.started == [0]
            assert not [event for event in given.events if isinstance(event, CrcWanted)]
            (home.incoming / "a.bin").unlink()

        assert [half.name for half in home.halves()] == [half_of()]


async def test_of_two_sessions_with_the_same_half_the_second_is_refused_and_may_send_others(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as first, home.caller() as second:
        one = Giving([("a.bin", CONTENT)])
        await first.give(one, b"m", until=lambda: one.supplied >= 100_000)
        other = await second.give(Giving([("a.bin", CONTENT), ("b.bin", b"12345")]), b"m")
        assert f"a.bin: refused. {TWICE}" in await second.sees(ALL)
        await first.run_script(one)
        await first.sees(ALL)

        assert (other.unwanted, other.arrived) == (1, 1)
        assert home.arrived() == {"a.bin": CONTENT, "b.bin": b"12345"}
        assert not target._busy


@pytest.mark.parametrize("who", ["the caller", "the daemon"])
async def test_a_half_of_a_file_of_unknown_size_is_not_kept_whoever_cuts_the_line(who: str, tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        async with home.caller() as caller:
            await caller.invited(b"m", RECEIVES)
            await caller.key(WIDE.header(Frame.FILE) + WIDE.subpackets(b"a.bin\0", 1024, End.WAIT))
            await caller.hears(Frame.RPOS)
            await caller.key(data(0, CONTENT[:5000], End.MORE))
            await until(lambda: any(half.stat().st_size == 5000 for half in home.halves()))
            if who == "the caller":
                caller.cut()
            else:
                next(iter(home.server.clients.sessions.values())).cut()
        await home.empty()

        assert list(home.incoming.iterdir()) == []


async def test_halves_nobody_came_back_to_go_with_the_next_upload(tmp_path: Path) -> None:
    async with house(tmp_path, with_files(keep_partial=3600)) as home, home.caller() as caller:
        old, fresh = half_of(), half_of(2)
        for name, age in ((old, 3700), (fresh, 3500)):
            (home.incoming / name).write_bytes(b"half")
            os.utime(home.incoming / name, (time.time() - age,) * 2)
        await caller.give(Giving([("b.bin", b"12345")]))
        await caller.sees(ALL)

        assert [half.name for half in home.halves()] == [fresh]


# Names that are taken


async def test_a_file_that_is_there_is_not_overwritten_and_the_next_is_taken(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        (home.incoming / "a.bin").write_bytes(b"mine")
        given = await caller.give(Giving([("a.bin", CONTENT), ("b.bin", b"12345")]))

        assert (given.unwanted, given.arrived) == (1, 1)
        assert f"a.bin: skipped. {TAKEN}" in await caller.sees(ALL)
        assert home.arrived() == {"a.bin": b"mine", "b.bin": b"12345"}
        assert [result for _, _, result in await home.results()] == ["skipped", "done"]


async def test_a_name_that_is_taken_while_the_file_comes_is_not_overwritten(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        giving = Giving([("a.bin", CONTENT), ("b.bin", b"12345")])
        await caller.give(giving, b"m", until=lambda: giving.supplied >= 100_000)
        (home.incoming / "a.bin").write_bytes(b"mine")
        await caller.run_script(giving)

        assert (giving.unwanted, giving.arrived) == (1, 1)
        assert f"a.bin: refused. {TAKEN}" in await caller.sees(ALL)
        assert home.arrived() == {"a.bin": b"mine", "b.bin": b"12345"}
        assert home.halves() == []
        assert [result for _, _, result in await home.results()] == ["refused", "done"]


async def test_of_two_callers_who_bring_one_name_in_two_cases_the_first_to_end_has_it(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as first, home.caller() as second:
        one, other = Giving([("A.bin", CONTENT)]), Giving([("a.bin", CONTENT)])
        await first.give(one, until=lambda: one.supplied >= 60_000)
        await second.give(other, until=lambda: other.supplied >= 60_000)
        await first.run_script(one)
        await second.run_script(other)
        await first.sees(ALL)

        assert f"a.bin: refused. {TAKEN}" in await second.sees(ALL)
        assert (one.arrived, other.unwanted) == (1, 1)
        assert home.arrived() == {"A.bin": CONTENT}


async def test_the_same_name_twice_in_one_batch_comes_once(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        given = await caller.give(Giving([("a.bin", b"first"), ("A.BIN", b"second")]))
        await caller.sees(ALL)

        assert (given.unwanted, given.arrived) == (1, 1)
        assert home.arrived() == {"a.bin": b"first"}


async def test_a_file_left_for_the_next_is_told(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        await caller.invited(b"m", RECEIVES)
        await caller.key(offer(b"a.bin", len(CONTENT)))
        await caller.hears(Frame.RPOS)
        await caller.key(data(0, CONTENT[:5000]) + offer(b"b.bin", 5))
        await caller.hears(Frame.RPOS)
        await caller.key(data(0, b"12345") + eof(5))
        await caller.hears(Frame.RINIT)
        await caller.key(hex_header(Frame.FIN))
        await caller.hears(Frame.FIN)
        await caller.key(b"OO")

        assert "a.bin: failed. Your program left it before its end." in await caller.sees(ALL)
        assert home.arrived() == {"b.bin": b"12345"}
        assert [half.stat().st_size for half in home.halves()] == [5000]
        assert await home.results() == [("upload", "a.bin", "failed"), ("upload", "b.bin", "done")]


# Disks that are full, fail or hang


class Writes:
    """Makes the writes of all files fail that the test names, counted from 0."""

    def __init__(self, fails: Callable[[int], bool]) -> None:
        self._fails = fails
        self.count = 0
        self._write = Target.write

    def __get__(self, file: Target, _: object) -> Callable[[bytes], None]:
        def write(data: bytes) -> None:
            number, self.count = self.count, self.count + 1
            if self._fails(number):
                raise FULL
            self._write(file, data)

        return write


async def refused_by_the_disk(home: House, caller: Caller) -> None:
    told = await caller.sees(ALL)
    assert "a.bin could not be written: No space left on device" in told
    assert await home.results() == [("upload", "a.bin", "failed")]
    assert home.arrived() == {}
    await caller.key(b"h")
    await caller.sees("hello")


@pytest.mark.parametrize("key", [b"u", b"m"])
async def test_a_disk_that_is_full_ends_the_transfer_with_a_sentence(
    key: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Target, "write", Writes(lambda number: number >= 3))
    async with house(tmp_path) as home, home.caller() as caller:
        await caller.give(Giving([("a.bin", CONTENT), ("b.bin", b"12345")]), key)
        await refused_by_the_disk(home, caller)

        assert ABORT in caller.wire
        assert len(home.halves()) == (key == b"m")


@pytest.mark.parametrize("behind", [b"", hex_header(Frame.FIN) + b"OO"], ids=["", "and a goodbye"])
@pytest.mark.parametrize("failing", [0, 1, 2])
async def test_a_file_with_a_hole_is_never_published(
    failing: int, behind: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "BEHIND", 0)  # that it failed is noticed at once, not only at the file's end
    monkeypatch.setattr(Target, "write", Writes(lambda number: number == failing))
    async with house(tmp_path) as home, home.caller() as caller:
        await caller.invited(b"u", RECEIVES)
        await caller.key(offer(b"a.bin", 3072))
        await caller.hears(Frame.RPOS)
        pieces = b"".join(data(at, bytes(1024), End.LAST) for at in range(0, 3072, 1024))
        await caller.key(pieces + eof(3072) + behind)  # all at once

        await refused_by_the_disk(home, caller)


async def test_a_disk_that_is_full_as_the_caller_hangs_up_keeps_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = threading.Event()

    def fails(_: int) -> bool:
        may.wait(10)
        return True

    monkeypatch.setattr(Target, "write", Writes(fails))
    async with house(tmp_path) as home:
        async with home.caller() as caller:
            giving = Giving([("a.bin", CONTENT)])
            await caller.give(giving, b"m", until=lambda: giving.supplied >= 60_000)
            await asyncio.sleep(0.05)
            caller.cut()
        await asyncio.sleep(0.05)
        may.set()
        await home.empty()

        assert not target._busy
        assert await home.results() == [("upload", "a.bin", "failed")]


async def test_a_file_that_cannot_be_made_to_last_did_not_arrive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Target, mtime: int | None) -> None:
        raise FULL

    monkeypatch.setattr(Target, "publish", full)
    async with house(tmp_path) as home, home.caller() as caller:
        given = await caller.give(Giving([("a.bin", CONTENT)]))

        assert given.arrived == 0
        await refused_by_the_disk(home, caller)


async def test_a_directory_that_is_tampered_with_is_a_sentence(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        (tmp_path / "secret").write_bytes(b"secret")
        os.link(tmp_path / "secret", home.incoming / half_of())
        await caller.give(Giving([("a.bin", CONTENT)]), b"m")

        assert f"a.bin could not be written: {half_of()} was tampered with" in await caller.sees(ALL)
        assert (tmp_path / "secret").read_bytes() == b"secret"


@pytest.mark.parametrize("method", ["read_back", "start_over"])
async def test_a_half_that_cannot_be_taken_up_ends_the_transfer_with_a_sentence(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Target) -> int:
        raise OSError(errno.EIO, "Input/output error")

    async with house(tmp_path) as home, home.caller() as caller:
        (home.incoming / half_of()).write_bytes(b"not the same")
        monkeypatch.setattr(Target, method, broken)
        await caller.give(Giving([("a.bin", CONTENT)]), b"m")
        await caller.key(b"q\r" * 100)  # it is no command

        assert "The transfer was broken off: Input/output error." in await caller.sees(ALL)
        assert ABORT in caller.wire
        await caller.key(b"h")
        await caller.sees("hello")
        assert not target._busy


@pytest.mark.parametrize("method", ["write", "publish"])
async def test_a_disk_that_hangs_ends_the_transfer_soon_and_holds_up_nobody_else(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "LONGEST", 0.4)
    monkeypatch.setattr(receiving, "BEHIND", 100_000)
    may, begun = threading.Event(), threading.Event()
    true = getattr(Target, method)

    def hung(file: Target, what: object) -> None:
        begun.set()
        may.wait(30)
        true(file, what)

    monkeypatch.setattr(Target, method, hung)
    async with house(tmp_path) as home, home.caller() as caller, home.caller() as other:
        giving = Giving([("a.bin", CONTENT)])
        await caller.give(giving, b"m", until=begun.is_set)
        await other.key(b"h")
        await other.sees("hello")
        began = asyncio.get_running_loop().time()
        await caller.run_script(giving)
        assert "the disk does not answer" in await caller.sees(ALL)
        assert asyncio.get_running_loop().time() - began < 5  # it is waited for once
        assert await home.results() == [("upload", "a.bin", "failed")]
        await caller.key(b"h")
        await caller.sees("hello")
        may.set()
        await until(lambda: not target._busy)


async def test_a_file_that_is_opened_too_late_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LONGEST", 0.3)
    may = threading.Event()
    true = Place.open

    def hung(where: Place, name: str, flags: int) -> int:
        may.wait(30)
        return true(where, name, flags)

    monkeypatch.setattr(Place, "open", hung)
    async with house(tmp_path) as home, home.caller() as caller:
        await caller.give(Giving([("a.bin", CONTENT)]), b"m")
        assert "the disk does not answer" in await caller.sees(ALL)
        may.set()
        await until(lambda: not target._busy)


async def test_a_slow_disk_slows_the_caller_down_instead_of_filling_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "BEHIND", 200_000)
    may, most = threading.Event(), [0]
    post = Disk.post

    def watched(work: Disk, call: Callable[[], object], size: int) -> None:
        post(work, call, size)
        most[0] = max(most[0], work._behind)

    def slow(_: int) -> bool:
        may.wait(30)
        return False

    monkeypatch.setattr(Disk, "post", watched)
    monkeypatch.setattr(Target, "write", Writes(slow))
    content = CONTENT * 8
    async with house(tmp_path) as home, home.caller() as caller:
        giving = Giving([("a.bin", content)])
        await caller.give(giving, until=lambda: giving.supplied >= 60_000)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(caller.run_script(giving))
            await asyncio.sleep(0.5)
            assert giving.supplied < len(content)
            may.set()
        await caller.sees(ALL)

        assert home.arrived() == {"a.bin": content}
        assert most[0] <= 200_000 + 128 * 1024


async def test_the_reserve_of_the_disk_is_not_touched(tmp_path: Path) -> None:
    async with house(tmp_path, with_files(disk_reserve=1_048_576)) as home, home.caller() as caller:
        given = await caller.give(Giving([("a.bin", b"12345")]))

        assert given.unwanted == 1
        assert "a.bin: refused. The disk is nearly full; tell the operators." in await caller.sees(ALL)
        assert list(home.incoming.iterdir()) == []


async def test_a_directory_whose_disk_cannot_tell_its_room_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Place) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(place.Place, "free", broken)
    async with house(tmp_path) as home, home.caller() as caller:
        await caller.give(Giving([("a.bin", b"12345")]))

        assert "The transfer was broken off: Input/output error." in await caller.sees(ALL)
        assert list(home.incoming.iterdir()) == []


# The books


async def test_a_file_that_cannot_be_entered_is_taken_back_and_the_sender_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        add = home.server.services.store.transfers.add
        tries: list[str] = []

        async def broken(row: TransferRow) -> None:
            tries.append(row.name)
            if tries == ["a.bin"]:
                raise StoreError("The database cannot be used now.")
            await add(row)

        monkeypatch.setattr(home.server.services.store.transfers, "add", broken)
        given = await caller.give(Giving([("a.bin", CONTENT), ("b.bin", b"12345")]), b"m")

        assert (given.unwanted, given.arrived) == (1, 1)
        assert "a.bin: failed. It could not be entered: The database cannot be used now." in await caller.sees(ALL)
        assert home.arrived() == {"b.bin": b"12345"}
        assert home.halves() == []
        assert await home.results() == [("upload", "a.bin", "failed"), ("upload", "b.bin", "done")]


async def test_the_sender_is_told_only_once_the_file_is_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        add = home.server.services.store.transfers.add
        may = asyncio.Event()

        async def slow(row: TransferRow) -> None:
            await may.wait()
            await add(row)

        monkeypatch.setattr(home.server.services.store.transfers, "add", slow)
        giving = Giving([("a.bin", b"12345")])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(caller.give(giving))
            await until(lambda: home.arrived() == {"a.bin": b"12345"})
            await asyncio.sleep(0.2)
            assert giving.arrived == 0
            may.set()
        await caller.sees(ALL)

        assert giving.arrived == 1


async def test_so_many_files_in_one_go_and_no_more(tmp_path: Path) -> None:
    async with house(tmp_path, with_files(most_files=2)) as home, home.caller() as caller:
        given = await caller.give(Giving([(f"{number}.bin", b"12345") for number in range(4)]))

        assert (given.arrived, given.unwanted) == (2, 2)
        assert "2.bin: refused. 2 files in one go are enough." in await caller.sees(ALL)
        assert sorted(home.arrived()) == ["0.bin", "1.bin"]


async def test_a_file_brought_to_an_area_is_entered_there_and_its_giver_asked_what_it_is(tmp_path: Path) -> None:
    public = AreaConfig(directory="areas/public", upload="guest")
    async with house(tmp_path, with_files(areas={"public": public})) as home:
        async with home.caller() as caller:
            giving = Giving([("cut.bin", CONTENT)])
            await caller.give(giving, b"a", until=lambda: giving.supplied >= 100_000)
            assert home.server.areas.stock.all_coming == len(CONTENT)
            caller.cut()
        await home.empty()
        assert home.server.areas.stock.all_coming == 0
        async with home.caller() as caller:
            await caller.give(Giving([("a.bin", CONTENT)]), b"a")
            await caller.sees("What is a.bin?")
            await caller.line("Random bytes")
            await caller.sees("menu")
        stored = await home.server.services.store.files.find("public", "a.bin")

        assert stored is not None
        assert (stored.size, stored.sha256, stored.description) == (len(CONTENT), SHA, "Random bytes")
        assert [(row.area, row.name, row.result) for row in await home.rows()] == [
            ("public", "cut.bin", "failed"),
            ("public", "a.bin", "done"),
        ]
        assert [path.name for path in home.area.iterdir()] == ["a.bin"]


async def test_a_database_that_fails_as_a_file_is_offered_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object, name: str, size: int | None, batch: object) -> int:
        raise StoreError("The database cannot be used now.")

    monkeypatch.setattr("sttelnet.transfer.ledger.SiteLedger.admit", broken)
    async with house(tmp_path) as home, home.caller() as caller:
        given = await caller.give(Giving([("a.bin", b"12345")]))

        assert given.unwanted == 1
        assert "a.bin: refused. It could not be entered: The database cannot be used now." in await caller.sees(ALL)


@pytest.mark.skipif(sys.platform == "win32", reason="modes say little on Windows")
async def test_a_file_is_for_us_alone_whatever_mode_its_sender_wants(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        await caller.invited(b"u", RECEIVES)
        block = b"a.bin\0" + b"5 0 104755 0 1 5\0"
        await caller.key(WIDE.header(Frame.FILE) + WIDE.subpackets(block, 1024, End.WAIT))
        await caller.hears(Frame.RPOS)
        await caller.key(data(0, b"12345") + eof(5))
        await caller.hears(Frame.RINIT)
        await caller.key(hex_header(Frame.FIN))
        await caller.hears(Frame.FIN)
        await caller.key(b"OO")
        await caller.sees(ALL)

        assert (home.incoming / "a.bin").stat().st_mode & 0o7777 == 0o600


def test_a_place_knows_which_halves_are_worked_on(tmp_path: Path) -> None:
    where = Place(tmp_path)
    file = Target(where, "a.bin", half_of())

    assert busy_parts(where) == {half_of()}
    file.drop()
    where.close()
