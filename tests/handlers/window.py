"""Clients with a window of any size, at a host whose figures the test sets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from sttelnet.ansi import Ansi
from sttelnet.channel import Size
from sttelnet.charset import Charset
from sttelnet.client import Client, Services
from sttelnet.health import Disk, Health, Host, Traffic, Usage
from sttelnet.logs import session_logger
from sttelnet.members import Member
from sttelnet.role import Role
from sttelnet.server.page import host_only
from sttelnet.terminal import TerminalFacts
from tests.handlers.member_site import PEER, WrittenVisit, member_site

GIB = 1024**3
HOST = Host(
    name="db01",
    os="Debian GNU/Linux 12 (bookworm)",
    cpu=23.7,
    cores=8,
    memory=Usage(61.4, 19 * GIB, int(31.2 * GIB)),
    swap=Usage(12.0, GIB, 8 * GIB),
    load=(0.52, 0.58, 0.59),
    boot=1_795_406_062.0,
    processes=126,
    network=Traffic(1.2 * 1024**2, 310 * 1024),
    users=3,
)
DISKS = (
    Disk("/", Usage(64.0, 77 * GIB, 120 * GIB)),
    Disk("/data", Usage(91.2, 455 * GIB, 500 * GIB)),
)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Window(WrittenVisit):
    """A session with a terminal of its own, which shows lists by its height."""

    def __init__(self, facts: TerminalFacts) -> None:
        super().__init__()
        self.facts = facts
        self.index = 0

    def page(self, lines: Sequence[str], keep: int) -> list[str]:
        room = max(1, self.facts.size.rows - keep)
        return list(lines[self.index * room : (self.index + 1) * room])

    @property
    def terminal(self) -> TerminalFacts:
        return self.facts


class HostSite:
    """A daemon's services with a host that is as the test says."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self.services = services
        self.clock = clock

    def client(
        self,
        *,
        role: Role = Role.GUEST,
        secure: bool = True,
        columns: int = 80,
        rows: int = 24,
        charset: Charset = Charset.UTF_8,
        terminal: str = "xterm",
    ) -> Client:
        visit = Window(TerminalFacts(Size(columns, rows), charset, terminal, plain=not terminal))
        log = session_logger(1, PEER)
        client = Client(1, PEER, secure=secure, visit=visit, services=self.services, log=log)
        if role is not Role.GUEST:
            client.member = member(role)
        return client

    async def show(self, host: Host | None = HOST, disks: tuple[Disk, ...] | None = DISKS) -> None:
        """Let the sampler bring these figures, and the checks look at them."""
        self.services.health._take_figures(host)
        self.services.health._take_disks(disks)
        await self.services.checks.prepare()


def member(role: Role) -> Member:
    return Member(
        id=1,
        name="Kim",
        role=role,
        locked=False,
        charset=None,
        must_change=False,
        created=0.0,
        last_login=None,
        last_peer=None,
        profile="",
    )


@asynccontextmanager
async def host_site(folder: Path) -> AsyncIterator[HostSite]:
    """Open a site over real members, with a health that samples nothing by itself."""
    clock = Clock()
    files = folder / "files"
    files.mkdir()
    async with member_site(folder) as site:
        health = Health(site.services.config.health, clock=clock)
        checks = host_only(site.services.store, health, clock)
        yield HostSite(replace(site.services, health=health, checks=checks, files=files), clock)
        health.close()


def plain(text: str) -> str:
    """Return what a handler printed as it is read, without colours."""
    return text.plain() if isinstance(text, Ansi) else text


def rows(text: str) -> list[str]:
    """Return the rows a handler printed, without colours."""
    return plain(text).split("\n")
