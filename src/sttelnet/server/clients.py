"""Everybody who is connected: let in or turned away, watched, and let go at the end."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from sttelnet.client import Services
from sttelnet.handlers.site import Site
from sttelnet.handlers.threads import HandlerThreads
from sttelnet.logs import event_logger, session_logger
from sttelnet.role import Role
from sttelnet.script.model import Problem
from sttelnet.server.admission import Admission, Offence, Penalty, Place, Refused
from sttelnet.server.bans import Bans
from sttelnet.server.countdown import Countdown
from sttelnet.server.pulse import Pulse
from sttelnet.server.sweep import SWEEP, Looks
from sttelnet.session import Session
from sttelnet.session.limits import Overrun
from sttelnet.store import Entry
from sttelnet.telnet import Limits, TelnetChannel

if TYPE_CHECKING:
    from sttelnet.server.door import Door  # loaded where there is a port for TLS
    from sttelnet.server.tls import Tls

BANNED: Final = b"Your address is not welcome here for now.\r\n"
LEAVING: Final = b"The service is going down. Try again later.\r\n"
WRONG_PORT: Final = "This port speaks plain telnet; {}.\r\n"
FAREWELL: Final = 3.0  # seconds of the drain that a transfer broken off has for its last words
REFUSALS: Final = 64  # clients that are being told why at one time; more are hung up on without a word
GOING_DOWN: Final = "The service is going down: goodbye."

_BANNED: Final = Refused("banned", BANNED)
_GOING: Final = Refused("going down", LEAVING)

log = event_logger(__name__)


class Clients:
    """The sessions there are, by their numbers."""

    def __init__(
        self,
        services: Callable[[], Services],
        site: Site,
        admission: Admission,
        bans: Bans,
        countdown: Countdown,
        pulse: Pulse,
    ) -> None:
        self._services, self._site, self._countdown, self._pulse = services, site, countdown, pulse
        self._admission, self._bans = admission, bans
        self.sessions: dict[int, Session] = {}
        self._looks = Looks()
        self.tls: Tls | None = None  # None: there is no port for it
        self._doors: set[Door] = set()  # of those who are shaking hands
        self._places: dict[Place, Session | None] = {}  # of all who are connected; None: no session yet
        self._tasks: asyncio.TaskGroup | None = None  # None: nobody is let in
        self._threads: HandlerThreads | None = None
        self._leaving = False
        self._refusing: set[asyncio.Task[None]] = set()
        self._gone = asyncio.Event()  # leaving, and the last client has left

    def begin(self, tasks: asyncio.TaskGroup, threads: HandlerThreads) -> None:
        """Let clients in from now on."""
        self._tasks, self._threads = tasks, threads
        self._admission.waiting = self._waiting
        self._admission.begun = lambda peer, penalty: tasks.create_task(self._write_down(peer, penalty))

    async def _write_down(self, peer: str, penalty: Penalty) -> None:
        row = Entry(
            time.time(), "penalty", "", peer, f"{penalty.source} for {penalty.seconds:.0f} s: {penalty.offence.value}"
        )
        await self._services().store.audit.add(row)

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
        if self._tasks is None or self._threads is None:
            channel.abort()
            return
        peer = channel.peer
        found = self._banned(peer) or self._going_down() or self._admission.enter(peer)
        if isinstance(found, Refused):
            self._turn_away(channel, found)
            return
        self._places[found] = None
        task = self._tasks.create_task(self._session(channel, self._threads, found))
        task.add_done_callback(lambda _: self._leave(found))  # of a task that never began, too

    def _leave(self, place: Place) -> None:
        self._places.pop(place, None)
        self._admission.leave(place)

    def _waiting(self) -> int:
        """Return how many are connected and have not logged in, the exempt left out."""
        return sum(
            session is None or session.client.member is None
            for place, session in self._places.items()
            if not place.exempt
        )

    def _banned(self, peer: str) -> Refused | None:
        return None if self._bans.of(peer) is None else _BANNED

    def _going_down(self) -> Refused | None:
        return _GOING if self._leaving or self._countdown.left is not None else None

    def knock(self, door: Door) -> None:
        """Let a client of the TLS port begin its handshake, or cut it off: it would not understand a word yet.

        That the daemon goes down is told behind the handshake.
        """
        if self._tasks is None or self.tls is None:
            door.abort()
            return
        found = self._banned(door.peer) or self._admission.enter(door.peer)
        if isinstance(found, Refused):
            self._log_refusal(door.peer, found)
            door.abort()
            return
        self._doors.add(door)
        self._places[found] = None
        task = self._tasks.create_task(self._open(door, self.tls, found))
        task.add_done_callback(lambda _: self._leave(found))

    async def _open(self, door: Door, tls: Tls, place: Place) -> None:
        try:
            shaken = await door.open(tls.context, tls.turn)
        except Exception:  # the root of this task: one handshake is not the daemon's end
            log.exception("the handshake failed", peer=door.peer)
            shaken = None
            door.abort()
        finally:
            self._doors.discard(door)
        if shaken is None:
            self._admission.left_without_a_try(door.peer)
        else:
            self._leave(place)  # the session has one of its own
            shaken.hand_over(self.channel())

    def _log_refusal(self, peer: str, refused: Refused) -> None:
        if refused.seconds is None:
            log.warning("refused: %s", refused.reason, peer=peer, clients=len(self.sessions))
        else:
            log.warning("refused: %s", refused.reason, peer=peer, seconds=math.ceil(refused.seconds))

    def _turn_away(self, channel: TelnetChannel, refused: Refused) -> None:
        """Tell a client why and hang up; nothing waits for that at the end of the daemon."""
        self._log_refusal(channel.peer, refused)
        if self._tasks is None or len(self._refusing) >= REFUSALS:
            channel.abort()
            return
        channel.send(refused.words)
        refusing = self._tasks.create_task(self._close(channel))
        self._refusing.add(refusing)
        refusing.add_done_callback(self._refusing.discard)
        refusing.add_done_callback(lambda _: channel.abort())  # of a task that never began, too

    @staticmethod
    async def _close(channel: TelnetChannel) -> None:
        try:
            await channel.close()
        except Exception:  # the root of this task: who is refused is no other's affair
            log.exception("a refused client could not be hung up on")

    async def _session(self, channel: TelnetChannel, threads: HandlerThreads, place: Place) -> None:
        if self._leaving:  # since the client was let in, a moment ago
            self._turn_away(channel, _GOING)
            return
        services = self._services()
        number = services.hub.next_number()
        session = Session(number, channel, self._site, services, threads, session_logger(number, channel.peer))
        self.sessions[number] = self._places[place] = session
        self._looks.add(number, 0.0)
        try:
            await session.run()
        except Exception:  # the wall behind the session's own: an end that fails is nobody else's
            log.exception("a session could not be ended", session=number)
            channel.abort()
        finally:
            del self.sessions[number]
            if channel.flooded:
                self._admission.penalise(channel.peer, Offence.FLOOD)
            elif not (session.client.has_tried or session.told_to_leave):
                self._admission.left_without_a_try(channel.peer)
            if not self.sessions and self._leaving:
                self._gone.set()

    # -- while they are on

    async def sweep(self) -> None:
        """Look at the sessions' time limits, as long as the daemon runs: at each when one of its own can be over."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP)
            now = loop.time()
            for number in self._looks.due(now):
                if (session := self.sessions.get(number)) is not None:
                    self._look_at(session, now)

    def _look_at(self, session: Session, now: float) -> None:
        again = now + SWEEP  # whatever goes wrong here
        try:
            if session.check_time(now) is Overrun.LOG_IN:
                self._admission.penalise(session.client.peer, Offence.GRACE_EXCEEDED)
            again = max(session.desk.next_look(now), now + SWEEP / 2)
        finally:
            self._looks.add(session.client.number, again)

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
        """Tell everybody that the service goes down, let them go within the limit or until `at_once`, then cut off.

        Whoever calls from now on, until `end`, is told so and hung up on.

        A transfer that is under way may come to its end meanwhile. One that does not is broken off a little earlier,
        so that the other side is told, and the half of a file is kept.
        """
        self._leaving = True
        log.info("stopping", clients=len(self.sessions))
        limit = self._services().config.server.drain_timeout
        for may_finish, seconds in ((True, max(0.0, limit - FAREWELL)), (False, min(limit, FAREWELL))):
            for session in tuple(self.sessions.values()):
                session.desk.hang_up(GOING_DOWN, may_finish=may_finish)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._all_gone_or(at_once)
                    break
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

    def end(self) -> None:
        """Hang up on those who are shaking hands or being refused, and answer nobody any more."""
        self._tasks = None
        for door in tuple(self._doors):
            door.abort()
        for refusing in self._refusing:
            refusing.cancel()
