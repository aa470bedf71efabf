"""Handlers that move files, first without a transfer, then with our own ZModem at the client's end."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.config import AreaConfig
from sttelnet.errors import AskInterrupted
from sttelnet.handlers.areas import MAY_NOT_LIST, NO_AREA, NOT_THERE, STAreaOpen, STFiles, STFilesMark, STFilesSearch
from sttelnet.handlers.choice import choice_of
from sttelnet.handlers.transfer import LONGEST, NOTHING, STDownload, STUpload
from sttelnet.outcome import BACK, Goto
from sttelnet.role import Role
from tests.areas.archives import zipped
from tests.bridge import dialled, download, upload
from tests.file_pages import OPEN, PUBLIC, area_folder, become_member, go_to, mark, serving, written
from tests.handlers.area_site import AREAS, AreaSite, area_site

OURS = [sys.executable, "-m", "sttelnet.zmodem"]
TAKES = [*OURS, "receive", "--quiet"]
GIVES = [*OURS, "send", "--quiet"]
NEEDS_SOCKETS = pytest.mark.skipif(sys.platform == "win32", reason="no socket is standard input on Windows")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[AreaSite]:
    async with area_site(tmp_path) as opened:
        yield opened


# What ends before a byte is moved: the session lends no line here.


@pytest.mark.parametrize(
    ("role", "area", "sentence"),
    [
        (Role.GUEST, "public", "Log in to take files from Public files."),
        (Role.GUEST, "shown", "You may not take files from Shown."),
        (Role.ADMIN, "shown", "You may not take files from Shown."),
        (Role.OPERATOR, "letters", "You may not take files from Letter-box."),
    ],
)
async def test_who_may_not_take_files_is_told_and_keeps_the_marks(
    site: AreaSite, role: Role, area: str, sentence: str
) -> None:
    site.configure({**AREAS, "shown": AreaConfig(directory="areas/shown", title="Shown", download="nobody")})
    site.put("a.bin", area=area)
    site.put("b.bin", area=area)
    client, seat = site.client(role)
    await STAreaOpen(client, area)
    await STFiles(client)
    await STFilesMark(client, "all")

    assert await STDownload(client) is BACK
    assert seat.notices == [sentence]
    assert len(choice_of(client).marked) == 2


async def test_the_marks_of_an_area_that_is_closed_meanwhile_come_off(site: AreaSite) -> None:
    site.put("a.bin")
    site.put("b.bin")
    client, seat = site.client(Role.MEMBER)
    await STAreaOpen(client, "public")
    await STFiles(client)
    await STFilesMark(client, "all")
    site.configure({"letters": AREAS["letters"]})

    assert await STDownload(client) is BACK
    assert seat.notices == ["The area public is no longer there."]
    assert choice_of(client).marked == {}


@pytest.mark.parametrize(("answer", "sentence"), [("", NOTHING), (" ", NOTHING), ("2", NOT_THERE), ("x", NOT_THERE)])
async def test_without_marks_it_is_asked_which_and_a_wrong_answer_takes_nothing(
    site: AreaSite, answer: str, sentence: str
) -> None:
    site.put("a.bin")
    client, seat = site.client(Role.MEMBER, answers=[answer])
    await STAreaOpen(client, "public")
    await STFiles(client)

    assert await STDownload(client) is BACK
    assert seat.asked == [("Which files? Numbers as 1 3-5, names, or all: ", False)]
    assert seat.notices == [sentence]


async def test_where_nothing_is_listed_nothing_is_asked(site: AreaSite) -> None:
    client, seat = site.client(Role.MEMBER, answers=["all"])
    await STAreaOpen(client, "public")
    await STFiles(client)

    assert await STDownload(client) is BACK
    assert (seat.asked, seat.notices) == ([], [NOTHING])


async def test_ctrl_c_at_that_question_leads_back(site: AreaSite) -> None:
    site.put("a.bin")
    client, _ = site.client(Role.MEMBER)
    await STAreaOpen(client, "public")
    await STFiles(client)

    with pytest.raises(AskInterrupted):  # what calls the handler takes it for "back"
        await STDownload(client)


@pytest.mark.parametrize(
    ("role", "area", "sentence"),
    [
        (Role.GUEST, "public", "Log in to bring files to Public files."),
        (Role.OPERATOR, "staff", "You may not bring files to Staff."),
        (Role.GUEST, "shown", "You may not bring files to Shown."),
        (Role.ADMIN, "shown", "You may not bring files to Shown."),
    ],
)
async def test_who_may_not_bring_files_is_told(site: AreaSite, role: Role, area: str, sentence: str) -> None:
    site.configure({**AREAS, "shown": AreaConfig(directory="areas/shown", title="Shown", upload="nobody")})
    client, seat = site.client(role)
    await STAreaOpen(client, area)

    assert await STUpload(client) is BACK
    assert seat.notices == [sentence]


async def test_without_an_open_area_nothing_is_brought(site: AreaSite) -> None:
    client, seat = site.client(Role.ADMIN)
    assert await STFilesSearch(client, "words") == Goto("files/list")

    assert await STUpload(client) is BACK
    assert seat.notices == [NO_AREA]


# Taking and giving


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The folder of the client."""
    (folder := tmp_path / "client").mkdir()
    return folder


