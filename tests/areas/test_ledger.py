"""The books of file areas, over a real database and real folders."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from sttelnet.areas import Area, Areas, DownloadLedger, UploadLedger
from sttelnet.areas.ledger import OURS
from sttelnet.areas.listing import MISSING
from sttelnet.config import AreaConfig, FilesConfig
from sttelnet.errors import StoreError
from sttelnet.logs import session_logger
from sttelnet.role import Role
from sttelnet.store import Entry, NewMember, Store, StoredFile, TransferRow
from sttelnet.transfer import Batch, Ending, FileReport, Mover, Received
from tests.areas.archives import put

MIB = 1024 * 1024
CONFIG = FilesConfig(
    most_files=3,
    largest=2,
    transfer_quota=3,
    member_quota=4,
    disk_reserve=10,
    areas={
        "public": AreaConfig(directory="areas/public", quota=6),
        "staff": AreaConfig(directory="areas/staff", quota=6),
    },
)
KIM = Mover(1, "Kim", Role.MEMBER, "192.0.2.7")
ANN = Mover(2, "Ann", Role.OPERATOR, "192.0.2.8")
GUEST = Mover(None, "GUEST", Role.GUEST, "192.0.2.9")
EMPTY = Batch(files=0, size=0, free=10_000 * MIB)
FULL_MEMBER = "You have used up your 4 MiB."
FULL_AREA = "This area is full."
FULL_DISK = "The disk is nearly full; tell the operators."


class Site:
    """Areas in a folder, and a clock that stands still."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store = store
        self.areas = Areas(store, CONFIG, home, scripts=home / "scripts", database=home / "data" / "members.db")
        assert self.areas.prepare() == []

    def area(self, name: str = "public") -> Area:
        area = self.areas.find(name)
        assert area is not None
        return area

    def up(self, mover: Mover = KIM, area: str = "public", **config: int) -> UploadLedger:
        changed = msgspec.structs.replace(CONFIG, **config)
        log = session_logger(1, mover.peer)
        return UploadLedger(self.areas, self.area(area), self.store, changed, mover, log, clock=lambda: 10.0)

    async def bring(self, name: str, size: int, mover: Mover = KIM, area: str = "public") -> None:
        """Let a whole file come."""
        books = self.up(mover, area)
        assert await books.admit(name, size, EMPTY) == size
        put(self.area(area).directory, bytes(size), name)
        await books.keep(received(name, size))

    @property
    def coming(self) -> int:
        return self.areas.stock.all_coming


def received(name: str, size: int) -> Received:
    report = FileReport(name, Ending.DONE, size=size, seconds=2.0, sha256="ab" * 32)
    return Received(name, size, report.sha256, report)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    home = tmp_path.resolve()
    for folder in ("scripts", "data"):
        (home / folder).mkdir()
    async with Store.open(home / "data" / "members.db", patience=0.1) as store:
        for name, role in (("Kim", Role.MEMBER), ("Ann", Role.OPERATOR)):
            await store.members.add(NewMember(name, role, "hash", 1.0), Entry(1.0, "registered", name))
        yield Site(store, home)


async def close_for_writing(store: Store) -> None:
    await store._database._writer.execute_fetchall("PRAGMA query_only = ON")


# Quotas


@pytest.mark.parametrize(
    ("batch", "size", "verdict"),
    [
        (EMPTY, 5, 5),
        (EMPTY, 0, 0),
        (EMPTY, None, 2 * MIB),
        (EMPTY, 2 * MIB + 1, "That file is larger than the 2 MiB allowed here."),
        (EMPTY, 99_999_999_999_999_999_999, "That file is larger than the 2 MiB allowed here."),
        (replace(EMPTY, size=2 * MIB), MIB + 1, "That would be more than 3 MiB in one go."),
        (replace(EMPTY, size=2 * MIB), None, MIB),
        (replace(EMPTY, files=3), 5, "3 files in one go are enough."),
        (replace(EMPTY, free=11 * MIB), MIB + 1, FULL_DISK),
        (replace(EMPTY, free=11 * MIB), None, MIB),
        (replace(EMPTY, free=10 * MIB), 0, FULL_DISK),
    ],
)
async def test_a_file_is_held_to_the_limits_of_the_config(
    batch: Batch, size: int | None, verdict: int | str, site: Site
) -> None:
    assert await site.up().admit("a.bin", size, batch) == verdict


async def test_the_areas_list_of_descriptions_is_not_the_members_to_bring(site: Site) -> None:
    for name in ("descript.ion", "DESCRIPT.ION"):
        assert await site.up().admit(name, 5, EMPTY) == OURS
    assert await site.up().admit("descript.ion.txt", 5, EMPTY) == 5


