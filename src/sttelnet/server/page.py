"""One page as bytes, without a client: what `sttelnet render` prints."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sttelnet.areas import Areas
from sttelnet.channel import Size
from sttelnet.charset import Charset
from sttelnet.client import Services
from sttelnet.errors import TreeError
from sttelnet.handlers.site import Site
from sttelnet.handlers.threads import HandlerThreads
from sttelnet.health import Alert, Checks, CheckSettings, Health, History, host_checks
from sttelnet.health.probes import Sources
from sttelnet.hub import LocalHub, Mail
from sttelnet.logs import event_logger
from sttelnet.members import Member, Members
from sttelnet.passwords import Passwords
from sttelnet.role import Role
from sttelnet.server.operations import Operations
from sttelnet.server.plan import Plan
from sttelnet.session import Desk, Enter
from sttelnet.session.call import Caller
from sttelnet.store import Store

_TYPES = {Charset.UTF_8: "xterm-256color", Charset.CP437: "ansi", Charset.ASCII: None}


class Paper:
    """A channel that keeps what is sent: nobody is at the other end."""

    peer = "127.0.0.1"
    port = 0
    loopback = True
    encrypted = False
    encryption = ""
    certificate: str | None = None
    echo = True
    character_mode = True
    negotiates = True
    interrupts = True
    received_at = 0.0
    on_change: Callable[[], None] | None = None

    def __init__(self, size: Size, terminal_type: str | None) -> None:
        self.size = size
        self.terminal_type = terminal_type
        self.sent = b""

    async def settle(self, seconds: float) -> None:
        """Nothing was asked."""

    async def receive(self) -> bytes | None:
        """Nobody types."""
        return b""

    def unread(self, data: bytes) -> None:
        """Nothing was received."""

    def wake(self) -> None:
        """Nobody waits."""

    def send(self, data: bytes) -> None:
        """Keep the bytes."""
        self.sent += data

    async def binary(self, on: bool, seconds: float = 2.0) -> bool:
        """Nobody refuses."""
        return True

    def bulk(self, on: bool) -> None:
        """Paper carries no files."""

    def mask(self, on: bool) -> None:
        """Nobody types."""

    @property
    def unsent(self) -> int:
        """Paper takes all there is."""
        return 0

    @property
    def congested(self) -> bool:
        """Paper never stalls."""
        return False

    async def drain(self) -> None:
        """Paper never stalls."""

    async def close(self) -> None:
        """Nothing is open."""

    def abort(self) -> None:
        """Nothing is open."""


async def render_page(plan: Plan, keyword: str, size: Size, charset: Charset, role: Role) -> bytes:
    """Return a page as a client of that role would be sent it; `get` handlers run, `set` and `post` do not.

    Raises TreeError when there is no such page.
    """
    site = Site(plan.scripts)
    await asyncio.to_thread(site.load)
    script = site.tree.get(keyword)
    if script is None:
        message = f"there is no page {keyword!r} in {plan.scripts}"
        raise TreeError(message)
    health, passwords = Health(plan.config.health), Passwords()
    paper = Paper(size, _TYPES[charset])
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with Store.open(Path(folder) / "render.db") as store:
                members = Members(store, passwords, plan.config.members, all_loopback=True)
                areas = Areas(store, plan.config.files, plan.home, scripts=plan.scripts, database=plan.database)
                hub = LocalHub()
                mail = Mail(hub, store, lambda: plan.config.people.mailbox)
                services = Services(
                    plan.config,
                    site.tree,
                    members,
                    hub,
                    health,
                    store,
                    plan.files,
                    areas,
                    mail,
                    Operations.idle(hub, store),
                    host_only(store, health),
                    History(store, lambda: plan.config.health.history),
                )
                await asyncio.to_thread(areas.prepare, make=False)
                await asyncio.to_thread(health.sample_now)
                await services.checks.prepare()
                log = event_logger(__name__)
                threads = HandlerThreads(plan.config.scripts.handler_threads)
                desk = Desk(
                    1,
                    paper,
                    services,
                    site.tree.get,
                    lambda client: Caller(client, site, threads, log),
                    log,
                    secure=True,
                )
                desk.client.member = _member(role)
                desk.begin()
                await desk.draw(Enter(script, clear=False))
    finally:
        health.close()
        passwords.close()
    return paper.sent


def host_only(store: Store, health: Health, clock: Callable[[], float] = time.time) -> Checks:
    """Return the checks of a daemon that runs no programs: the host's own figures, as `prepare` finds them."""

    async def nobody(alert: Alert) -> None:
        """Tell nobody."""

    sources = Sources(health.snapshot, health.services, lambda: None)
    settings = CheckSettings(None, Path(), host=host_checks(health.config))
    return Checks(lambda: settings, sources, store.checks, nobody, clock=clock)


def _member(role: Role) -> Member | None:
    if role is Role.GUEST:
        return None
    now = time.time()
    return Member(1, "you", role, False, None, False, now, now, "127.0.0.1", "")
