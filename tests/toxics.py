"""What can be wrong with a line, in toxiproxy's words: https://github.com/Shopify/toxiproxy#toxics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Latency:
    """Everything comes so many seconds later, more or less."""

    seconds: float
    jitter: float = 0.0


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """No more than so many bytes a second."""

    rate: float


@dataclass(frozen=True, slots=True)
class Slicer:
    """Small writes, with a pause behind each."""

    size: int = 1
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class SlowClose:
    """The end of a direction is passed on so many seconds later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Noise:
    """One byte of so many is another. Telnet's commands are spared, for the noise is behind a gateway: serial."""

    every: int


@dataclass(frozen=True, slots=True)
class LimitData:
    """The connection is closed behind so many bytes."""

    after: int


@dataclass(frozen=True, slots=True)
class ResetPeer:
    """Both ends are reset behind so many bytes."""

    after: int = 0


@dataclass(frozen=True, slots=True)
class Timeout:
    """Behind so many bytes nothing is carried, and nothing closed either: half open. Nobody reads what is sent."""

    after: int = 0


Toxic = Latency | Bandwidth | Slicer | SlowClose | Noise | LimitData | ResetPeer | Timeout
Ending = LimitData | ResetPeer | Timeout