@NEEDS_SOCKETS
async def test_marked_files_of_two_areas_arrive_and_their_marks_come_off(tmp_path: Path, mine: Path) -> None:
    areas = {"public": OPEN, "more": AreaConfig(directory="areas/more", title="More", download="guest")}
    async with serving(tmp_path, areas) as server, dialled(server.ports[0]) as bridge:
        written(area_folder(server), {"one.bin": b"1" * 3000, "two.bin": b"2", "three.bin": b"3"})
        written(area_folder(server, "more"), {"four.bin": b"\x18" * 5000})
        await go_to(bridge, "public")
        assert "2 files, 3 KB marked" in await mark(bridge, "one.bin two.bin")
        await bridge.say(b"q")
        await bridge.until(b"Area: ")
        await bridge.line("more")
        await bridge.until(b"\r\n> ")
        assert "3 files, 8 KB marked" in await mark(bridge, "1")
        await bridge.say(b"d")
        outcome = await download(bridge, mine, TAKES)
        page = (await bridge.until(b"Sent 3 of 3 files, ")).decode("cp437")

    assert outcome.status == 0, outcome.said
    assert {path.name: path.read_bytes() for path in mine.iterdir()} == {
        "one.bin": b"1" * 3000,
        "two.bin": b"2",
        "four.bin": b"\x18" * 5000,
    }
    assert "nothing marked" in page


@NEEDS_SOCKETS
async def test_without_marks_the_answer_to_the_question_is_sent(tmp_path: Path, mine: Path) -> None:
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        written(area_folder(server), {"one.bin": b"1", "two.bin": b"2", "three.bin": b"3"})
        await go_to(bridge, "public")
        await bridge.say(b"d")
        await bridge.until(b"or all: ")
        await bridge.line("two.bin, 1")
        outcome = await download(bridge, mine, TAKES)
        await bridge.until(b"Sent 2 of 2 files, ")

    assert outcome.status == 0, outcome.said
    assert sorted(path.name for path in mine.iterdir()) == ["one.bin", "two.bin"]


@NEEDS_SOCKETS
async def test_what_may_be_taken_goes_and_of_the_rest_it_is_told_why_not(tmp_path: Path, mine: Path) -> None:
    areas = {"public": OPEN, "more": AreaConfig(directory="areas/more", title="More")}
    async with serving(tmp_path, areas) as server, dialled(server.ports[0]) as bridge:
        written(area_folder(server), {"one.bin": b"1"})
        written(area_folder(server, "more"), {"two.bin": b"2"})
        await go_to(bridge, "public")
        await mark(bridge, "1")
        await bridge.say(b"q")
        await bridge.until(b"Area: ")
        await bridge.line("more")
        await bridge.until(b"\r\n> ")
        await mark(bridge, "1")
        await bridge.say(b"d")
        outcome = await download(bridge, mine, TAKES)
        page = (await bridge.until(b"Sent one.bin")).decode("cp437")

    assert outcome.status == 0, outcome.said
    assert [path.name for path in mine.iterdir()] == ["one.bin"]
    assert "Log in to take files from More." in page
    assert "1 file, 1 B marked" in page


@NEEDS_SOCKETS
async def test_a_marked_file_that_is_gone_is_told_of_and_the_others_arrive(tmp_path: Path, mine: Path) -> None:
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        folder = area_folder(server)
        written(folder, {"gone.bin": b"1", "here.bin": b"2"})
        await go_to(bridge, "public")
        await mark(bridge, "all")
        (folder / "gone.bin").unlink()
        await bridge.say(b"d")
        outcome = await download(bridge, mine, TAKES)
        page = (await bridge.until(b"Sent 1 of 2 files, ")).decode("cp437")

    assert outcome.status == 0, outcome.said
    assert [path.name for path in mine.iterdir()] == ["here.bin"]
    assert "gone.bin: refused. No such file or directory" in page
    assert "nothing marked" in page


