"""What an operator does to the running daemon: an `Administration` over its parts."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sttelnet.administration import Actor, Ban, Done, Figures, plain_address
from sttelnet.charset import one_line
from sttelnet.config import Config
from sttelnet.hub import LONGEST, Hub, Presence
from sttelnet.logs import event_logger
from sttelnet.server.admission import Admission
from sttelnet.server.bans import Bans
from sttelnet.server.countdown import Countdown
from sttelnet.store import Entry, Store

log = event_logger(__name__)

KICKED = "You were disconnected by an operator."
PENALTY = "(penalty)"  # in place of who has banned somebody; a member's name has no bracket
BANNED = "Your address is not welcome here for now."


class Place(Protocol):
    """What is known here of a session: a Desk."""

    def hang_up(self, words: str) -> None:
        """End the session with a sentence."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """The parts of the daemon that operations need."""

    hub: Hub
    store: Store
    bans: Bans
    admission: Admission
    countdown: Countdown
    places: Callable[[], Mapping[int, Place]]  # the sessions, by their number
    reload: Callable[[], Awaitable[list[str]]]
    config_problems: Callable[[], list[str]]
    figures: Callable[[], Figures]


class Operations:
    """Done on behalf of an Actor, each with a row in the audit."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    @classmethod
    def idle(cls, hub: Hub, store: Store) -> Operations:
        """Return the operations of a daemon that serves nobody: what pages print that are rendered without one."""
        figures = Figures(time.time(), 0, 0, 0, 0, 0, 0, 0.0, None, 0, 0, 0, 0, None)

        async def reload() -> list[str]:
            return []

        countdown = Countdown(hub.tell_everybody, lambda: None)
        admission = Admission(Config)
        return cls(Daemon(hub, store, Bans(store), admission, countdown, dict, reload, list, lambda: figures))

    async def kick(self, number: int, words: str, by: Actor) -> Done:
        """End a session with a sentence."""
        place, presence = self._daemon.places().get(number), self._daemon.hub.presence(number)
        if place is None or presence is None:
            return Done.NO_SUCH_SESSION
        if presence.role > by.role:
            return Done.ABOVE
        words = one_line(words)[:LONGEST]
        await self._write_down("kicked", presence.name, by, f"#{number} from {presence.peer}: {words or '-'}")
        log.warning("kicked", session=number, member=presence.name, by=by.name)
        place.hang_up(f"{KICKED} {words}".rstrip())
        return Done.DONE

    async def ban(self, address: str, seconds: float, reason: str, by: Actor) -> Done:
        """Turn an address away for a time, and end its sessions."""
        if any(one.role > by.role for one in self._calling_from(address)):
            return Done.ABOVE
        done = await self._daemon.bans.add(address, seconds, one_line(reason)[:LONGEST], by)
        if done is Done.DONE:
            log.warning("banned", address=address, seconds=seconds, by=by.name)
            for presence in self._daemon.hub.presences():
                if self._daemon.bans.of(presence.peer) is not None and presence.number in self._daemon.places():
                    self._daemon.places()[presence.number].hang_up(BANNED)
        return done

    def _calling_from(self, address: str) -> list[Presence]:
        plain = plain_address(address)
        return [one for one in self._daemon.hub.presences() if plain is not None and plain_address(one.peer) == plain]

    async def unban(self, address: str, by: Actor) -> Done:
        """Let an address in again: lift its ban, its penalty, or both."""
        penalised = self._daemon.admission.lift(address.strip())
        done = await self._daemon.bans.lift(address, by)
        if penalised and done in {Done.NOT_BANNED, Done.NOT_AN_ADDRESS}:  # a penalty's source may be a network
            await self._write_down("unbanned", "", by, f"{one_line(address)}, of a penalty")
            done = Done.DONE
        if done is Done.DONE:
            log.warning("unbanned", address=plain_address(address) or address, by=by.name)
        return done

    def bans(self) -> list[Ban]:
        """Return the bans and penalties that count now, the next to end first."""
        now = time.time()
        penalties = [
            Ban(one.source, now + one.seconds, PENALTY, one.offence.value) for one in self._daemon.admission.penalties()
        ]
        return sorted(self._daemon.bans.all() + penalties, key=lambda ban: ban.until)

    async def reload(self, by: Actor) -> list[str]:
        """Take up config.toml, scripts and handlers anew; return what is wrong with them, a sentence each."""
        await self._write_down("reload", "", by, "")
        return await self._daemon.reload()

    async def broadcast(self, text: str, by: Actor) -> int:
        """Put a sentence on every screen; return how many those are."""
        text = one_line(text)
        log.info("broadcast", by=by.name)
        await self._write_down("broadcast", "", by, text)
        return self._daemon.hub.tell_everybody(f"To everybody, from {by.name}: {text}")

    async def stop(self, seconds: float, words: str, by: Actor) -> Done:
        """Let no more in, tell everybody how long is left, and stop then; again: another time."""
        words = one_line(words)[:LONGEST]
        await self._write_down("stop", "", by, f"in {seconds:.0f} s: {words or '-'}")
        log.warning("stopping soon", seconds=seconds, by=by.name)
        self._daemon.countdown.set(seconds, words)
        return Done.DONE

    async def stay(self, by: Actor) -> Done:
        """Take a `stop` back."""
        if not self._daemon.countdown.clear():
            return Done.NOT_LEAVING
        log.warning("staying up", by=by.name)
        await self._write_down("stay", "", by, "")
        return Done.DONE

    def figures(self) -> Figures:
        """Return how the daemon does."""
        return self._daemon.figures()

    def config_problems(self) -> list[str]:
        """Return what was wrong with config.toml when it was read last, a sentence each."""
        return self._daemon.config_problems()

    async def _write_down(self, event: str, who: str, by: Actor, detail: str) -> None:
        """Write a row of the audit, now or later: the deed is done all the same."""
        words = f"by {by.name}" + (f": {detail}" if detail else "")
        await self._daemon.store.audit.add(Entry(time.time(), event, who, by.peer, words))
