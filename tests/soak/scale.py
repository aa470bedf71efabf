"""How much is done to the daemon, and how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts and seconds of one run."""

    inputs: int  # malformed inputs
    flood: float  # seconds of each kind of flood
    every_flood: int  # 1: all kinds, 4: every fourth
    kills: int  # of the daemon, by `kill -9`
    transfers: int  # over bad lines
    idle: int  # sessions that only stand there
    hold: float  # seconds they do
    encrypted: int  # sessions over TLS that only stand there
    drained: int  # sessions at SIGTERM
    full_disks: int  # times the disk is filled and freed, of each of two daemons
    cycles: int  # connect, log in, browse, leave
    ports: int  # of each address
    guessing: float  # seconds of trying passwords


FULL: Final = Scale(
    inputs=1_000_000,
    flood=5.0,
    every_flood=1,
    kills=200,
    transfers=300,
    idle=10_000,
    hold=60.0,
    encrypted=1000,
    drained=1000,
    full_disks=10,
    cycles=5000,
    ports=65_535,
    guessing=120.0,
)
SHORT: Final = Scale(
    inputs=20_000,
    flood=0.5,
    every_flood=4,
    kills=6,
    transfers=12,
    idle=500,
    hold=5.0,
    encrypted=100,
    drained=100,
    full_disks=1,
    cycles=100,
    ports=8192,
    guessing=4.0,
)
