"""How likely somebody is refused while many have not logged in yet. Pure.

As MaxStartups of sshd_config(5): a crowd that only stands there leaves a way in for whoever tries again, which a plain
cap does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Startups:
    """From `start` of them on one more is refused with `rate` percent; that grows evenly, to 100 at `full`."""

    start: int
    rate: int
    full: int

    def chance(self, waiting: int) -> float:
        """Return how likely one more is refused, from 0 to 1."""
        if waiting < self.start:
            return 0.0
        if waiting >= self.full:
            return 1.0
        share = (waiting - self.start) / (self.full - self.start)
        return (self.rate + (100 - self.rate) * share) / 100


@lru_cache(maxsize=1)  # it is read for every connection
def read_startups(text: str) -> Startups | None:
    """Return what "100:30:400" says; None where nobody is refused."""
    return Startups(*map(int, text.split(":"))) if text else None
