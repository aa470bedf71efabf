"""The scale of a graph, and amounts as they are written at it. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from sttelnet.health.plugin import BYTES

TINY: Final = 1e-300  # what is nearer to nothing is nothing
_PREFIXES: Final = ("", "k", "M", "G", "T", "P", "E")
_PLAIN_UNITS: Final = {"", "B", "b", "c", "Hz", "W", "/s"}  # of others, "KB" and "%" say, there is no thousandfold


@dataclass(frozen=True, slots=True)
class Scale:
    """From the value at the lower edge of the last row of values to that at the upper edge of the first."""

    low: float
    high: float
    rows: int

    def at(self, edge: float) -> float:
        """Return the value so many rows above the lower edge."""
        share = edge / self.rows
        return self.low * (1 - share) + self.high * share

    def row(self, value: float) -> int | None:
        """Return the row a value is in, 0 the first; None where it is off the scale."""
        if not self.low <= value <= self.high:
            return None
        share = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)  # halved: no overflow
        return self.rows - 1 - min(self.rows - 1, int(share * self.rows))


def rounded(value: float) -> float:
    """Return a round number that is no less: 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    found = next((step * power for step in steps if value <= step * power * (1 + 1e-9)), value)
    return found if math.isfinite(found) else value


def amount(value: float, unit: str) -> str:
    """Return a value with its unit as it is written at an axis, mostly in seven characters: "1.5GB", "20ms", "95%"."""
    if not math.isfinite(value):
        return "?"
    if unit in BYTES and abs(value * BYTES[unit]) >= 1000:
        size = value * BYTES[unit]
        power = min(len(_PREFIXES) - 1, max(1, int(math.log(abs(size), 1024))))
        return f"{_short(size / 1024**power)}{_PREFIXES[power].upper()}B"
    if unit == "s" and 0 < abs(value) < 1:
        return f"{_short(value * 1e3)}ms" if abs(value) >= 1e-3 else f"{_short(value * 1e6)}us"
    if unit not in _PLAIN_UNITS or abs(value) < 1000:
        return f"{_short(value)}{unit}"
    power = min(len(_PREFIXES) - 1, int(math.log10(abs(value)) / 3))
    return f"{_short(value / 1000**power)}{_PREFIXES[power]}{unit}"


def _short(value: float) -> str:
    return f"{value:.0f}" if 100 <= abs(value) < 1e6 else f"{value:.3g}"
