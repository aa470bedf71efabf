"""Who has to stay away for a while, because of what came from there. Reads no clock.

As PerSourcePenalties of sshd_config(5): each offence adds seconds to those its source still has, up to a maximum; they
pass by themselves. Only a source that has come to the minimum is refused, and then until they have passed.
"""

from __future__ import annotations

import enum
import heapq
from dataclasses import dataclass
from typing import Final

from sttelnet.config import PenaltiesConfig

MOST_SOURCES: Final = 16_384  # past that, whoever has the least time left is forgotten for whoever comes


class Offence(enum.Enum):
    """What adds to a penalty; the value is the word for people."""

    AUTH_FAILURE = "wrong password or token"
    INVALID_USER = "unknown name"
    GRACE_EXCEEDED = "logging in took too long"
    FLOOD = "flood"
    NO_AUTH = "no try to log in"

    def seconds(self, config: PenaltiesConfig) -> float:
        """Return what it adds."""
        match self:
            case Offence.AUTH_FAILURE:
                return config.auth_failure
            case Offence.INVALID_USER:
                return config.invalid_user
            case Offence.GRACE_EXCEEDED:
                return config.grace_exceeded
            case Offence.FLOOD:
                return config.flood
            case Offence.NO_AUTH:
                return config.no_auth


@dataclass(frozen=True, slots=True)
class Penalty:
    """A source that is refused."""

    source: str  # an address or a network
    seconds: float  # from now on
    offence: Offence  # the last one


@dataclass(slots=True)
class _Record:
    until: float
    refused: bool  # it has come to the minimum since it last had none
    offence: Offence


class Penalties:
    """Penalties by their source."""

    def __init__(self, most: int = MOST_SOURCES) -> None:
        self._most = most
        self._records: dict[str, _Record] = {}
        self._ends: list[tuple[float, str]] = []  # a heap; what is in no record any more is stale

    def __len__(self) -> int:
        return len(self._records)

    def add(self, source: str, offence: Offence, now: float, config: PenaltiesConfig) -> Penalty | None:
        """Note an offence; return the penalty when it is this one that brings the source to the minimum."""
        seconds = offence.seconds(config)
        if seconds <= 0:
            return None
        record = self._records.get(source)
        if record is None or record.until <= now:
            self._make_room(source, now)
            record = self._records[source] = _Record(now, False, offence)
        record.until = min(record.until + seconds, now + config.maximum)
        record.offence = offence
        self._remember_end(source, record.until)
        if record.refused or record.until - now < config.minimum:
            return None
        record.refused = True
        return Penalty(source, record.until - now, offence)

    def left(self, source: str, now: float) -> float:
        """Return the seconds a source is still refused for, 0 where it may come in."""
        record = self._records.get(source)
        return max(0.0, record.until - now) if record is not None and record.refused else 0.0

    def all(self, now: float) -> list[Penalty]:
        """Return who is refused, the next to be let in first."""
        found = [
            Penalty(source, record.until - now, record.offence)
            for source, record in self._records.items()
            if record.refused and record.until > now
        ]
        return sorted(found, key=lambda penalty: penalty.seconds)

    def lift(self, source: str, now: float) -> bool:
        """Forget a source; return whether it was refused."""
        refused = self.left(source, now) > 0
        self._records.pop(source, None)
        return refused

    # -- room: the table is bounded, and an offence costs no walk through it

    def _make_room(self, source: str, now: float) -> None:
        self._records.pop(source, None)
        while self._ends and (self._ends[0][0] <= now or len(self._records) >= self._most):
            until, least = heapq.heappop(self._ends)
            record = self._records.get(least)
            if record is not None and record.until == until:
                del self._records[least]

    def _remember_end(self, source: str, until: float) -> None:
        heapq.heappush(self._ends, (until, source))
        if len(self._ends) > 4 * self._most:
            self._ends = [(record.until, name) for name, record in self._records.items()]
            heapq.heapify(self._ends)
