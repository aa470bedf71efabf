"""How long the next try from an address must wait, because of those before it. Reads no clock."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sttelnet.config import MembersConfig

MOST_SOURCES = 4096  # addresses remembered; past that the one that failed longest ago is forgotten
MOST_WAITING = 32  # of one source behind those that are tried: people behind one address, after a restart
_OURS_PER_NETWORK = 64  # one IPv6 subscriber holds a whole /64: its addresses are one source


@dataclass(slots=True)
class _Record:
    failures: int
    failed_at: float


@dataclass(slots=True, eq=False)
class Turn:
    """One try from a source, from its coming to its end."""

    source: str  # see source_key
    entered: float
    news: asyncio.Event = field(default_factory=asyncio.Event)  # one before it has ended: it may wait less now


class Throttle:
    """Failures by source: an address, or anything else a try comes from."""

    def __init__(self, most: int = MOST_SOURCES) -> None:
        self._most = most
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._turns: dict[str, list[Turn]] = {}  # in the order they came; none is ever forgotten

    def delay(self, source: str, now: float, config: MembersConfig) -> float:
        """Return the seconds the next try from there waits, if it came now and none before it succeeded."""
        key = source_key(source)
        return max(0.0, self._begins_in([*self._turns.get(key, ()), Turn(key, now)], now, config))

    def enter(self, source: str, now: float, config: MembersConfig) -> Turn | None:
        """Take the next turn from there; None when so many wait that it is refused.

        A turn that was taken is given back with `leave`, however the try ended.
        """
        turn = Turn(source_key(source), now)
        turns = self._turns.setdefault(turn.source, [])
        turns.append(turn)
        if len(turns) > config.tries + MOST_WAITING or self.wait(turn, now, config) is None:
            self.leave(turn)
            return None
        return turn

    def wait(self, turn: Turn, now: float, config: MembersConfig) -> float | None:
        """Return the seconds a turn is still to wait, as if those before it failed; None when that is too long.

        Those that succeed make it shorter, so it is worth another look. While too few have failed for a penalty
        nothing is too long: those before it are being verified, and soon done.
        """
        turns = self._turns[turn.source]
        seconds = max(0.0, self._begins_in(turns[: turns.index(turn) + 1], now, config))
        penalised = self._failures(turn.source, now, config) >= config.tries
        return None if penalised and seconds > config.throttle_most else seconds

    def leave(self, turn: Turn) -> None:
        """Give back a turn; a try that failed is told to `failed` before."""
        turns = self._turns[turn.source]
        turns.remove(turn)
        if not turns:
            del self._turns[turn.source]
        for other in turns:
            other.news.set()

    def _begins_in(self, turns: Sequence[Turn], now: float, config: MembersConfig) -> float:
        """Return in how many seconds the last of these may begin, below 0 where it might have begun.

        A try counts as a failure until it ends, and those that are to wait come one after the other: a hundred at
        once are no way around the wait.
        """
        record = self._current(turns[-1].source, now, config)
        failures, free_in = (record.failures, record.failed_at - now) if record else (0, turns[0].entered - now)
        for ahead, turn in enumerate(turns, failures):
            free_in = max(free_in, turn.entered - now) + _penalty(ahead, config)
        return free_in if failures + len(turns) > config.tries else 0.0

    def _failures(self, key: str, now: float, config: MembersConfig) -> int:
        record = self._current(key, now, config)
        return record.failures if record else 0

    def failed(self, source: str, now: float) -> None:
        """Remember one failure."""
        key = source_key(source)
        record = self._records.setdefault(key, _Record(0, now))
        record.failures += 1
        record.failed_at = now
        self._records.move_to_end(key)
        while len(self._records) > self._most:
            self._records.popitem(last=False)

    def _current(self, key: str, now: float, config: MembersConfig) -> _Record | None:
        record = self._records.get(key)
        if record is not None and now - record.failed_at >= config.throttle_forget:
            del self._records[key]
            return None
        return record


def _penalty(failures: int, config: MembersConfig) -> float:
    """Return the seconds a try waits behind so many failures."""
    if failures < config.tries:
        return 0.0
    doublings = min(failures - config.tries, 32)  # past that it is the most anyway
    return min(config.throttle_first * 2.0**doublings, config.throttle_most)


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
