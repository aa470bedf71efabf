"""The areas of a site, over a real database and real folders."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sttelnet.areas import Area, AreaFile, Areas, Unavailable, areas, merging, shelf
from sttelnet.areas.listing import MISSING, Found, scan
from sttelnet.config import AreaConfig, FilesConfig
from sttelnet.role import Role
from sttelnet.store import Entry, NewMember, Store, StoredFile, TransferRow
from tests.areas.archives import put, zipped

CONFIG = FilesConfig(
    areas={
        "public": AreaConfig(directory="areas/public", title="Public files"),
        "staff": AreaConfig(directory="areas/staff", list="operator", download="operator", upload="nobody"),
        "closed": AreaConfig(directory="areas/closed", list="nobody", download="nobody", upload="nobody"),
    }
)
STORED = StoredFile("public", "Tools.zip", 5, "ab" * 32, 1, "Kim", 10.0, "Small tools")
UPLOAD = TransferRow(10.0, "upload", "public", "Tools.zip", 5, "ab" * 32, 1, "Kim", "10.0.0.9", 2.5, "done")
DOWNLOAD = replace(UPLOAD, direction="download", member=None, who="GUEST")


class Site:
    """Areas in a folder, and a clock that stands still until told."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store, self.home = store, home
        self.now = 1000.0
        self.areas = Areas(
            store,
            CONFIG,
            home,
            scripts=home / "scripts",
            database=home / "data" / "sttelnet.db",
            clock=lambda: self.now,
        )
        self.faults = self.areas.prepare()

    def area(self, name: str = "public") -> Area:
        area = self.areas.find(name)
        assert area is not None
        return area

    def put(self, name: str, data: bytes = b"12345", area: str = "public") -> Path:
        return put(self.area(area).directory, data, name)

    async def files(self, name: str = "public") -> list[AreaFile]:
        files = await self.areas.files(self.area(name))
        assert not isinstance(files, Unavailable)
        return files

    async def names(self, name: str = "public") -> list[str]:
        return [file.name for file in await self.files(name)]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    home = tmp_path.resolve()
    for folder in ("scripts", "data"):
        (home / folder).mkdir()
    async with Store.open(home / "data" / "sttelnet.db", patience=0.1) as store:
        await store.members.add(NewMember("Kim", Role.MEMBER, "hash", 1.0), Entry(1.0, "registered", "Kim"))
        yield Site(store, home)


# Which there are


def test_no_area_is_served_before_its_directory_was_looked_at(tmp_path: Path) -> None:
    unprepared = Areas(object(), CONFIG, tmp_path, scripts=tmp_path / "s", database=tmp_path / "d")  # type: ignore[arg-type]  # never asked

    assert unprepared.visible(Role.ADMIN) == []
    assert unprepared.find("public") is None


async def test_areas_are_seen_by_those_who_may_do_something_there_in_the_order_of_the_config(site: Site) -> None:
    assert site.faults == []
    assert [area.name for area in site.areas.visible(Role.GUEST)] == ["public"]
    assert [area.name for area in site.areas.visible(Role.OPERATOR)] == ["public", "staff"]


async def test_an_area_is_found_by_its_name_in_any_case(site: Site) -> None:
    area = site.areas.find("PUBLIC")

    assert area is not None
    assert (area.name, area.title, area.directory) == ("public", "Public files", site.home / "areas" / "public")
    assert site.areas.find("nowhere") is None


async def test_new_rights_count_at_once_and_a_new_directory_once_it_was_looked_at(site: Site) -> None:
    moved = AreaConfig(directory="areas/moved", list="member", download="member", upload="member")
    site.areas.config = FilesConfig(areas={"public": moved, "staff": AreaConfig(directory="areas/staff")})
    assert [area.name for area in site.areas.visible(Role.GUEST)] == ["staff"]
    assert site.areas.find("public") is None

    assert site.areas.prepare() == []

    assert [area.name for area in site.areas.visible(Role.MEMBER)] == ["public", "staff"]
    site.put("here.txt")
    assert await site.names() == ["here.txt"]


async def test_an_area_that_contains_the_database_is_not_served(site: Site) -> None:
    site.areas.config = FilesConfig(areas={"bad": AreaConfig(directory="data"), "good": AreaConfig(directory="good")})

    faults = site.areas.prepare()

    assert len(faults) == 1
    assert "contains the database" in faults[0]
    assert [area.name for area in site.areas.visible(Role.ADMIN)] == ["good"]


# What is in them


async def test_files_are_shown_with_what_is_known_of_them(site: Site) -> None:
    site.put("Tools.zip")
    site.put("notes.zip", zipped(b"----\nNotes\n"))
    await site.store.files.record(STORED, UPLOAD)
    await site.store.transfers.add(DOWNLOAD)

    notes, tools = await site.files()

    assert (tools.uploader, tools.uploaded, tools.sha256, tools.downloads) == ("Kim", 10.0, "ab" * 32, 1)
    assert tools.description == "Small tools"
    assert (notes.description, notes.summary, notes.uploader) == ("----\nNotes", "Notes", "")


async def test_rows_whose_file_is_gone_are_forgotten(site: Site) -> None:
    site.put("other.txt")
    await site.store.files.record(STORED, UPLOAD)
    await site.store.files.record(replace(STORED, area="staff"), UPLOAD)

    assert await site.names() == ["other.txt"]

    assert await site.store.files.in_area("public") == {}
    assert await site.store.files.used_by(1) == 5  # what is in the area nobody looked at


