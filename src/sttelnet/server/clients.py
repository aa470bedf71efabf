"""Everybody who is connected: let in or turned away, watched, and let go at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from sttelnet.client import Services
from sttelnet.handlers.site import Site
from sttelnet.handlers.threads import HandlerThreads
from sttelnet.logs import event_logger, session_logger
from sttelnet.role import Role
from sttelnet.script.model import Problem
from sttelnet.server.bans import Bans
from sttelnet.server.countdown import Countdown
from sttelnet.server.pulse import Pulse
from sttelnet.session import Session
from sttelnet.telnet import Limits, TelnetChannel

if TYPE_CHECKING:
    from sttelnet.server.door import Door  # loaded where there is a port for TLS
    from sttelnet.server.tls import Tls

SWEEP: Final = 2.0  # seconds between looks at idle and log-in limits
BANNED: Final = b"Your address is not welcome here for now.\r\n"
LEAVING: Final = b"The service is about to go down. Try again later.\r\n"
FULL: Final = b"The host has as many clients as it takes. Try again later.\r\n"
WRONG_PORT: Final = "This port speaks plain telnet; {}.\r\n"
GOING_DOWN: Final = "The service is going down: goodbye."

log = event_logger(__name__)


class Clients:
    """The sessions there are, by their numbers."""

    def __init__(
        self, services: Callable[[], Services], site: Site, bans: Bans, countdown: Countdown, pulse: Pulse
    ) -> None:
        self._services, self._site, self._bans, self._countdown, self._pulse = services, site, bans, countdown, pulse
        self.sessions: dict[int, Session] = {}
        self.tls: Tls | None = None  # None: there is no port for it
        self._doors: set[Door] = set()  # of those who are shaking hands
        self._tasks: asyncio.TaskGroup | None = None  # None: nobody is let in
        self._threads: HandlerThreads | None = None
        self._leaving = False
        self._gone = asyncio.Event()  # leaving, and the last client has left

    def begin(self, tasks: asyncio.TaskGroup, threads: HandlerThreads) -> None:
        """Let clients in from now on."""
        self._tasks, self._threads = tasks, threads

    def channel(self) -> TelnetChannel:
        """Return the channel of the next connection."""
        server = self._services().config.server
        greeting = f"{server.name or 'sttelnet'}\r\n".encode("ascii", "replace")
        limits = Limits(send_timeout=server.send_timeout)
        elsewhere = "there is no TLS here" if self.tls is None else f"TLS is on port {self._services().config.tls.port}"
        return TelnetChannel(
            self._admit,
            greeting=greeting,
            limits=limits,
            traffic=self._pulse.traffic,
            wrong_port=WRONG_PORT.format(elsewhere).encode("ascii"),
        )

    def _admit(self, channel: TelnetChannel) -> None:
        """Start a session for a client that has just connected."""
        if self._tasks is None or self._threads is None or self._leaving:
            channel.abort()
        elif (refusal := self._refusal(channel.peer)) is not None:
            self._tasks.create_task(self._refuse(channel, *refusal))
        else:
            self._tasks.create_task(self._session(channel, self._threads))

    def _refusal(self, peer: str) -> tuple[str, bytes] | None:
        """Return why a client is not let in, for the log and for them; None where they are."""
        if self._bans.of(peer) is not None:
            return "banned", BANNED
        if self._countdown.left is not None:
            return "going down", LEAVING
        if len(self.sessions) + len(self._doors) >= self._services().config.server.max_sessions:
            return "full", FULL
        return None

    def knock(self, door: Door) -> None:
        """Let a client of the TLS port begin its handshake, or cut it off: it would not understand a word yet."""
        if self._tasks is None or self.tls is None or self._leaving:
            door.abort()
        elif (refusal := self._refusal(door.peer)) is not None:
            log.warning("refused: %s", refusal[0], peer=door.peer, clients=len(self.sessions))
            door.abort()
        else:
            self._doors.add(door)
            self._tasks.create_task(self._open(door, self.tls))

    async def _open(self, door: Door, tls: Tls) -> None:
        try:
            shaken = await door.open(tls.context, tls.turn)
        except Exception:
            log.exception("the handshake failed", peer=door.peer)
            shaken = None
            door.abort()
        finally:
            self._doors.discard(door)
        if shaken is not None:
            shaken.hand_over(self.channel())

    async def _refuse(self, channel: TelnetChannel, reason: str, words: bytes) -> None:
        log.warning("refused: %s", reason, peer=channel.peer, clients=len(self.sessions))
        channel.send(words)
        await channel.close()

    async def _session(self, channel: TelnetChannel, threads: HandlerThreads) -> None:
        services = self._services()
        number = services.hub.next_number()
        session = Session(number, channel, self._site, services, threads, session_logger(number, channel.peer))
        self.sessions[number] = session
        try:
            await session.run()
        finally:
            del self.sessions[number]
            if not self.sessions and self._leaving:
                self._gone.set()

    # -- while they are on

    async def sweep(self) -> None:
        """Look at every session's time limits, as long as the daemon runs."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP)
            now = loop.time()
            for session in tuple(self.sessions.values()):
                session.check_time(now)

    def scripts_changed(self, keywords: Iterable[str], problems: Iterable[Problem]) -> None:
        """Show those who are on changed scripts the new ones, and admins what is wrong with them."""
        changed, errors = set(keywords), [problem for problem in problems if not problem.warning]
        more = f" (and {len(errors) - 1} more: see admin/errors)" if len(errors) > 1 else ""
        for session in tuple(self.sessions.values()):
            if errors and session.client.role is Role.ADMIN:
                session.desk.notice(f"{errors[0]}{more}")
            if session.client.keyword in changed:
                session.desk.script_changed()

    # -- at the end

    async def drain(self, at_once: asyncio.Event) -> None:
        """Tell everybody that the service goes down, let them go within the limit or until `at_once`, then cut off."""
        self._leaving = True
        log.info("stopping", clients=len(self.sessions))
        for door in tuple(self._doors):
            door.abort()
        for session in tuple(self.sessions.values()):
            session.desk.hang_up(GOING_DOWN)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._services().config.server.drain_timeout):
                await self._all_gone_or(at_once)
        if self.sessions:
            log.warning("%d clients cut off", len(self.sessions))
        for session in tuple(self.sessions.values()):
            session.cut()

    async def _all_gone_or(self, at_once: asyncio.Event) -> None:
        if not self.sessions:
            self._gone.set()
        async with asyncio.TaskGroup() as tasks:
            waits = [tasks.create_task(event.wait()) for event in (self._gone, at_once)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
