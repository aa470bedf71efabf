"""How many are connected: in all, from one address, from one network."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass

from sttelnet.config import AdmissionConfig
from sttelnet.server.admission.networks import is_in, network_of


class Full(enum.Enum):
    """Which cap is reached; the value is the word for the log."""

    HOST = "full"
    ADDRESS = "too many from its address"
    NETWORK = "too many from its network"


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One connection, as it was counted: what a reload changes meanwhile must not make the counts drift."""

    address: str | None  # None: only the host's cap holds for it
    network: str | None

    @property
    def exempt(self) -> bool:
        """Whether neither the other caps nor penalties hold for it."""
        return self.address is None


class Crowd:
    """The connections there are. What is taken with `enter` is given back with `leave`, once or more often."""

    def __init__(self) -> None:
        self._places: set[Place] = set()
        self._addresses: Counter[str] = Counter()
        self._networks: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._places)

    def enter(self, peer: str, config: AdmissionConfig, most: int) -> Place | Full:
        """Take a place for an address, or say which cap is reached. `most` is the host's."""
        if len(self._places) >= most:
            return Full.HOST
        if is_in(peer, config.exempt, or_loopback=config.exempt_loopback):
            place = Place(None, None)
        else:
            network = network_of(peer, config.ipv4_network, config.ipv6_network)
            if self._addresses[peer] >= config.per_address:
                return Full.ADDRESS
            if self._networks[network] >= config.per_network:
                return Full.NETWORK
            place = Place(peer, network)
        self._places.add(place)
        self._count(place, 1)
        return place

    def leave(self, place: Place) -> None:
        """Give a place back."""
        if place in self._places:
            self._places.remove(place)
            self._count(place, -1)

    def counted(self) -> int:
        """Return how many addresses and networks are remembered: as few as there are with somebody on."""
        return len(self._addresses) + len(self._networks)

    def _count(self, place: Place, change: int) -> None:
        for counts, key in ((self._addresses, place.address), (self._networks, place.network)):
            if key is not None:
                counts[key] += change
                if not counts[key]:
                    del counts[key]