async def test_a_disk_that_is_gone_makes_nothing_forgotten(site: Site) -> None:
    await site.store.files.record(STORED, UPLOAD)
    assert await site.names() == []
    site.area().directory.rmdir()
    site.now += 10

    assert await site.areas.files(site.area()) == MISSING

    assert await site.store.files.find("public", "Tools.zip") == STORED


async def test_a_file_that_comes_while_an_area_is_looked_at_is_not_forgotten(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put("other.txt")
    answered = threading.Event()

    def slowly(*args: Any) -> tuple[StoredFile, ...]:
        answered.wait(30)
        return merging.gone(*args)

    monkeypatch.setattr(shelf, "gone", slowly)
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(site.names())
        await asyncio.sleep(0.1)
        site.put("Tools.zip")
        await site.store.files.record(STORED, UPLOAD)
        answered.set()

    assert looking.result() == ["other.txt"]
    assert await site.store.files.find("public", "Tools.zip") == STORED


async def test_many_who_look_cost_one_look(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.put("a.txt")
    scans: list[Path] = []

    def counted(directory: Path) -> tuple[Found, ...] | Unavailable:
        scans.append(directory)
        return scan(directory)

    monkeypatch.setattr(shelf, "scan", counted)
    async with asyncio.TaskGroup() as tasks:
        looking = [tasks.create_task(site.names()) for _ in range(100)]

    assert [task.result() for task in looking] == [["a.txt"]] * 100
    assert len(scans) == 1
    await site.names()
    assert len(scans) == 1
    site.now += 3
    await site.names()
    assert len(scans) == 2


async def test_what_has_changed_is_seen_at_once(site: Site) -> None:
    site.put("other.txt")
    assert await site.names() == ["other.txt"]
    site.put("Tools.zip")
    await site.store.files.record(STORED, UPLOAD)
    assert await site.names() == ["other.txt"]

    site.areas.changed(site.area())

    assert [(file.name, file.uploader) for file in await site.files()] == [("other.txt", ""), ("Tools.zip", "Kim")]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes in folders")
async def test_a_disk_that_hangs_keeps_nobody_waiting_for_long(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sttelnet.health.lane.LOOK_SECONDS", 0.1)
    hung = threading.Event()
    monkeypatch.setattr(shelf, "scan", lambda directory: hung.wait(30) and ())
    threads = threading.active_count()

    async with asyncio.timeout(5):
        answers = [await site.areas.files(site.area()) for _ in range(20)]

    assert answers == [shelf.NO_ANSWER] * 20
    assert threading.active_count() == threads + 1
    hung.set()


async def test_a_database_that_fails_is_told_in_a_sentence(site: Site) -> None:
    async with site.store._database.transaction() as transaction:
        await transaction.run("DROP TABLE transfers")

    assert await site.areas.files(site.area()) == shelf.NO_DATABASE


async def test_a_row_that_cannot_be_forgotten_now_does_not_hide_the_files(site: Site) -> None:
    site.put("other.txt")
    await site.store.files.record(STORED, UPLOAD)
    await site.store._database._writer.execute_fetchall("PRAGMA query_only = ON")

    assert await site.names() == ["other.txt"]

    await site.store._database._writer.execute_fetchall("PRAGMA query_only = OFF")
    site.now += 3
    assert await site.names() == ["other.txt"]
    assert await site.store.files.in_area("public") == {}


# Search


async def search(site: Site, role: Role, words: str) -> list[str]:
    return [f"{file.area}/{file.name}" for file in await site.areas.search(role, words)]


async def test_a_search_finds_files_with_all_the_words_in_name_or_description(site: Site) -> None:
    site.put("Tools.zip")
    site.put("manual.txt")
    site.put("descript.ion", b"manual.txt How to use the TOOLS\n")
    site.put("tools.exe", area="staff")
    await site.store.files.record(STORED, UPLOAD)

    assert await search(site, Role.GUEST, "tools") == ["public/manual.txt", "public/Tools.zip"]
    assert await search(site, Role.GUEST, "  SMALL zip ") == ["public/Tools.zip"]
    assert await search(site, Role.GUEST, "small manual") == []
    assert await search(site, Role.OPERATOR, "TOOLS.") == ["public/Tools.zip", "staff/tools.exe"]


async def test_a_search_shows_nobody_what_they_may_not_list(site: Site) -> None:
    site.put("secret.txt", area="closed")
    site.put("secret.txt", area="staff")

    assert await search(site, Role.MEMBER, "secret") == []
    assert await search(site, Role.ADMIN, "secret") == ["staff/secret.txt"]


async def test_no_words_find_nothing(site: Site) -> None:
    site.put("a.txt")

    assert await search(site, Role.ADMIN, " ") == []


async def test_a_search_leaves_out_an_area_whose_disk_is_gone(site: Site) -> None:
    site.put("a.txt")
    site.area("staff").directory.rmdir()

    assert await search(site, Role.ADMIN, "a") == ["public/a.txt"]


async def test_a_search_finds_so_many_and_no_more(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areas, "MOST_HITS", 3)
    for number in range(5):
        site.put(f"{number}.txt")

    assert await search(site, Role.GUEST, "txt") == [f"public/{number}.txt" for number in range(3)]
