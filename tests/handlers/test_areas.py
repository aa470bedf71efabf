"""Handlers of the file areas: which there are, what is in them, marking, searching."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sttelnet.areas import AreaFile, shelf
from sttelnet.areas.listing import MISSING
from sttelnet.charset import cells
from sttelnet.client import Client
from sttelnet.config import AreaConfig
from sttelnet.handlers import areas as pages
from sttelnet.handlers.areas import (
    EMPTY,
    GONE,
    MAY_NOT_LIST,
    NO_AREA,
    NO_AREAS,
    NO_TRANSFERS,
    NOT_THERE,
    NOTHING_FOUND,
    STArea,
    STAreaOpen,
    STAreas,
    STFileCard,
    STFiles,
    STFileShow,
    STFilesMark,
    STFilesSearch,
    STTransfers,
)
from sttelnet.handlers.choice import MOST_MARKED, choice_of
from sttelnet.handlers.table import width_of
from sttelnet.outcome import BACK, REPEAT, Goto
from sttelnet.role import Role
from tests.areas.archives import zipped
from tests.daemon import daemon, dial
from tests.file_pages import area_folder, shipped, written
from tests.handlers.area_site import AREAS, HOSTILE, SHA256, AreaSite, Seat, acts, area_site, moved
from tests.handlers.window import plain, rows

LIST = Goto("files/list")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[AreaSite]:
    async with area_site(tmp_path) as opened:
        yield opened


async def opened(
    site: AreaSite, area: str = "public", role: Role = Role.GUEST, *, columns: int = 80, rows: int = 24
) -> tuple[Client, Seat]:
    """Return a client who sees what is in an area."""
    client, seat = site.client(role, columns=columns, rows=rows)
    assert await STAreaOpen(client, area) == LIST
    await STFiles(client)
    return client, seat


def words(text: str) -> list[list[str]]:
    """Return the words of each row but the titles."""
    return [row.split() for row in rows(text)[1:]]


def names(text: str, *, at: int = 1) -> list[str]:
    return [row[at] for row in words(text)]


# STAreas


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        (Role.GUEST, {"Public files": "list", "Letter-box": "give"}),
        (Role.MEMBER, {"Public files": "list take give", "Letter-box": "give"}),
        (Role.OPERATOR, {"Public files": "list take give", "Staff": "list take", "Letter-box": "list give"}),
        (Role.ADMIN, {"Public files": "list take give", "Staff": "list take give", "Letter-box": "list take give"}),
    ],
)
async def test_areas_are_listed_with_what_each_role_may_do_there(
    site: AreaSite, role: Role, wanted: dict[str, str]
) -> None:
    client, _ = site.client(role)

    title, *printed = rows(await STAreas(client))

    assert title.split() == ["NO", "AREA", "FILES", "SIZE", "YOU", "MAY"]
    assert [row.split()[0] for row in printed] == [str(number) for number in range(1, 1 + len(wanted))]
    assert {row[4:34].strip(): row[51:].strip() for row in printed} == wanted


async def test_how_much_is_in_an_area_is_told_to_those_who_may_list_it(site: AreaSite) -> None:
    site.put("a.bin", bytes(1000))
    site.put("b.bin", bytes(50_000))
    site.put("secret.bin", area="letters")

    assert words(await STAreas(site.client()[0])) == [
        ["1", "Public", "files", "2", "50", "KB", "list"],
        ["2", "Letter-box", "-", "-", "give"],
    ]


async def test_an_area_whose_folder_is_gone_is_listed_without_figures(site: AreaSite) -> None:
    site.area().directory.rmdir()

    assert words(await STAreas(site.client()[0]))[0] == ["1", "Public", "files", "-", "-", "list"]


async def test_areas_that_do_not_answer_are_waited_for_at_the_same_time(
    site: AreaSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.configure({f"a{n}": AreaConfig(directory=f"areas/{n}") for n in range(5)})
    free = threading.Event()

    def hang(*args: Any) -> Any:
        free.wait(30)
        return ()

    monkeypatch.setattr(shelf, "scan", hang)
    try:
        async with asyncio.timeout(8):  # one is waited for for two seconds
            printed = words(await STAreas(site.client()[0]))
    finally:
        free.set()

    assert [row[2:] for row in printed] == [["-", "-", "list"]] * 5


async def test_where_there_is_no_area_it_is_said(site: AreaSite) -> None:
    site.configure({"closed": AREAS["closed"]})

    assert await STAreas(site.client(Role.ADMIN)[0]) == NO_AREAS


async def test_many_areas_are_listed_in_pages(site: AreaSite) -> None:
    site.configure({f"area{n:02}": AreaConfig(directory=f"areas/{n}") for n in range(1, 41)})
    client, _ = site.client()

    assert names(await STAreas(client)) == [f"area{n:02}" for n in range(1, 17)]
    client.page_index = 2
    assert names(await STAreas(client)) == [f"area{n:02}" for n in range(33, 41)]


# STAreaOpen


@pytest.mark.parametrize("text", ["1", "public", "PUBLIC", "public files", " Public Files "])
async def test_an_area_is_opened_by_number_name_and_title(site: AreaSite, text: str) -> None:
    client, seat = site.client()

    assert await STAreaOpen(client, text) == LIST
    assert await STAreaOpen(client, text, "elsewhere") == Goto("elsewhere")
    assert await STArea(client) == "Public files"
    assert seat.notices == []


@pytest.mark.parametrize("text", ["0", "3", "-1", "1.0", "²", "9" * 1000, "nothing", "staff", "closed", "s", "t"])
async def test_what_is_no_area_for_the_client_is_asked_for_again(site: AreaSite, text: str) -> None:
    client, seat = site.client()

    assert await STAreaOpen(client, text) is REPEAT
    assert seat.notices == ["There is no such area."]
    assert await STArea(client) == ""


async def test_numbers_count_the_areas_the_client_sees(site: AreaSite) -> None:
    client, _ = site.client(Role.OPERATOR)
    await STAreaOpen(client, "2")
    assert await STArea(client) == "Staff"

    guest, _ = site.client()
    await STAreaOpen(guest, "2")
    assert await STArea(guest) == "Letter-box"


async def test_an_empty_line_leads_back_and_two_letters_elsewhere(site: AreaSite) -> None:
    client, _ = site.client()

    assert await STAreaOpen(client, "  ") is BACK
    assert await STAreaOpen(client, "S", search="search", transfers="transfers") == Goto("search")
    assert await STAreaOpen(client, "t", search="search", transfers="transfers") == Goto("transfers")


async def test_an_area_called_by_one_of_those_letters_is_opened_all_the_same(site: AreaSite) -> None:
    site.configure({"s": AreaConfig(directory="areas/s", title="S")})

    assert await STAreaOpen(site.client()[0], "s", search="search") == LIST


# STArea


async def test_facts_of_the_open_area_are_printed(site: AreaSite) -> None:
    site.put("a.bin", bytes(2000))
    site.put("b.bin", bytes(2000))
    client, _ = await opened(site)

    assert [await STArea(client, fact) for fact in ("title", "area", "count", "size", "quota", "marked")] == [
        "Public files",
        "Public files",
        "2",
        "4 KB",
        "1.0 GB",
        "nothing",
    ]


async def test_what_is_in_a_letter_box_is_told_to_nobody_who_may_not_list_it(site: AreaSite) -> None:
    site.put("a.bin", area="letters")
    client, _ = site.client()
    await STAreaOpen(client, "letters")

    assert (await STArea(client, "count"), await STArea(client, "size")) == ("-", "-")
    assert await STFiles(client) == MAY_NOT_LIST


async def test_before_an_area_was_opened_there_are_no_facts(site: AreaSite) -> None:
    client, _ = site.client()

    assert [await STArea(client, fact) for fact in ("title", "area", "count", "size", "quota")] == [""] * 5
    assert await STArea(client, "marked") == "nothing"
    assert await STFiles(client) == NO_AREA


async def test_where_the_folder_is_gone_its_figures_are_unknown(site: AreaSite) -> None:
    client, _ = await opened(site)
    site.area().directory.rmdir()
    site.clock.now += 10

    assert (await STArea(client, "count"), await STArea(client, "size")) == ("-", "-")
    assert await STFiles(client) == MISSING.reason


async def test_an_unknown_fact_is_told(site: AreaSite) -> None:
    client, _ = await opened(site)

    with pytest.raises(ValueError, match="one of title area count size quota marked"):
        await STArea(client, "colour")  # type: ignore[arg-type]  # as no script may


# STFiles


async def test_files_are_listed_with_size_date_and_description(site: AreaSite) -> None:
    site.put("Notes.txt", bytes(31_000))
    size = site.put("tools.zip", zipped(b"Small tools\r\nfor large tasks\r\n")).stat().st_size
    client, _ = await opened(site, role=Role.MEMBER)

    title, *printed = rows(await STFiles(client))

    assert title.split() == ["NO", "NAME", "SIZE", "DATE", "DESCRIPTION"]
    assert [row.split() for row in printed] == [
        ["1", "Notes.txt", "30", "KB", "2009-02-13"],
        ["2", "tools.zip", str(size), "B", "2009-02-13", "Small", "tools"],
    ]


async def test_the_uploaders_line_counts_before_the_areas_list_and_that_before_the_archives(site: AreaSite) -> None:
    for name in ("one.zip", "two.zip", "three.zip"):
        site.put(name, zipped(b"from the archive"))
    site.put("descript.ion", b"one.zip from the list\r\ntwo.zip from the list\r\n")
    await site.know("one.zip", "from the uploader")
    client, _ = await opened(site)

    assert {row[1]: row[-1] for row in words(await STFiles(client))} == {
        "one.zip": "uploader",
        "two.zip": "list",
        "three.zip": "archive",
    }


async def test_an_empty_area_says_so(site: AreaSite) -> None:
    client, _ = await opened(site)

    assert await STFiles(client) == EMPTY
    assert await STFilesMark(client, "all") is BACK
    assert choice_of(client).marked == {}


async def test_an_area_that_is_closed_between_two_pages_is_no_longer_open(site: AreaSite) -> None:
    site.put("a.bin")
    client, seat = await opened(site)
    site.configure({"staff": AREAS["staff"]})

    assert await STFiles(client) == NO_AREA
    assert await STArea(client, "title") == ""
    assert await STFilesMark(client, "1") is REPEAT  # what was listed before no longer counts
    assert seat.notices == [NOT_THERE]


async def test_rights_that_are_taken_away_between_two_pages_count_at_once(site: AreaSite) -> None:
    site.put("a.bin")
    client, _ = await opened(site, role=Role.OPERATOR)
    site.configure({"public": AreaConfig(directory="areas/public", list="admin", upload="operator")})

    assert await STFiles(client) == MAY_NOT_LIST
    assert await STFileShow(client, "1") is REPEAT
    client.member = None
    assert await STFiles(client) == NO_AREA


async def test_a_thousand_files_are_listed_in_pages(site: AreaSite) -> None:
    for number in range(1000):
        site.put(f"{number:04}.bin")
    client, seat = await opened(site)
    shown: list[str] = []

    for client.page_index in range(63):
        shown += names(await STFiles(client))

    assert shown == [f"{number:04}.bin" for number in range(1000)]
    assert await STFilesMark(client, "1000 1-2") is BACK
    assert list(choice_of(client).marked) == [("public", name) for name in ("0999.bin", "0000.bin", "0001.bin")]
    assert await STFilesMark(client, "1001") is REPEAT
    assert seat.notices == [NOT_THERE]


async def test_of_many_files_only_the_rows_of_the_page_are_made(
    site: AreaSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        site.put(f"{number:03}.bin")
    made: list[int] = []
    file_row = pages._file_row

    def counted(number: int, *args: Any) -> list[str]:
        made.append(number)
        return file_row(number, *args)

    monkeypatch.setattr(pages, "_file_row", counted)
    client, _ = await opened(site)
    client.page_index = 2
    made.clear()
    await STFiles(client)

    assert made == list(range(33, 49))


async def test_what_a_description_holds_never_acts_on_a_terminal(site: AreaSite) -> None:
    site.put("diz.zip", zipped(HOSTILE.encode("latin-1") + b"\r\narchive"))
    for name in ("ion.txt", "line.txt"):
        site.put(name)
    site.put("descript.ion", b"ion.txt list " + HOSTILE.encode("latin-1") + b"\r\n")
    await site.know("line.txt", HOSTILE + "uploader")
    client, _ = await opened(site)

    printed = await STFiles(client)
    assert acts(printed) == ""
    assert "**B00000000000000" in plain(printed)  # as text it harms nobody

    for name in ("diz.zip", "ion.txt", "line.txt"):
        assert await STFileShow(client, name) == Goto("files/file")
        assert acts(STFileCard(client)) == ""
    assert await STFilesSearch(client, HOSTILE) == LIST
    assert acts(await STArea(client)) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows takes no such name")
async def test_a_file_whose_name_would_act_on_a_terminal_is_not_listed(site: AreaSite) -> None:
    for name in ("\x1b[2J.txt", "a\x18B00.txt", "\x9b2J.txt", "-rf", ".hidden", "a\nb.txt"):
        site.put(name)
    site.put("good.txt")
    client, _ = await opened(site)

    assert names(await STFiles(client)) == ["good.txt"]


async def test_a_file_from_beyond_the_calendar_has_no_date(site: AreaSite) -> None:
    client, _ = await opened(site)
    for modified in (2.0**40, 2.0**70, -(2.0**70)):
        choice_of(client).looked_at = AreaFile("public", "a.bin", 5, modified)

        assert rows(STFileCard(client))[2].rstrip() == "Date"


@pytest.mark.parametrize("columns", [132, 80, 70, 60, 50, 40, 20, 0])
async def test_whatever_is_listed_fits_the_window(site: AreaSite, columns: int) -> None:
    site.configure({**AREAS, "wide": AreaConfig(directory="areas/wide", title="広い" * 30)})
    kim = await site.member("long-name-of-a-member"[:20])
    for number in range(120):
        site.put(f"file {number}.bin", bytes(123_456))
    for name in ("a" + "x" * 200 + ".zip", "b" + "広" * 80 + ".zip"):
        site.put(name, zipped(("広い" * 22 + "\r\n").encode() * 12))
        await site.know(name, "", kim)
        await site.services.store.transfers.add(moved(name, result="cancelled", size=10**10))
    client, _ = await opened(site, role=Role.OPERATOR, columns=columns)
    await STFilesMark(client, "all")
    printed = [await STAreas(client), await STFiles(client), await STTransfers(client)]
    for name in ("1", "2"):
        assert await STFileShow(client, name) == Goto("files/file")
        for client.page_index in range(9):
            printed.append(STFileCard(client))
    await STFilesSearch(client, "x")
    printed.append(await STFiles(client))

    assert all(0 < cells(row) <= width_of(client) or row == "" for text in printed for row in rows(text))
    assert all(len(rows(text)) <= 24 - 6 for text in printed)


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        (80, ["1", "*", "notes.txt", "5", "B", "2009-02-13", "Hints"]),
        (55, ["1", "*", "notes.txt", "5", "B", "Hints"]),
        (40, ["1", "*", "notes.txt", "5", "B"]),
        (20, ["1", "*", "notes.txt"]),
    ],
)
async def test_narrow_windows_do_without_whole_columns(site: AreaSite, columns: int, wanted: list[str]) -> None:
    site.put("notes.txt")
    await site.know("notes.txt", "Hints")
    client, _ = await opened(site, columns=columns)
    await STFilesMark(client, "1")

    assert words(await STFiles(client)) == [wanted]


# STFilesMark


async def test_marked_files_have_a_star_and_are_counted(site: AreaSite) -> None:
    for name in ("a.bin", "b.bin", "c.bin"):
        site.put(name, bytes(1000))
    client, _ = await opened(site)

    assert await STFilesMark(client, "1 c.bin") is BACK

    assert [row[:2] for row in words(await STFiles(client))] == [["1", "*"], ["2", "b.bin"], ["3", "*"]]
    assert await STArea(client, "marked") == "2 files, 2 KB"
    assert await STFilesMark(client, "1") is BACK
    assert await STArea(client, "marked") == "1 file, 1 KB"
    assert await STFilesMark(client, "NONE") is BACK
    assert await STArea(client, "marked") == "nothing"


async def test_an_empty_line_marks_nothing_and_leads_back(site: AreaSite) -> None:
    site.put("a.bin")
    client, _ = await opened(site)

    assert await STFilesMark(client, " ") is BACK
    assert choice_of(client).marked == {}


@pytest.mark.parametrize("text", ["2", "0", "b.bin", "1 2", "1-2", "*"])
async def test_a_wrong_choice_marks_nothing_and_is_asked_for_again(site: AreaSite, text: str) -> None:
    site.put("a.bin")
    client, seat = await opened(site)

    assert await STFilesMark(client, text) is REPEAT
    assert choice_of(client).marked == {}
    assert seat.notices == [NOT_THERE]


async def test_marks_stay_from_area_to_area_and_page_to_page(site: AreaSite) -> None:
    for number in range(40):
        site.put(f"{number:02}.bin")
        site.put(f"{number:02}.bin", area="staff")
    client, _ = await opened(site, role=Role.OPERATOR)
    await STFilesMark(client, "40")
    await STAreaOpen(client, "staff")
    assert "*" not in plain(await STFiles(client))
    await STFilesMark(client, "40 1")

    client.page_index = 2
    assert words(await STFiles(client))[-1][:3] == ["40", "*", "39.bin"]
    assert list(choice_of(client).marked) == [("public", "39.bin"), ("staff", "39.bin"), ("staff", "00.bin")]
    assert await STArea(client, "marked") == "3 files, 15 B"


async def test_the_mark_of_a_file_that_is_gone_is_taken_off_with_all_others(site: AreaSite) -> None:
    path = site.put("a.bin")
    site.put("b.bin")
    client, seat = await opened(site)
    await STFilesMark(client, "a.bin")
    path.unlink()
    site.clock.now += 10

    assert names(await STFiles(client)) == ["b.bin"]
    assert await STFilesMark(client, "a.bin") is REPEAT
    assert seat.notices == [NOT_THERE]
    assert await STFilesMark(client, "none") is BACK
    assert choice_of(client).marked == {}


async def test_so_many_marks_are_enough(site: AreaSite) -> None:
    for number in range(MOST_MARKED + 1):
        site.put(f"{number:04}.bin")
    client, seat = await opened(site)

    assert await STFilesMark(client, "all") is REPEAT
    assert seat.notices == ["1000 marks at one time are enough."]
    assert await STFilesMark(client, "1-1000") is BACK
    assert await STFilesMark(client, "1-1000") is BACK
    assert choice_of(client).marked == {}


# STFilesSearch


async def test_a_search_finds_names_and_descriptions_in_all_areas_that_may_be_listed(site: AreaSite) -> None:
    site.put("network-tools.zip")
    site.put("notes.txt")
    await site.know("notes.txt", "About the NETWORK, and its tools")
    site.put("network.txt")
    site.put("tools-for-the-network.zip", area="staff")
    site.put("letter-tools-network.txt", area="letters")
    client, _ = site.client()

    assert await STFilesSearch(client, "  Tools   network ") == LIST
    assert await STArea(client) == 'Search for "Tools network"'
    title, *found = rows(await STFiles(client))
    assert title.split() == ["NO", "NAME", "SIZE", "DATE", "AREA", "DESCRIPTION"]
    assert [row.split()[1] for row in found] == ["network-tools.zip", "notes.txt"]

    operator, _ = site.client(Role.OPERATOR)
    await STFilesSearch(operator, "tools network", "found")
    assert [row[-1] for row in words(await STFiles(operator)) if row[1] != "notes.txt"] == [
        "public",
        "staff",
        "letters",
    ]


async def test_files_that_were_found_are_marked_by_their_numbers(site: AreaSite) -> None:
    site.put("a.bin")
    site.put("b.txt")
    site.put("c.txt", area="staff")
    client, _ = await opened(site, role=Role.OPERATOR)
    await STFilesSearch(client, ".TXT")
    await STFiles(client)

    assert await STFilesMark(client, "1-2") is BACK
    assert list(choice_of(client).marked) == [("public", "b.txt"), ("staff", "c.txt")]


async def test_what_is_found_nowhere_is_said(site: AreaSite) -> None:
    site.put("a.bin")
    client, _ = await opened(site)
    await STFilesSearch(client, "zebra")

    assert await STFiles(client) == NOTHING_FOUND
    assert await STFilesMark(client, "1") is REPEAT


@pytest.mark.parametrize("text", ["", "   ", "\x18\x1b"])
async def test_a_search_for_nothing_leads_back_and_leaves_the_list(site: AreaSite, text: str) -> None:
    site.put("a.bin")
    client, _ = await opened(site)

    assert await STFilesSearch(client, text) is BACK
    assert names(await STFiles(client)) == ["a.bin"]


async def test_the_open_area_is_still_open_behind_a_search(site: AreaSite) -> None:
    client, _ = await opened(site)
    await STFilesSearch(client, "zebra")

    assert (await STArea(client), await STArea(client, "area")) == ('Search for "zebra"', "Public files")
    assert await STFilesSearch(client, "") is BACK
    assert await STArea(client) == "Public files"


async def test_where_no_area_is_open_what_was_found_stays(site: AreaSite) -> None:
    client, _ = site.client()
    await STFilesSearch(client, "zebra")

    assert await STFilesSearch(client, "") is BACK
    assert await STArea(client) == 'Search for "zebra"'


# STFileShow and STFileCard


async def test_a_card_says_what_is_known_of_a_file(site: AreaSite) -> None:
    kim = await site.member("kim")
    size = site.put("tools.zip", zipped(b"\r\n".join(b"line %d" % n for n in range(20)))).stat().st_size
    await site.know("tools.zip", "", kim)
    for result in ("done", "done", "cancelled"):
        await site.services.store.transfers.add(moved("tools.zip", result=result))
    site.services.areas.changed(site.area())
    client, _ = await opened(site)

    assert await STFileShow(client, "1") == Goto("files/file")
    printed = rows(STFileCard(client))

    assert [row[:41] for row in printed] == [
        "tools.zip",
        f"Size         {size} B ({size} bytes), taken 2 t",
        f"Date         2009-02-13 {printed[2][-5:]}",
        "Area         Public files",
        f"Brought by   kim, 2009-02-13 {printed[2][-5:]}",
        f"SHA-256      {SHA256[:28]}",
        "",
        *(f"line {n}" for n in range(10)),
    ]


async def test_a_card_of_a_file_nobody_brought_is_shorter(site: AreaSite) -> None:
    site.put("a.bin")
    client, _ = await opened(site)
    await STFileShow(client, "a.bin", "card")

    assert [row.split()[0] for row in rows(STFileCard(client)) if row] == ["a.bin", "Size", "Date", "Area"]


async def test_a_card_is_shown_in_pages_where_it_is_longer_than_the_window(site: AreaSite) -> None:
    site.put("tools.zip", zipped(b"\r\n".join(b"a line of words, number %02d" % n for n in range(10))))
    client, _ = await opened(site, columns=20, rows=12)
    await STFileShow(client, "1")
    text = ""

    for client.page_index in range(20):
        text += "".join(rows(STFileCard(client)))

    assert [f"{n:02}" in text for n in range(10)] == [True] * 10


@pytest.mark.parametrize("text", ["0", "3", "1 2", "all", "c.bin"])
async def test_one_file_of_the_list_is_shown_and_else_it_is_asked_again(site: AreaSite, text: str) -> None:
    for name in ("a.bin", "b.bin"):
        site.put(name)
    client, seat = await opened(site)

    assert await STFileShow(client, text) is REPEAT
    assert seat.notices == [NOT_THERE]
    assert await STFileShow(client, "") is BACK
    assert STFileCard(client) == GONE


async def test_the_card_of_a_file_is_not_shown_to_whom_its_area_is_closed_meanwhile(site: AreaSite) -> None:
    site.put("a.bin", area="staff")
    client, _ = await opened(site, "staff", Role.OPERATOR)
    await STFileShow(client, "1")
    assert STFileCard(client) != GONE

    client.member = None
    assert STFileCard(client) == GONE
    client, _ = await opened(site, "staff", Role.OPERATOR)
    await STFileShow(client, "1")
    site.configure({"public": AREAS["public"]})
    assert STFileCard(client) == GONE


# STTransfers


async def test_members_see_their_own_transfers_and_operators_everybodys(site: AreaSite) -> None:
    kim, lee = await site.member("kim"), await site.member("lee")
    add = site.services.store.transfers.add
    await add(moved("guests.bin"))
    await add(moved("kims.bin", "upload", kim))
    await add(moved("lees.bin", "download", lee, result="cancelled"))

    async def seen(client: Client) -> list[str]:
        return [row.split()[4] for row in rows(await STTransfers(client))[1:]]

    assert await seen(site.seat(kim)[0]) == ["kims.bin"]
    assert await seen(site.seat(lee)[0]) == ["lees.bin"]
    assert await seen(site.seat(await site.member("omar", Role.OPERATOR))[0]) == ["lees.bin", "kims.bin", "guests.bin"]
    assert await seen(site.seat(await site.member("ada", Role.ADMIN))[0]) == ["lees.bin", "kims.bin", "guests.bin"]
    assert await STTransfers(site.client()[0]) == NO_TRANSFERS
    assert await STTransfers(site.seat(await site.member("latecomer"))[0]) == NO_TRANSFERS


async def test_a_transfer_is_listed_with_its_rate_and_how_it_ended(site: AreaSite) -> None:
    kim = await site.member("kim")
    for result in ("done", "skipped", "refused", "cancelled", "failed"):
        size = 50_000 if result == "done" else 0
        await site.services.store.transfers.add(moved("a.bin", "upload", kim, size=size, result=result))

    title, *printed = rows(await STTransfers(site.seat(kim)[0]))

    assert title.split() == ["WHEN", "WHO", "NAME", "SIZE", "RATE", "RESULT"]
    assert [row.split()[2:] for row in printed] == [
        ["kim", "gave", "a.bin", "0", "B", "failed"],
        ["kim", "gave", "a.bin", "0", "B", "cancelled"],
        ["kim", "gave", "a.bin", "0", "B", "refused"],
        ["kim", "gave", "a.bin", "0", "B", "skipped"],
        ["kim", "gave", "a.bin", "49", "KB", "98", "KB/s", "done"],
    ]


async def test_names_in_the_list_of_transfers_do_not_act_on_a_terminal(site: AreaSite) -> None:
    await site.services.store.transfers.add(moved(HOSTILE))
    client, _ = site.client(Role.OPERATOR)

    assert acts(await STTransfers(client)) == ""


async def test_many_transfers_are_listed_in_pages(site: AreaSite) -> None:
    kim = await site.member("kim")
    for number in range(40):
        await site.services.store.transfers.add(moved(f"{number:02}.bin", member=kim))
    client, _ = site.seat(kim)
    client.page_index = 2

    assert [row.split()[4] for row in rows(await STTransfers(client))[1:]] == [f"{n:02}.bin" for n in range(7, -1, -1)]


# The shipped pages


async def test_who_marks_files_far_down_the_list_stays_there(tmp_path: Path) -> None:
    async with daemon(tmp_path, shipped()) as server:
        written(area_folder(server), {f"{number:03}.bin": bytes(number) for number in range(1, 101)})
        async with dial(server) as peer:
            await peer.until("Your choice: ")
            await peer.send("f")
            await peer.until("Area: ")
            await peer.line("1")
            await peer.until("> ")
            assert "014.bin" in peer.shown()
            for first in ("015.bin", "029.bin", "043.bin"):
                await peer.send("n")
                await peer.until(first)
            await peer.send("m")
            await peer.until("Mark: ")
            assert "  43   043.bin" in peer.shown()
            assert "  56   056.bin" in peer.shown()
            await peer.line("46-48")
            await peer.until("> ")
            assert "3 files, 141 B marked" in peer.shown()
            assert [row[:7] for row in peer.shown().split("\n") if "*" in row] == ["  46 * ", "  47 * ", "  48 * "]
            await peer.send("?")
            await peer.until("EDITING A LINE")
            await peer.send("q")
            await peer.until("043.bin")
            await peer.send("p")
            await peer.until("029.bin")
            await peer.send("q")
            await peer.until("Area: ")
            await peer.line("1")
            await peer.until("001.bin")


async def test_no_byte_of_a_description_starts_a_download(tmp_path: Path) -> None:
    async with daemon(tmp_path, shipped()) as server:
        harm = HOSTILE.encode("latin-1")
        files = {"diz.zip": zipped(harm + b"\r\n" + b"x" * 45), "descript.ion": b"ion.txt " + harm, "ion.txt": b""}
        written(area_folder(server), files)
        async with dial(server) as peer:
            await peer.until("Your choice: ")
            peer.raw = b""  # what follows is text: the telnet option 18 has been agreed on
            await peer.send("f")
            await peer.until("Area: ")
            await peer.line("s")
            await peer.until("Search for: ")
            await peer.line("B00000000000000")
            await peer.until("> ")
            assert "ion.txt" in peer.shown()
            await peer.send("v")
            await peer.until("File: ")
            await peer.line("diz.zip")
            await peer.until("> ")
            assert "**B00000000000000" in peer.shown()

        assert b"\x18" not in peer.raw
        assert b"\x1b[2J**" not in peer.raw
        assert "\x9b".encode() not in peer.raw
