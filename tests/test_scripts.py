"""The tree that ships: right in itself, and right on every terminal."""

from __future__ import annotations

import asyncio
import io
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import pyte
import pytest

from sttelnet import logs
from sttelnet.areas import Areas, Unavailable
from sttelnet.channel import Size
from sttelnet.charset import Charset
from sttelnet.cli.reach import reachable
from sttelnet.client import Client, Services
from sttelnet.config import Config, LogConfig
from sttelnet.handlers.choice import choice_of
from sttelnet.handlers.journal import STLogShow
from sttelnet.handlers.site import Site
from sttelnet.handlers.threads import HandlerThreads
from sttelnet.health import Health, History
from sttelnet.hub import LocalHub, Mail
from sttelnet.logs import event_logger, session_logger
from sttelnet.members import Member, Members
from sttelnet.passwords import Cost, Passwords
from sttelnet.role import Role
from sttelnet.script.model import Get, Script
from sttelnet.server.operations import Operations
from sttelnet.server.page import Paper, host_only
from sttelnet.session import Desk, Enter
from sttelnet.session.call import FAILED_GET, Caller
from sttelnet.store import Entry, Store, StoredFile, TransferRow
from tests.areas.archives import zipped
from tests.daemon import config_with, daemon, dial

ROOT = Path(__file__).parent.parent
SITE = Site(ROOT / "scripts")
SITE.load()
SCRIPTS = SITE.tree.scripts

COLUMNS, ROWS = 79, 23  # column 80 wraps on some terminals, the last row is for messages
TYPES = {Charset.UTF_8: "xterm-256color", Charset.CP437: "syncterm", Charset.ASCII: None}
PROFILE = "Keeps the backups, and the keys to the cellar."
# Ten lines as wide as a FILE_ID.DIZ may have; the first would start a download in the reader's terminal.
HOSTILE = b"**\x18B00000000000000\r\x8a\x11"
DIZ = HOSTILE + b"\r\n" + b"\r\n".join(b"%d of ten lines. \xb0\xb1\xb2\xdb " % number * 2 for number in range(2, 12))
LONG_NAME = "archive-" + "x" * 200 + ".zip"
# Right border for each left one, of rows that belong to a box.
BORDERS = {"┌": "┐", "├": "┤", "└": "┘", "│": "│", "+": "+", "|": "|"}
# These end in a move or a hang-up of their own.
NO_WAY_BACK = {"root", "goodbye", "logout"}


@dataclass(frozen=True)
class Shown:
    """One page on one terminal."""

    rows: list[str]
    cursor: tuple[int, int]  # row and column, from 1
    plain_attributes: bool  # no colour is left on behind the page
    failed: list[str]  # the `get` statements that gave no value
    sent: bytes


Pages: TypeAlias = "dict[tuple[str, Charset, Role], Shown]"


class Careful(Caller):
    """Calls handlers, and remembers which `get` failed."""

    def __init__(self, client: Client) -> None:
        super().__init__(client, SITE, HandlerThreads(2), event_logger(__name__))
        self.failed: list[str] = []

    async def get(self, get: Get) -> str:
        value = await super().get(get)
        if value == FAILED_GET:
            self.failed.append(f"{get.call.place}: {get.call.name}{get.call.positional}")
        return value


async def show_all(folder: Path) -> Pages:
    """Draw every page for every terminal, once with the least role that may see it and once as an admin."""
    config = Config()
    health, passwords = Health(config.health), Passwords(Cost(memory=8, passes=1))
    shown: Pages = {}
    try:
        await asyncio.to_thread(health.sample_now)
        async with Store.open(folder / "members.db") as store:
            members = Members(store, passwords, config.members, all_loopback=True)
            areas = Areas(
                store, config.files, folder, scripts=ROOT / "scripts", database=folder / "data" / "members.db"
            )
            hub = LocalHub()
            mail = Mail(hub, store, lambda: 5)
            daemon = Operations.idle(hub, store)
            services = Services(
                config,
                SITE.tree,
                members,
                hub,
                health,
                store,
                ROOT / "files",
                areas,
                mail,
                daemon,
                host_only(store, health),
                History(store, lambda: 1),
            )
            await services.checks.prepare()
            who = await join(services)
            await fill(services, who[Role.MEMBER])
            await write_down(services)
            for charset in Charset:
                for script in SCRIPTS.values():
                    for role in {script.page.role, Role.ADMIN}:
                        shown[script.keyword, charset, role] = await show(script, charset, who[role], services)
    finally:
        health.close()
        passwords.close()
    return shown


