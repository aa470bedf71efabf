"""Averages of performance values, as a block of them is stored. Pure.

Each slot that has values takes 15 bytes: its place in the block, how many values (65,535 at most are counted), and the
least, the mean and the greatest of them in single precision, which is more than a graph shows.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

GREATEST: Final = 3.4e38  # what single precision holds (IEEE 754 binary32)
_SLOT: Final = struct.Struct("<BHfff")
_MOST_COUNTED: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution of averages: a slot each `step` seconds, a row of the table each `block` seconds."""

    step: int
    block: int
    kept: int  # seconds


MINUTES: Final = Level(300, 3600, 14 * 86_400)
HOURS: Final = Level(3600, 86_400, 400 * 86_400)  # a year, and somewhat more to compare with
RAW_KEPT: Final = 48 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Slot:
    """The values of one span of time; `count` is at least 1."""

    least: float
    mean: float
    most: float
    count: int


def pack(slots: Mapping[int, Slot]) -> bytes:
    """Return slots by their places in the block, 0 to 255, as the table holds them."""
    return b"".join(
        _SLOT.pack(place, min(slot.count, _MOST_COUNTED), _held(slot.least), _held(slot.mean), _held(slot.most))
        for place, slot in sorted(slots.items())
    )


def unpack(data: bytes) -> dict[int, Slot]:
    """Return the slots by their places; half a slot at the end is left out."""
    whole = len(data) // _SLOT.size * _SLOT.size
    rows = _SLOT.iter_unpack(data[:whole])
    return {place: Slot(least, mean, most, count) for place, count, least, mean, most in rows}


def with_slot(data: bytes, place: int, slot: Slot) -> bytes:
    """Return a packed block with one slot more, or another in its place, unless the one there knows of more values."""
    places = data[:: _SLOT.size]
    at = bisect_left(places, place)
    start = end = at * _SLOT.size
    if at < len(places) and places[at] == place:
        end += _SLOT.size
        if unpack(data[start:end])[place].count > slot.count:
            return data
    return data[:start] + pack({place: slot}) + data[end:]


def merged(slots: Iterable[Slot]) -> Slot:
    """Return one slot of several, at least one: each mean has the weight of its values."""
    all_slots = list(slots)
    count = sum(slot.count for slot in all_slots)
    mean = math.fsum(slot.mean * slot.count for slot in all_slots) / count
    return Slot(min(slot.least for slot in all_slots), mean, max(slot.most for slot in all_slots), count)


def fuller(old: Mapping[int, Slot], new: Mapping[int, Slot]) -> dict[int, Slot]:
    """Return both blocks in one; where both have a slot, the newer, unless the older one knows of more values."""
    return dict(old) | {
        place: slot for place, slot in new.items() if place not in old or slot.count >= old[place].count
    }


def _held(number: float) -> float:
    return max(-GREATEST, min(GREATEST, number))