async def test_an_area_takes_no_more_than_its_quota(site: Site) -> None:
    put(site.area().directory, bytes(5 * MIB), "there.bin")

    assert await site.up(ANN).admit("a.bin", MIB + 1, EMPTY) == FULL_AREA
    assert await site.up(ANN).admit("a.bin", None, EMPTY) == MIB
    assert await site.up(ANN, "staff").admit("a.bin", 2 * MIB, EMPTY) == 2 * MIB


async def test_a_member_has_a_quota_in_all_areas_together(site: Site) -> None:
    await site.bring("a.bin", 2 * MIB)
    await site.bring("b.bin", MIB, area="staff")

    assert await site.up().admit("c.bin", MIB + 1, EMPTY) == FULL_MEMBER
    assert await site.up(area="staff").admit("c.bin", MIB, EMPTY) == MIB


async def test_a_members_quota_is_given_back_with_the_file(site: Site) -> None:
    await site.bring("a.bin", 2 * MIB)
    await site.bring("b.bin", 2 * MIB, area="staff")
    assert await site.up().admit("c.bin", 1, EMPTY) == FULL_MEMBER
    await site.store.files.forget("public", ["a.bin"])

    assert await site.up().admit("c.bin", 2 * MIB, EMPTY) == 2 * MIB


@pytest.mark.parametrize("mover", [ANN, replace(ANN, role=Role.ADMIN), GUEST], ids=lambda mover: mover.role.name)
async def test_operators_and_guests_have_no_members_quota(mover: Mover, site: Site) -> None:
    for number, area in enumerate(("public", "staff", "public", "staff")):
        await site.bring(f"{number}.bin", 2 * MIB, mover, area)

    assert await site.up(mover).admit("c.bin", 2 * MIB, EMPTY) == 2 * MIB


async def test_an_area_that_is_gone_says_so(site: Site) -> None:
    site.area().directory.rmdir()

    assert await site.up().admit("a.bin", 5, EMPTY) == MISSING.reason


async def test_a_database_that_fails_admits_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: int) -> int:
        raise StoreError("The database cannot be used now.")

    monkeypatch.setattr(site.store.files, "used_by", broken)
    with pytest.raises(StoreError):
        await site.up().admit("a.bin", 5, EMPTY)
    assert site.coming == 0


# Room that is taken while a file comes


async def test_a_file_under_way_counts_for_area_member_and_disk(site: Site) -> None:
    first = site.up()
    assert await first.admit("a.bin", 2 * MIB, EMPTY) == 2 * MIB
    second = site.up()
    assert await second.admit("b.bin", 2 * MIB, EMPTY) == 2 * MIB
    assert site.coming == 4 * MIB

    assert await site.up(area="staff").admit("c.bin", 1, EMPTY) == FULL_MEMBER
    assert await site.up(ANN).admit("c.bin", 2 * MIB, replace(EMPTY, free=16 * MIB)) == 2 * MIB
    assert await site.up(ANN).admit("d.bin", 1, EMPTY) == FULL_AREA
    assert await site.up(ANN, "staff").admit("d.bin", 2, replace(EMPTY, free=16 * MIB + 1)) == FULL_DISK


async def test_a_file_of_unknown_size_takes_all_it_might_become(site: Site) -> None:
    assert await site.up().admit("a.bin", None, EMPTY) == 2 * MIB
    assert site.coming == 2 * MIB


async def test_two_who_ask_at_the_same_time_do_not_get_the_same_room(site: Site) -> None:
    put(site.area().directory, bytes(4 * MIB), "there.bin")
    movers = [Mover(1, "Kim", Role.MEMBER, "192.0.2.7"), Mover(None, "GUEST", Role.GUEST, "192.0.2.9")]
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(site.up(mover).admit(mover.name, 2 * MIB, EMPTY)) for mover in movers]

    assert sorted(map(str, (task.result() for task in asked))) == [str(2 * MIB), FULL_AREA]


async def test_two_sessions_of_a_member_do_not_get_the_same_room(site: Site) -> None:
    await site.bring("a.bin", 2 * MIB)
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(site.up().admit(f"{number}", 2 * MIB, EMPTY)) for number in range(2)]

    assert sorted(map(str, (task.result() for task in asked))) == [str(2 * MIB), FULL_MEMBER]


