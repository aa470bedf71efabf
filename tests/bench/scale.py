"""How much is measured, and how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.bench.loops import ASYNCIO, LOOPS


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts and seconds of one run."""

    loops: tuple[str, ...]  # for what the loop has a say in; the rest is measured on the daemon's own
    rounds: int  # subject and reference in turn; the median of the rounds counts
    starts: int
    talkers: int  # sessions in a closed loop
    talk: float  # seconds they talk in a round
    sessions: int  # open while others connect
    many: int  # open at once, for memory
    arrivals: int  # newcomers whose first page is timed
    arrivals_per_second: float
    idle: float  # seconds of doing nothing; the daemon's sampler wakes every 5
    bulk: int  # bytes received in a round
    flood: float  # seconds of each kind of flood
    history: int  # days of performance data


FULL: Final = Scale(
    loops=LOOPS,
    rounds=5,
    starts=5,
    talkers=100,
    talk=1.2,
    sessions=1000,
    many=5000,
    arrivals=200,
    arrivals_per_second=100,
    idle=10.0,
    bulk=64 * 1024 * 1024,
    flood=5.0,
    history=365,
)
QUICK: Final = Scale(
    loops=(ASYNCIO,),
    rounds=1,
    starts=1,
    talkers=50,
    talk=0.5,
    sessions=200,
    many=500,
    arrivals=30,
    arrivals_per_second=100,
    idle=5.0,
    bulk=16 * 1024 * 1024,
    flood=0.5,
    history=30,
)