async def join(services: Services) -> dict[Role, Member | None]:
    """Add members with names and profiles as long as may be, and one client of each role to who is on."""
    who: dict[Role, Member | None] = {Role.GUEST: None}
    for role in (Role.MEMBER, Role.OPERATOR, Role.ADMIN):
        added = await services.members.add(f"long-name-{int(role)}".ljust(20, "x"), role)
        assert isinstance(added, tuple), added
        member = await services.members.set_profile(added[0].id, PROFILE)
        assert isinstance(member, Member)
        who[role] = member
    for number in range(1, 25):
        await services.members.register(f"crowd{number}", "a long password", "192.168.100.200")
    for number, caller in enumerate(who.values(), 1):
        services.hub.join(seat(number, Charset.UTF_8, caller, services)[0])
    return who


async def fill(services: Services, uploader: Member | None) -> None:
    """Put more files into the public area than a page takes, and transfers into the books."""
    areas, store = services.areas, services.store
    assert await asyncio.to_thread(areas.prepare) == []
    area = areas.find("public")
    assert area is not None
    assert uploader is not None
    contents = {LONG_NAME: zipped(DIZ), "descript.ion": b"000.txt " + HOSTILE + "**↑B00 Übersicht".encode() + b"\r\n"}
    for name, data in {**contents, **{f"{number:03}.txt": b"12345" for number in range(40)}}.items():
        (area.directory / name).write_bytes(data)
        os.utime(area.directory / name, (1_234_526_400,) * 2)
    size = len(contents[LONG_NAME])
    row = TransferRow(
        1_234_526_400.0, "upload", "public", LONG_NAME, size, "ab" * 32, uploader.id, uploader.name, "", 0.1, "done"
    )
    stored = StoredFile("public", LONG_NAME, size, "ab" * 32, uploader.id, uploader.name, 1_234_526_400.0)
    await store.files.record(stored, row)
    for _ in range(20):
        await store.transfers.add(replace(row, direction="download", size=10**10, seconds=99.0, result="cancelled"))


async def write_down(services: Services) -> None:
    """Put more events into the log and more rows into the audit than a page takes, as long and as bad as may be."""
    hostile = HOSTILE.decode("latin-1")
    for number in range(40):
        logs.event_logger(__name__).error("%s %d", hostile, number, wide="漢" * 200)
        wide = "漢" * 20 * (number % 8)
        await services.store.audit.add(Entry(1_234_526_400.0, "refused", hostile, "192.0.2.7", wide))


async def choose(desk: Desk) -> None:
    """Have marked the files of an area, and look at one; admins look at what they found."""
    choice, areas = choice_of(desk.client), desk.client.services.areas
    area = areas.find("public")
    assert area is not None
    files = await areas.files(area)
    assert not isinstance(files, Unavailable)
    choice.area, choice.words = area.name, "x" * 60 if desk.client.role is Role.ADMIN else ""
    choice.mark(files)
    choice.looked_at = next(file for file in files if file.name == LONG_NAME)
    if desk.client.role >= Role.OPERATOR:
        STLogShow(desk.client, str(logs.RECENT.events()[-1].number), "admin/log/event")


def seat(number: int, charset: Charset, member: Member | None, services: Services) -> tuple[Desk, Paper]:
    paper = Paper(Size(80, 24), TYPES[charset])
    log = session_logger(number, paper.peer)
    desk = Desk(number, paper, services, SCRIPTS.get, Careful, secure=True, log=log)
    desk.client.member = member
    desk.begin()
    return desk, paper