@pytest.mark.parametrize("ending", [ending for ending in Ending if ending is not Ending.DONE])
async def test_room_is_given_back_however_a_file_ends_that_does_not_come(ending: Ending, site: Site) -> None:
    books = site.up()
    await books.admit("a.bin", 2 * MIB, EMPTY)
    await books.moved("upload", FileReport("a.bin", ending, size=7, seconds=1.0))

    assert site.coming == 0
    assert await site.areas.stock.held(site.area()) == 0
    rows = await site.store.transfers.latest(9)
    assert rows == [TransferRow(10.0, "upload", "public", "a.bin", 7, "", 1, "Kim", KIM.peer, 1.0, ending.value)]


async def test_room_is_given_back_for_a_file_that_another_follows_without_a_word(site: Site) -> None:
    books = site.up()
    await books.admit("a.bin", 2 * MIB, EMPTY)
    await books.admit("b.bin", MIB, EMPTY)

    assert site.coming == MIB


async def test_room_is_given_back_where_a_transfer_is_cut_off(site: Site) -> None:
    books = site.up()
    await books.admit("a.bin", 2 * MIB, EMPTY)
    books.close()
    books.close()

    assert site.coming == 0


async def test_a_refused_file_takes_no_room(site: Site) -> None:
    assert isinstance(await site.up().admit("a.bin", 3 * MIB, EMPTY), str)
    assert site.coming == 0


# What is written down


async def test_a_file_that_came_is_entered_with_its_transfer_and_seen_at_once(site: Site) -> None:
    assert await site.areas.files(site.area()) == []
    await site.bring("a.bin", 5)

    stored = StoredFile("public", "a.bin", 5, "ab" * 32, 1, "Kim", 10.0)
    assert await site.store.files.in_area("public") == {"a.bin": stored}
    upload = TransferRow(10.0, "upload", "public", "a.bin", 5, "ab" * 32, 1, "Kim", KIM.peer, 2.0, "done")
    assert await site.store.transfers.latest(9) == [upload]
    files = await site.areas.files(site.area())
    assert isinstance(files, list)
    assert [(file.name, file.uploader) for file in files] == [("a.bin", "Kim")]
    assert (site.coming, await site.areas.stock.held(site.area())) == (0, 5)


async def test_a_guests_file_belongs_to_nobody(site: Site) -> None:
    await site.bring("a.bin", 5, GUEST)

    stored = (await site.store.files.in_area("public"))["a.bin"]
    assert (stored.uploader, stored.uploader_name) == (None, "GUEST")


async def test_a_file_that_cannot_be_entered_leaves_no_row_and_gives_its_room_back(site: Site) -> None:
    books = site.up()
    await books.admit("a.bin", 2 * MIB, EMPTY)
    await close_for_writing(site.store)
    with pytest.raises(StoreError):
        await books.keep(received("a.bin", 2 * MIB))
    await books.moved("upload", FileReport("a.bin", Ending.FAILED))

    assert site.coming == 0
    assert await site.store.files.in_area("public") == {}
    assert await site.store.transfers.latest(9) == []


@pytest.mark.parametrize("ending", Ending)
async def test_a_download_is_written_down_with_its_area_and_counted_if_it_is_whole(ending: Ending, site: Site) -> None:
    path = put(site.area().directory, b"12345", "a.bin")
    books = DownloadLedger(
        site.areas,
        {path: site.area()},
        site.store,
        CONFIG,
        KIM,
        session_logger(1, KIM.peer),
        clock=lambda: 10.0,
    )
    assert await site.areas.files(site.area())
    await books.moved("download", FileReport("a.bin", ending, size=5, seconds=2.0, path=path))

    row = TransferRow(10.0, "download", "public", "a.bin", 5, "", 1, "Kim", KIM.peer, 2.0, ending.value)
    assert await site.store.transfers.latest(9) == [row]
    files = await site.areas.files(site.area())
    assert isinstance(files, list)
    assert [file.downloads for file in files] == [int(ending is Ending.DONE)]


async def test_a_download_from_no_area_is_written_down_without_one(site: Site) -> None:
    books = DownloadLedger(site.areas, {}, site.store, CONFIG, KIM, session_logger(1, KIM.peer), clock=lambda: 10.0)
    for path in (None, site.area().directory / "gone.bin"):
        await books.moved("download", FileReport("gone.bin", Ending.REFUSED, path=path))

    assert [(row.area, row.result) for row in await site.store.transfers.latest(9)] == [("", "refused")] * 2


async def test_a_row_of_a_file_that_did_not_come_fails_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    books = site.up()
    await books.admit("a.bin", 5, EMPTY)
    await close_for_writing(site.store)
    await books.moved("upload", FileReport("a.bin", Ending.CANCELLED))

    assert "a transfer could not be written down" in caplog.text
    assert site.coming == 0