@NEEDS_SOCKETS
async def test_what_the_client_has_is_not_marked_any_more(tmp_path: Path, mine: Path) -> None:
    (mine / "one.bin").write_bytes(b"1")
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        written(area_folder(server), {"one.bin": b"1", "two.bin": b"2"})
        await go_to(bridge, "public")
        await mark(bridge, "all")
        await bridge.say(b"d")
        await download(bridge, mine, TAKES)
        page = (await bridge.until(b"Sent 1 of 2 files, ")).decode("cp437")

    assert "one.bin: skipped. Your program did not want it, or has it." in page
    assert "nothing marked" in page


async def test_a_download_that_is_given_up_keeps_its_marks(tmp_path: Path) -> None:
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        written(area_folder(server), {"one.bin": b"1"})
        await go_to(bridge, "public")
        await mark(bridge, "1")
        await bridge.say(b"d")
        await bridge.until(b"**\x18B00")
        await bridge.say(b"\x03")
        page = (await bridge.until(b"The transfer was cancelled.")).decode("cp437")
        rows = await server.services.store.transfers.latest(9)

    assert "1 file, 1 B marked" in page
    assert all(row.result != "done" for row in rows)


@NEEDS_SOCKETS
@pytest.mark.parametrize(("key", "most"), [("d", 1024), ("8", 8192)])
async def test_one_key_sends_blocks_of_the_usual_size_and_another_large_ones(
    key: str, most: int, tmp_path: Path, mine: Path
) -> None:
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        written(area_folder(server), {"zeros.bin": bytes(64 * 1024)})
        await go_to(bridge, "public")
        await mark(bridge, "1")
        await bridge.say(key.encode())
        wire = bytearray()

        def look(data: bytes) -> bytes:
            wire.extend(data)
            return data

        bridge.harm = look
        outcome = await download(bridge, mine, TAKES)
        await bridge.until(b"Sent zeros.bin")

    assert outcome.status == 0, outcome.said
    assert max(map(len, re.split(rb"\x18[hijk]", bytes(wire)))) in range(most, most + 64)


@NEEDS_SOCKETS
async def test_files_come_into_the_open_area_and_it_is_asked_what_they_are(tmp_path: Path, mine: Path) -> None:
    paths = written(mine / "given", {"a.bin": b"\xff" * 2000, "b.bin": b"2", "tools.zip": zipped(b"Small tools")})
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        await go_to(bridge, "public")
        await bridge.say(b"u")
        outcome = await upload(bridge, paths, GIVES)
        await bridge.until(b"Received 3 of 3 files, ")
        await bridge.until(b"What is a.bin? ")
        await bridge.line("  Nothing   but rubouts ")
        await bridge.until(b"What is b.bin? ")
        await bridge.line("")  # the archive brought a description along
        page = (await bridge.until(b"\r\n> ")).decode("cp437")
        folder = area_folder(server)
        books = await server.services.store.files.in_area("public")

    assert outcome.status == 0, outcome.said
    assert [(folder / path.name).read_bytes() for path in paths] == [path.read_bytes() for path in paths]
    assert {name: file.description for name, file in books.items()} == {
        "a.bin": "Nothing but rubouts",
        "b.bin": "",
        "tools.zip": "",
    }
    assert re.search(r"a\.bin +2 KB 2009-02-13 Nothing but rubouts", page)
    assert re.search(r"tools\.zip .* Small tools", page)


@NEEDS_SOCKETS
async def test_a_description_may_be_long_and_no_longer(tmp_path: Path, mine: Path) -> None:
    paths = written(mine / "given", {"a.bin": b"1"})
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        await go_to(bridge, "public")
        await bridge.say(b"u")
        await upload(bridge, paths, GIVES)
        await bridge.until(b"What is a.bin? ")
        await bridge.line("word " * 100)
        await bridge.until(b"\r\n> ")
        books = await server.services.store.files.in_area("public")

    assert books["a.bin"].description == ("word " * 100)[:LONGEST]