async def show(script: Script, charset: Charset, member: Member | None, services: Services) -> Shown:
    desk, paper = seat(99, charset, member, services)
    await choose(desk)
    await desk.draw(Enter(script, clear=False, posts=False))
    desk.settle()
    await desk.farewell("")
    desk.end()
    # Taller and wider than what is allowed, so that too much shows instead of wrapping and scrolling.
    screen = pyte.Screen(132, 40)
    pyte.Stream(screen).feed(paper.sent.decode(charset.value))
    cursor, attributes = screen.cursor, screen.cursor.attrs
    assert isinstance(desk.caller, Careful)
    return Shown(
        rows="\n".join(row.rstrip() for row in screen.display).rstrip("\n").split("\n"),
        cursor=(cursor.y + 1, cursor.x + 1),
        plain_attributes=attributes.fg == attributes.bg == "default" and not (attributes.bold or attributes.reverse),
        failed=desk.caller.failed,
        sent=paper.sent,
    )


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    with logs.running(LogConfig(), io.StringIO(), {}):
        return asyncio.run(show_all(tmp_path_factory.mktemp("pages")))


EVERY_PAGE = [(keyword, charset) for keyword in SCRIPTS for charset in Charset]


# The tree


def test_the_shipped_tree_has_no_problem_and_no_warning() -> None:
    assert [problem.picture() for problem in SITE.tree.problems] == []


def test_the_shipped_tree_has_the_pages_a_site_needs() -> None:
    assert SCRIPTS.keys() >= {
        "root",
        "login",
        "register",
        "health",
        "processes",
        "services",
        "who",
        "members",
        "profile",
        "news",
        "help",
        "terminal",
        "goodbye",
        "admin/members",
        "admin/errors",
    }


def test_every_page_is_reached_from_root() -> None:
    reached = reachable({keyword: script for keyword, script in SCRIPTS.items() if keyword != "goodbye"})

    assert SCRIPTS.keys() - reached == {"goodbye"}  # log-off leads there


def test_a_page_of_keys_is_a_page_of_single_keys() -> None:
    strings = {text for script in SCRIPTS.values() for key in script.keys for text in key.strings}

    assert {text for text in strings if len(text) != 1} == set()


@pytest.mark.parametrize("keyword", sorted(SCRIPTS.keys() - NO_WAY_BACK))
def test_q_goes_back_and_the_question_mark_helps(keyword: str) -> None:
    script = SCRIPTS[keyword]
    targets = {text: key.target for key in script.keys for text in key.strings}

    if not script.sets:
        assert targets["q"] == "back"
        assert keyword == "help" or targets["?"] == "help"


def test_a_letter_leads_to_the_same_place_from_every_page() -> None:
    targets: dict[str, set[str]] = {}
    for script in SCRIPTS.values():
        if script.keyword.startswith(("files/", "admin/", "settings", "health/")):  # they have letters of their own
            continue
        for key in script.keys:
            for text in key.strings:
                targets.setdefault(text, set()).add(key.target)

    # On root Q has nowhere to go back to and C means chat and O the operator; on the list of processes M means memory.
    assert targets.pop("q") == {"back", "logoff"}
    assert targets.pop("m") == {"members", "processes/memory"}
    assert targets.pop("c") == {"chat", "password"}
    assert targets.pop("v") == {"members/view", "health/show"}
    assert targets.pop("o") == {"operator", "logout"}
    assert {text: found for text, found in targets.items() if len(found) > 1} == {}


@pytest.mark.parametrize("keyword", SCRIPTS)
def test_lists_keep_n_and_p_for_turning(keyword: str) -> None:
    script = SCRIPTS[keyword]
    lists = {"STProcesses", "STServices", "STWho", "STMembers", "STAccounts", "STNews", "STErrors", "STFiles"}
    lists |= {"STFileCard", "STTransfers", "STLog", "STLogEvent", "STAudit"}
    called = {piece.call.name for piece in script.body if isinstance(piece, Get)}
    taken = {text for key in script.keys for text in key.strings}

    if called & lists:
        assert not taken & {"n", "p"}


OPERATORS_PAGES = ("admin/menu", "admin/sessions", "admin/bans", "admin/log")


