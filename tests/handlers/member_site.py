"""A client whose session is written down, over real members in a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from sttelnet.areas import Areas
from sttelnet.channel import DEFAULT_SIZE, Line
from sttelnet.charset import Charset
from sttelnet.client import Client, Services
from sttelnet.config import Config, MembersConfig
from sttelnet.errors import AskInterrupted
from sttelnet.handlers.login import STLoginID, STLoginPassword
from sttelnet.health import Health, History
from sttelnet.hub import LocalHub, Mail
from sttelnet.logs import TextFormatter, session_logger
from sttelnet.members import Member, Members
from sttelnet.outcome import ACCEPTED, Outcome
from sttelnet.passwords import Cost, Passwords
from sttelnet.role import Role
from sttelnet.server.operations import Operations
from sttelnet.server.page import host_only
from sttelnet.store import Store
from sttelnet.terminal import TerminalFacts
from sttelnet.tree import Tree

PEER = "192.0.2.7"
GOOD = "correct horse"
BETTER = "battery staple"

Handler = Callable[..., Outcome | Awaitable[Outcome]]


class WrittenVisit:
    """A session that writes down what handlers ask of it, and answers their questions from a list."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.notices: list[str] = []
        self.announced: list[str] = []
        self.asked: list[tuple[str, bool]] = []
        self.answers: list[str] = []
        self.renewed = 0  # times the settings were taken up
        self.rights_changes = self.greetings = 0

    def send(self, text: str) -> None:
        self.sent.append(text)

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def announce(self, text: str) -> None:
        self.announced.append(text)

    async def ask(self, prompt: str, *, masked: bool) -> str:
        self.asked.append((prompt, masked))
        if not self.answers:
            raise AskInterrupted
        return self.answers.pop(0)

    def page(self, lines: Sequence[str], keep: int) -> list[str]:
        return list(lines[: 24 - keep])

    def rights_changed(self) -> None:
        self.rights_changes += 1

    async def greet(self) -> None:
        self.greetings += 1

    def choose_charset(self, charset: Charset | None) -> None:
        raise AssertionError(charset)

    def settings_changed(self) -> None:
        self.renewed += 1

    def lend_line(self) -> AbstractAsyncContextManager[Line]:
        raise AssertionError("no transfer was expected")

    @property
    def terminal(self) -> TerminalFacts:
        return TerminalFacts(DEFAULT_SIZE, Charset.UTF_8, "xterm", plain=False)


class MemberSite:
    """The services of a daemon with members, and clients to call handlers with."""

    def __init__(self, store: Store, passwords: Passwords, config: Config, folder: Path) -> None:
        self.members = Members(store, passwords, config.members, all_loopback=True)
        health = Health(config.health)
        areas = Areas(store, config.files, folder, scripts=folder / "scripts", database=folder / "data" / "members.db")
        hub = LocalHub()
        mail = Mail(hub, store, lambda: 5)
        self.services = Services(
            config,
            Tree(),
            self.members,
            hub,
            health,
            store,
            folder,
            areas,
            mail,
            Operations.idle(hub, store),
            host_only(store, health),
            History(store, lambda: 1),
        )

    def client(self, answers: Iterable[str] = ()) -> tuple[Client, WrittenVisit]:
        visit = WrittenVisit()
        visit.answers = list(answers)
        log = session_logger(1, PEER)
        return Client(1, PEER, secure=True, visit=visit, services=self.services, log=log), visit

    async def add(self, name: str = "Kim", role: Role = Role.MEMBER) -> Member:
        """Make a member whose password is GOOD."""
        added = await self.members.add(name, role)
        assert isinstance(added, tuple)
        member = await self.members.change_password(added[0].id, None, GOOD)
        assert isinstance(member, Member)
        return member

    def configure(self, **members: object) -> None:
        """Change keys of [members]."""
        changed = msgspec.structs.replace(self.services.config.members, **members)
        self.services.config = msgspec.structs.replace(self.services.config, members=changed)
        self.members.config = changed


@asynccontextmanager
async def member_site(folder: Path) -> AsyncIterator[MemberSite]:
    """Open a site's members in a folder."""
    passwords = Passwords(Cost(memory=8, passes=1))
    config = Config(members=MembersConfig(throttle_first=0.01, throttle_most=0.02))
    async with Store.open(folder / "members.db", patience=0.1) as store:
        yield MemberSite(store, passwords, config, folder)
    passwords.close()


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the session has logged, as the log shows it."""
    shown = TextFormatter(journal=True)
    return [shown.format(record)[3:] for record in caplog.records if record.name == "sttelnet.session"]


async def enter(client: Client, lines: dict[Handler, str]) -> Outcome:
    """Give each handler its line, as the input queue does; return the first outcome that is not "accepted"."""
    for handler, line in lines.items():
        answer = handler(client, line)
        outcome = await answer if isinstance(answer, Awaitable) else answer
        if outcome is not ACCEPTED:
            return outcome
    return ACCEPTED


async def log_in(client: Client, name: str, password: str) -> Outcome:
    """Type a name and a password, as on the log-in page."""
    return await enter(client, {STLoginID: name, STLoginPassword: password})


async def logged_in(site: MemberSite) -> tuple[Client, WrittenVisit]:
    """Return a client logged in as Kim."""
    await site.add()
    client, visit = site.client()
    await log_in(client, "Kim", GOOD)
    visit.notices.clear()
    return client, visit
