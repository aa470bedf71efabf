"""Whether an address is let in now."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sttelnet.config import Config, read_startups
from sttelnet.logs import event_logger
from sttelnet.server.admission.crowd import Crowd, Full, Place
from sttelnet.server.admission.networks import is_in, network_of
from sttelnet.server.admission.penalties import Offence, Penalties, Penalty

PENALISED: Final = b"Too much went wrong from your address. Try again in a while.\r\n"
CROWDED: Final = b"Many are logging in just now. Try again in a moment.\r\n"
_FULL: Final = {
    Full.HOST: b"The host has as many clients as it takes. Try again later.\r\n",
    Full.ADDRESS: b"Your address has as many connections here as one may have.\r\n",
    Full.NETWORK: b"Your network has as many connections here as one may have. Try again later.\r\n",
}

log = event_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody is not let in."""

    reason: str  # for the log
    words: bytes  # for them
    seconds: float | None = None  # of a penalty: how long it still is


class Admission:
    """The caps and the penalties. Penalties belong to addresses: nobody can cause one in a member's name."""

    def __init__(
        self,
        config: Callable[[], Config],
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._config, self._clock, self._chance = config, clock, chance
        self._crowd, self._penalties = Crowd(), Penalties()
        self.begun: Callable[[str, Penalty], object] = lambda peer, penalty: None  # is told of each that begins to bite
        self.waiting: Callable[[], int] = lambda: 0  # how many are connected, not exempt, and have not logged in

    def enter(self, peer: str) -> Place | Refused:
        """Let somebody in, who gives the place back with `leave`, or say why not."""
        config = self._config()
        # An exempt address may be in a network that is refused, or was made exempt since.
        if not self._exempt(peer) and (left := self._penalties.left(self._source(peer), self._clock())):
            return Refused("penalty", PENALISED, left)
        place = self._crowd.enter(peer, config.admission, config.server.max_sessions)
        if isinstance(place, Place):
            if place.exempt or not self._crowded():
                return place
            self._crowd.leave(place)
            return Refused("too many have not logged in", CROWDED)
        if place is Full.ADDRESS:  # the network may be full of others
            self.penalise(peer, Offence.FLOOD)
        return Refused(place.value, _FULL[place])

    def leave(self, place: Place) -> None:
        """Give a place back."""
        self._crowd.leave(place)

    def penalise(self, peer: str, offence: Offence) -> None:
        """Note what came from an address."""
        if self._exempt(peer):
            return
        found = self._penalties.add(self._source(peer), offence, self._clock(), self._config().admission.penalties)
        if found is not None:
            log.warning("penalty", peer=peer, source=found.source, seconds=round(found.seconds), because=offence.value)
            self.begun(peer, found)

    def log_in_failed(self, peer: str, known: bool) -> None:
        """Note a log-in that failed; `known`: not for its name."""
        self.penalise(peer, Offence.AUTH_FAILURE if known else Offence.INVALID_USER)

    def left_without_a_try(self, peer: str) -> None:
        """Note a connection that ended before anybody tried to log in; guests may do that."""
        if not self._config().guests.enabled:
            self.penalise(peer, Offence.NO_AUTH)

    def penalties(self) -> list[Penalty]:
        """Return who is refused, the next to be let in first."""
        return self._penalties.all(self._clock())

    def lift(self, address: str) -> bool:
        """End the penalty of an address, or of a network as `penalties` names it; return whether there was one."""
        now = self._clock()
        return self._penalties.lift(address, now) or self._penalties.lift(self._source(address), now)

    def _crowded(self) -> bool:
        """Whether the lot refuses one more, for so many have not logged in yet; guests need not."""
        config = self._config()
        startups = read_startups(config.admission.startups)
        if config.guests.enabled or startups is None or len(self._crowd) <= startups.start:
            return False
        return self._chance() < startups.chance(self.waiting())

    def _source(self, peer: str) -> str:
        config = self._config().admission.penalties
        return network_of(peer, config.ipv4_network, config.ipv6_network)

    def _exempt(self, peer: str) -> bool:
        config = self._config().admission
        return is_in(peer, config.exempt, or_loopback=config.exempt_loopback)