@NEEDS_SOCKETS
async def test_ctrl_c_at_the_question_leads_back_and_the_files_are_there(tmp_path: Path, mine: Path) -> None:
    paths = written(mine / "given", {"a.bin": b"1", "b.bin": b"2"})
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        await go_to(bridge, "public")
        await bridge.say(b"u")
        await upload(bridge, paths, GIVES)
        await bridge.until(b"What is a.bin? ")
        await bridge.say(b"\x03")
        page = (await bridge.until(b"\r\n> ")).decode("cp437")

    assert "a.bin" in page
    assert "b.bin" in page


@NEEDS_SOCKETS
async def test_what_is_refused_is_told_of_and_not_asked_about(tmp_path: Path, mine: Path) -> None:
    paths = written(mine / "given", {"descript.ion": b"a.bin mine", "large.bin": bytes(2**20 + 1), "there.bin": b"1"})
    async with (
        serving(tmp_path, {"public": OPEN}, largest=1) as server,
        dialled(server.ports[0]) as bridge,
    ):
        folder = area_folder(server)
        written(folder, {"THERE.bin": b"ours"})
        await go_to(bridge, "public")
        await bridge.say(b"u")
        outcome = await upload(bridge, paths, GIVES)
        page = (await bridge.until(b"Received 0 of 3 files, 0 B.")).decode("cp437")

    assert outcome.status == 1
    assert "descript.ion: refused. That name is kept for the area's own list of descriptions." in page
    assert "large.bin: refused. That file is larger than the 1 MiB allowed here." in page
    assert "there.bin: skipped. There is a file of that name." in page
    assert "What is" not in page
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"THERE.bin": b"ours"}


@NEEDS_SOCKETS
async def test_who_may_not_look_into_a_letter_box_may_put_something_in(tmp_path: Path, mine: Path) -> None:
    paths = written(mine / "given", {"a.txt": b"Dear sirs"})
    async with serving(tmp_path, AREAS) as server, dialled(server.ports[0]) as bridge:
        folder = area_folder(server, "letters")
        written(folder, {"secret.txt": b"12345"})
        await go_to(bridge, "letters")
        await bridge.say(b"u")
        outcome = await upload(bridge, paths, GIVES)
        before = await bridge.until(b"What is a.txt? ")
        await bridge.line("A letter")
        page = (await bridge.until(b"\r\n> ")).decode("cp437")

    assert outcome.status == 0, outcome.said
    assert (folder / "a.txt").read_bytes() == b"Dear sirs"
    _, _, page = page.rpartition("\x1b[2J")
    assert MAY_NOT_LIST in page
    assert ".txt" not in page
    assert b"Into Letter-box: - of 1.0 GB are taken." in before


async def test_an_area_whose_folder_is_gone_takes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        await go_to(bridge, "public")
        area_folder(server).rmdir()
        await bridge.say(b"u")
        await bridge.until(b"This area cannot be written now; tell the operators.")

    assert "area public cannot be written" in caplog.text


@NEEDS_SOCKETS
async def test_a_member_finds_what_they_moved_among_their_transfers(tmp_path: Path, mine: Path) -> None:
    paths = written(mine / "given", {"given.bin": b"1" * 2000})
    async with serving(tmp_path, {"public": PUBLIC}) as server, dialled(server.ports[0]) as bridge:
        written(area_folder(server), {"taken.bin": b"2" * 3000})
        await become_member(bridge, server)
        await go_to(bridge, "1")
        await mark(bridge, "1")
        await bridge.say(b"d")
        await download(bridge, mine, TAKES)
        await bridge.until(b"Sent taken.bin")
        await bridge.say(b"u")
        await upload(bridge, paths, GIVES)
        await bridge.until(b"What is given.bin? ")
        await bridge.line("A gift")
        await bridge.until(b"\r\n> ")
        await bridge.say(b"v")
        await bridge.until(b"File: ")
        await bridge.line("given.bin")
        card = (await bridge.until(b"\r\n> ")).decode("cp437")
        await bridge.say(b"q")
        await bridge.until(b"File: ")
        await bridge.say(b"\x03")
        await bridge.until(b"\r\n> ")
        await bridge.say(b"q")
        await bridge.until(b"Area: ")
        await bridge.line("t")
        page = (await bridge.until(b"\r\n> ")).decode("cp437")

    assert "Brought by   kim, " in card
    assert "A gift" in card
    rows = [row.split()[2:7] for row in page.split("\r\n") if "kim" in row]
    assert rows == [["kim", "gave", "given.bin", "2", "KB"], ["kim", "took", "taken.bin", "3", "KB"]]
