"""ZDLE, inward: the bytes a stretch of the wire stands for, and where its ends are.

Split at ZDLE and joined again, a buffer has lost its ZDLEs, and the lengths of the parts tell which bytes stood behind
one; those are flipped in place. Where most control characters are escaped there are too many of them for that: then
all are flipped in one step of big numbers.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, compress
from operator import itemgetter
from typing import Final, NamedTuple

from sttelnet.zmodem.headers import unescaped

FLIPPED: Final = bytes(byte if (plain := unescaped(byte)) is None else plain for byte in range(256))
_IS_END: Final = bytes(0x68 <= byte <= 0x6B for byte in range(256))
_MARKS: Final = bytes(byte == 0x18 for byte in range(256))
_ODD_PAIR: Final = re.compile(rb"\x18[^\x40-\x5f\xc0-\xdf]")
_DENSE: Final = 20  # with one ZDLE in fewer bytes than this they are not flipped one by one


class Plain(NamedTuple):
    """A buffer without its ZDLEs; ends are there by their letter."""

    data: bytearray
    ends: Sequence[int]  # places of the letters that end a subpacket
    behind: bytes  # what stood behind the ZDLEs, where that was looked at
    wire: bytes
    places: Sequence[int] | None  # of the bytes that stood behind one; None where they were not counted

    def used(self, start: int) -> int:
        """Return how many bytes on the wire the first `start` are."""
        if self.places is not None:
            return start + bisect_left(self.places, start)
        seen, zdles, used = 0, 0, start
        while seen < used:
            zdles += self.wire.count(b"\x18", seen, used)
            seen, used = used, start + zdles
        return used


def unescape(wire: bytes) -> Plain:
    """Take the ZDLEs out and flip what stood behind them, but the letters of ends."""
    if wire.count(b"\x18") * _DENSE > len(wire) and (dense := _all_at_once(wire)) is not None:
        return dense
    return _one_by_one(wire)


def _one_by_one(wire: bytes) -> Plain:
    parts = wire.split(b"\x18")
    data = bytearray().join(parts)
    parts.pop()
    places = list(accumulate(map(len, parts)))
    while places and places[-1] == len(data):  # a ZDLE whose second half is still to come
        places.pop()
    if not places:
        return Plain(data, (), b"", wire, places)
    behind = bytes(itemgetter(*places)(data) if len(places) > 1 else (data[places[0]],))
    for place, byte in zip(places, behind.translate(FLIPPED), strict=True):
        data[place] = byte
    return Plain(data, list(compress(places, behind.translate(_IS_END))), behind, wire, places)


def _all_at_once(wire: bytes) -> Plain | None:
    """Flip bit 6 of every byte behind a ZDLE; None where two ZDLEs stand side by side."""
    size = len(wire)
    marks = int.from_bytes(bytearray(wire).translate(_MARKS), "little")
    # A mark moved on by a byte and six bits is bit 6 of the byte behind it.
    mask = (marks | marks << 14).to_bytes(size + 2, "little")[:size].translate(None, b"\x01")
    plain = wire.translate(None, b"\x18")
    if len(mask) != len(plain):
        return None
    flipped = int.from_bytes(plain, "little") ^ int.from_bytes(mask, "little")
    data = bytearray(flipped.to_bytes(len(plain), "little"))
    ends = _mend(wire, plain, data)
    return Plain(data, ends, b"", wire, None)


def _mend(wire: bytes, plain: bytes, data: bytearray) -> list[int]:
    """Undo the flip where it was wrong: ends keep their letter, rubouts are numbers of their own. Return the ends."""
    ends: list[int] = []
    counted = zdles = 0
    for pair in _ODD_PAIR.finditer(wire):
        zdles += wire.count(b"\x18", counted, pair.start())
        counted = pair.start()
        place = counted - zdles
        letter = plain[place]
        data[place] = FLIPPED[letter]
        if _IS_END[letter]:
            ends.append(place)
    return ends
