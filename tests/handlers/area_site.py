"""File areas with files in them, and clients with a window who look at them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from sttelnet.ansi import Ansi
from sttelnet.ansi.text import SEQUENCE
from sttelnet.areas import Area, AreaFile, Areas, Unavailable
from sttelnet.channel import Size
from sttelnet.charset import Charset, clean
from sttelnet.client import Client, Services
from sttelnet.config import AreaConfig
from sttelnet.logs import session_logger
from sttelnet.members import Member
from sttelnet.role import Role
from sttelnet.store import StoredFile, TransferRow
from sttelnet.store.transfers import Direction
from sttelnet.terminal import TerminalFacts
from tests.areas.archives import put
from tests.file_pages import DATE
from tests.handlers.member_site import PEER, MemberSite, member_site
from tests.handlers.window import Clock, Window

SHA256 = "ab" * 32
# What would start a download in the reader's terminal, or clear it.
HOSTILE = "\x1b[2J**\x18B00000000000000\r\x8a\x11\x18\x18\x18\x18\x18\x9b31m"
AREAS = {
    "public": AreaConfig(directory="areas/public", title="Public files"),
    "staff": AreaConfig(directory="areas/staff", title="Staff", list="operator", download="operator", upload="admin"),
    "letters": AreaConfig(
        directory="areas/letters", title="Letter-box", list="operator", download="admin", upload="guest"
    ),
    "closed": AreaConfig(directory="areas/closed", list="nobody", download="nobody", upload="nobody"),
}


class Seat(Window):
    """A session that turns the pages of lists as its client's page number says."""

    client: Client

    def page(self, lines: Sequence[str], keep: int) -> list[str]:
        self.index = self.client.page_index
        return super().page(lines, keep)


class AreaSite:
    """The services of a daemon with areas, and a clock that stands still until told."""

    def __init__(self, site: MemberSite, home: Path) -> None:
        self._site = site
        self.clock = Clock()
        self._areas = Areas(
            site.services.store,
            site.services.config.files,
            home,
            scripts=home / "scripts",
            database=home / "data" / "members.db",
            clock=self.clock,
        )
        self.services: Services = replace(site.services, areas=self._areas)
        self.configure(AREAS)

    def configure(self, areas: dict[str, AreaConfig]) -> None:
        """Take up other areas, as a reload of config.toml does."""
        files = msgspec.structs.replace(self.services.config.files, areas=areas)
        self.services.config = msgspec.structs.replace(self.services.config, files=files)
        self._areas.config = files
        assert self._areas.prepare() == []

    def area(self, name: str = "public") -> Area:
        area = self._areas.find(name)
        assert area is not None
        return area

    def put(self, name: str, data: bytes = b"12345", area: str = "public") -> Path:
        """Let a file lie in an area; whoever looks next sees it."""
        path = put(self.area(area).directory, data, name)
        os.utime(path, (DATE, DATE))
        self._areas.changed(self.area(area))
        return path

    async def files(self, area: str = "public") -> list[AreaFile]:
        files = await self._areas.files(self.area(area))
        assert not isinstance(files, Unavailable)
        return files

    async def know(self, name: str, description: str, member: Member | None = None, area: str = "public") -> None:
        """Have a file in the books as an upload."""
        size = (self.area(area).directory / name).stat().st_size
        number, who = (member.id, member.name) if member else (None, "GUEST")
        stored = StoredFile(area, name, size, SHA256, number, who, float(DATE), description)
        await self.services.store.files.record(stored, moved(name, "upload", member, size=size, area=area))
        self._areas.changed(self.area(area))

    async def member(self, name: str, role: Role = Role.MEMBER) -> Member:
        added = await self.services.members.add(name, role)
        assert isinstance(added, tuple), added
        return added[0]

    def client(
        self, role: Role = Role.GUEST, *, columns: int = 80, rows: int = 24, answers: Iterable[str] = ()
    ) -> tuple[Client, Seat]:
        """Return a client of that role who is in no table."""
        member = None
        if role is not Role.GUEST:
            member = Member(9, "Nobody", role, False, None, False, 0.0, None, None, "")
        return self.seat(member, columns=columns, rows=rows, answers=answers)

    def seat(
        self, member: Member | None, *, columns: int = 80, rows: int = 24, answers: Iterable[str] = ()
    ) -> tuple[Client, Seat]:
        seat = Seat(TerminalFacts(Size(columns, rows), Charset.UTF_8, "xterm", plain=False))
        seat.answers = list(answers)
        log = session_logger(1, PEER)
        client = seat.client = Client(1, PEER, secure=True, visit=seat, services=self.services, log=log)
        client.member = member
        return client, seat


@asynccontextmanager
async def area_site(folder: Path) -> AsyncIterator[AreaSite]:
    """Open a site with the areas of AREAS, all of them empty."""
    home = folder.resolve()
    for name in ("scripts", "data"):
        (home / name).mkdir()
    async with member_site(home / "data") as site:
        yield AreaSite(site, home)


def moved(
    name: str,
    direction: Direction = "download",
    member: Member | None = None,
    *,
    size: int = 5,
    area: str = "public",
    result: str = "done",
) -> TransferRow:
    """Return what the books say of a transfer."""
    number, who = (member.id, member.name) if member else (None, "GUEST")
    return TransferRow(float(DATE), direction, area, name, size, SHA256, number, who, PEER, 0.5, result)


def acts(text: str) -> str:
    """Return what in a printed text would act on a terminal, besides colours and line ends."""
    if not isinstance(text, Ansi):
        text = clean(text)  # as whoever sends it does
    text = "".join("" if part[-1:] == "m" else part for part in SEQUENCE.findall(text)) + SEQUENCE.sub("", text)
    return "".join(letter for letter in text if letter != "\n" and not letter.isprintable())
