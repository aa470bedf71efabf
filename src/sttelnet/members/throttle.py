"""How long the next try from an address must wait, because of those before it. Reads no clock."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

from sttelnet.config import MembersConfig

MOST_SOURCES = 4096  # addresses remembered; past that the one that failed longest ago is forgotten
_OURS_PER_NETWORK = 64  # one IPv6 subscriber holds a whole /64: its addresses are one source


@dataclass(slots=True)
class _Record:
    failures: int
    failed_at: float


@dataclass(slots=True)
class _UnderWay:
    tries: int
    free_at: float  # tries from one source come one after the other: from here on the next may


class Throttle:
    """Failures by source: an address, or anything else a try comes from."""

    def __init__(self, most: int = MOST_SOURCES) -> None:
        self._most = most
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._under_way: dict[str, _UnderWay] = {}  # bounded by the connections; none is ever forgotten

    def delay(self, source: str, now: float, config: MembersConfig) -> float:
        """Return the seconds the next try from there waits, if it came now."""
        record = self._current(source, now, config)
        others = self._under_way.get(source_key(source))
        # A try under way counts as a failure until it ends: a hundred at once are no way around the wait.
        failures = (record.failures if record else 0) + (others.tries if others else 0)
        if failures < config.tries:
            return 0.0
        doublings = min(failures - config.tries, 32)  # past that it is the most anyway
        penalty = min(config.throttle_first * 2.0**doublings, config.throttle_most)
        return max(0.0, others.free_at - now if others else 0.0) + penalty

    def enter(self, source: str, now: float, config: MembersConfig) -> float | None:
        """Take the next turn from there: the seconds to wait, None when so many wait that it is refused.

        A turn that was taken is given back with `leave`, however the try ended.
        """
        delay = self.delay(source, now, config)
        if delay > config.throttle_most:
            return None
        others = self._under_way.setdefault(source_key(source), _UnderWay(0, now))
        others.tries += 1
        others.free_at = now + delay
        return delay

    def leave(self, source: str) -> None:
        """Give back a turn; a try that failed is told to `failed` before."""
        key = source_key(source)
        others = self._under_way[key]
        others.tries -= 1
        if not others.tries:
            del self._under_way[key]

    def failed(self, source: str, now: float) -> None:
        """Remember one failure."""
        key = source_key(source)
        record = self._records.setdefault(key, _Record(0, now))
        record.failures += 1
        record.failed_at = now
        self._records.move_to_end(key)
        while len(self._records) > self._most:
            self._records.popitem(last=False)

    def _current(self, source: str, now: float, config: MembersConfig) -> _Record | None:
        key = source_key(source)
        record = self._records.get(key)
        if record is not None and now - record.failed_at >= config.throttle_forget:
            del self._records[key]
            return None
        return record


def source_key(source: str) -> str:
    """Return what stands for an address: IPv6 by its /64, IPv4 in IPv6 clothes as IPv4."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), _OURS_PER_NETWORK), strict=False))