def test_pages_for_members_and_admins_say_so() -> None:
    roles = {keyword: script.page.role for keyword, script in SCRIPTS.items()}

    assert roles["root"] is roles["health"] is roles["login"] is roles["register"] is Role.GUEST
    assert roles["members"] is roles["profile"] is roles["password"] is Role.MEMBER
    admins = {keyword for keyword in SCRIPTS if keyword.startswith("admin/")} - {"admin/shell"}  # STShell asks there
    operators = {keyword for keyword in admins if keyword.startswith(OPERATORS_PAGES)}
    assert all(roles[keyword] is Role.OPERATOR for keyword in operators)
    assert all(roles[keyword] is Role.ADMIN for keyword in admins - operators)
    assert all(SCRIPTS[keyword].page.secure for keyword in admins)


@pytest.mark.parametrize("keyword", SCRIPTS)
def test_every_page_has_a_title(keyword: str) -> None:
    assert SCRIPTS[keyword].page.title


# On a screen


@pytest.mark.parametrize(("keyword", "charset"), EVERY_PAGE)
def test_a_page_fits_a_screen(keyword: str, charset: Charset, pages: Pages) -> None:
    for page in of(pages, keyword, charset):
        assert len(page.rows) <= ROWS, "\n".join(page.rows)
        assert max(map(len, page.rows)) <= COLUMNS, "\n".join(page.rows)
        assert page.cursor <= (ROWS, COLUMNS)


@pytest.mark.parametrize(("keyword", "charset"), EVERY_PAGE)
def test_every_value_on_a_page_is_there(keyword: str, charset: Charset, pages: Pages) -> None:
    for page in of(pages, keyword, charset):
        assert page.failed == []
        assert not re.search(r"\{%|%\}|\{#|#\}", "\n".join(page.rows))


@pytest.mark.parametrize(("keyword", "charset"), EVERY_PAGE)
def test_the_borders_of_boxes_line_up(keyword: str, charset: Charset, pages: Pages) -> None:
    for page in of(pages, keyword, charset):
        for row in page.rows:
            if row[:1] in BORDERS:
                assert len(row) == COLUMNS, "\n".join(page.rows)
                assert row[-1] == BORDERS[row[0]], "\n".join(page.rows)


@pytest.mark.parametrize(("keyword", "charset"), EVERY_PAGE)
def test_no_colour_runs_on_behind_a_page(keyword: str, charset: Charset, pages: Pages) -> None:
    assert all(page.plain_attributes for page in of(pages, keyword, charset))


@pytest.mark.parametrize(("keyword", "charset"), EVERY_PAGE)
def test_no_page_starts_a_download(keyword: str, charset: Charset, pages: Pages) -> None:
    assert all(b"\x18" not in page.sent for page in of(pages, keyword, charset))


@pytest.mark.parametrize("charset", Charset)
def test_the_pages_of_files_are_drawn_with_files(charset: Charset, pages: Pages) -> None:
    area, found = of(pages, "files/list", charset)
    if "Search for" in area.rows[1]:
        area, found = found, area
    card, *_ = of(pages, "files/file", charset)
    transfers, *_ = of(pages, "files/transfers", charset)

    assert [row[:7] for row in area.rows[4:18]] == [f"{number:>4} * " for number in range(1, 15)]
    assert "**B00" in "\n".join(area.rows)
    assert "archive-xxx" in "\n".join(found.rows)
    assert "7 of ten lines." in "\n".join(card.rows)  # the name takes three rows: the rest is on the next page
    assert sum("cancelled" in row for row in transfers.rows) == 16


@pytest.mark.parametrize("charset", [Charset.UTF_8, Charset.CP437])
@pytest.mark.parametrize("keyword", ["login", "register", "password"])
def test_a_form_asks_inside_its_box(keyword: str, charset: Charset, pages: Pages) -> None:
    for page in of(pages, keyword, charset):
        row, column = page.cursor
        line = page.rows[row - 1]

        assert line[0] == line[-1] == "│"
        assert line[: column - 1].rstrip().endswith(":")
        assert line[column - 1 : -1].strip() == ""


@pytest.mark.parametrize("keyword", ["login", "register", "password"])
def test_a_form_asks_at_the_end_of_a_plain_terminals_text(keyword: str, pages: Pages) -> None:
    for page in of(pages, keyword, Charset.ASCII):
        assert page.rows[-1].rstrip().endswith(":")
        assert page.cursor[0] == len(page.rows)


def of(pages: Pages, keyword: str, charset: Charset) -> list[Shown]:
    return [page for (name, where, _), page in pages.items() if (name, where) == (keyword, charset)]


# With a client


def shipped() -> dict[str, str]:
    folder = ROOT / "scripts"
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.txt")
    }


async def test_a_newcomer_looks_round_registers_and_leaves(tmp_path: Path) -> None:
    async with daemon(tmp_path, shipped()) as server, dial(server) as peer:
        await peer.until("Your choice: ")
        await peer.send("h")
        await peer.until("By name")
        await peer.send("?")
        await peer.until("EDITING A LINE")
        await peer.send("qq")
        await peer.until("Your choice: ")

        await peer.send("m")
        await peer.until("Log in to see that page.")
        await peer.send("\x03")
        await peer.until("Your choice: ")
        await peer.send("n")
        await peer.until("Name: ")
        await peer.line("kim")
        await peer.until("Password: ")
        await peer.line("short")
        await peer.until("A password has 8 characters at least. Choose another.")
        await peer.line("correct horse")
        await peer.until("Password again: ")
        assert "That one will do." in peer.shown()
        await peer.line("correct horse")
        await peer.until("Welcome, kim. This is your first log-in.")
        assert "You are kim" in peer.shown()

        await peer.send("m")
        await peer.until("View one")
        assert "kim" in peer.shown()
        await peer.send("y")
        await peer.until("YOUR PROFILE")
        await peer.send("d")
        await peer.until("One line, which members see.")
        await peer.line(PROFILE)
        await peer.until("Your profile is stored.")
        assert PROFILE in peer.shown()
        await peer.send("c")
        await peer.until("Old password: ")
        await peer.send("\x03")
        await peer.until("YOUR PROFILE")
        await peer.send("o")
        await peer.until("You are logged out.")
        await peer.send("q")

        assert "Goodbye, GUEST" in await peer.rest()


async def test_a_guest_from_elsewhere_sees_a_first_page_without_figures_and_in_one_piece(tmp_path: Path) -> None:
    config = config_with(server={"trusted_loopback": False})
    async with daemon(tmp_path, shipped(), config) as server, dial(server) as peer:
        await peer.until("Your choice: ")
        rows = peer.shown().split("\n")

    assert "this host" in rows[1]
    assert all(row[-1:] == BORDERS[row[0]] for row in rows if row[:1] in BORDERS)
    assert not re.search(r"[█░%]", peer.shown())


async def test_a_wait_for_earlier_tries_is_said_below_the_box(tmp_path: Path) -> None:
    config = config_with(members={"tries": 2, "throttle_first": 30.0})
    async with daemon(tmp_path, shipped(), config) as server, dial(server) as first, dial(server) as second:
        for peer in (first, second):
            await peer.until("Your choice: ")
            await peer.send("l")
        for peer, answer in ((first, "is wrong"), (second, "is wrong"), (first, "One moment: 30 s")):
            await peer.line("kim")
            await peer.until("Password: ")
            await peer.line("wrong horse")
            await peer.until(answer)
        rows = first.shown().split("\n")

    assert rows[-1] == "One moment: 30 s, because of earlier tries."
    assert all(row[-1:] == BORDERS[row[0]] for row in rows if row[:1] in BORDERS)


async def test_a_client_that_knows_no_telnet_gets_by_with_lines(tmp_path: Path) -> None:
    async with (
        daemon(tmp_path, shipped()) as server,
        dial(server, terminal_type="", agrees=frozenset(), charset=Charset.ASCII) as peer,
    ):
        first = await peer.until("Your choice: ")
        await peer.send("h\n")
        await peer.until("cpu: ")
        await peer.send("q\n")
        await peer.until("Your choice: ")
        await peer.send("l\n")
        await peer.until("Name: ")
        await peer.send("kim\n")
        await peer.until("Password: ")
        await peer.send("wrong\n")
        await peer.until("Name or password is wrong.")
        await peer.send("/quit\n")

        assert "Goodbye, GUEST" in await peer.rest()
        assert "\x1b" not in first
