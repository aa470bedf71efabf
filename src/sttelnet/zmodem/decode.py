"""Data subpackets, inward: the hot path of a receiver.

A region of many subpackets is unescaped at once: split at ZDLE and joined again, it has lost its ZDLEs, and the
lengths of the parts tell which bytes stood behind one. Those are flipped in place, and the ends among them cut the
region into subpackets, each proven by one CRC over data, end and CRC together: the residue is a constant.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, compress
from operator import itemgetter
from typing import Final, NamedTuple
from zlib import crc32

from sttelnet.zmodem.frames import LARGEST_SUBPACKET, End
from sttelnet.zmodem.headers import unescaped

LONGEST: Final = 2 * (LARGEST_SUBPACKET + 4) + 2  # bytes on the wire of one subpacket, all escaped
RESIDUE: Final = 0x2144DF1C  # of CRC-32 over what its own CRC follows
_DENSE: Final = 20  # with one ZDLE in fewer bytes than this, flipping them one by one is too slow
FLIPPED: Final = bytes(byte if (plain := unescaped(byte)) is None else plain for byte in range(256))
_IS_END: Final = bytes(0x68 <= byte <= 0x6B for byte in range(256))
_FOLLOWS: Final = bytes(0x40 if byte == 0x18 else 0 for byte in range(256))
_MARKS: Final = bytes(0x01 if byte == 0x18 else 0 for byte in range(256))
_MORE, _QUERY = 0x69, 0x6A
_ENDS: Final = {end.value[0]: end for end in End}
_ANY_END: Final = re.compile(rb"[h-k]")
_ODD_PAIR: Final = re.compile(rb"\x18[^\x40-\x5f\xc0-\xdf]")


@dataclass(frozen=True, slots=True)
class Region:
    """What the subpackets at the head of a buffer held."""

    data: bytes
    used: int  # bytes of the buffer
    queries: Sequence[int] = ()  # behind how many bytes of data a ZACK is wanted (ZCRCQ)
    end: End | None = None  # ZCRCE or ZCRCW: the frame is over
    fault: bool = False  # what follows is no subpacket
    begun: bool = False  # what follows has its end, but not yet all of its CRC
    longest: int = 0  # bytes of data in a subpacket
    alike: int = 0  # how many subpackets there were, if all were of one length
    behind: bytes = b""  # what stood behind each ZDLE of the buffer


class Plain(NamedTuple):
    """A buffer without its ZDLEs."""

    plain: bytearray
    places: list[int]  # of the bytes that stood behind one
    behind: bytes  # what they were


def decode(buffer: bytes, *, wide: bool, trusted: int = LARGEST_SUBPACKET) -> Region:
    """Read the whole subpackets at the head of `buffer`, up to the end of the frame or the first that is no good.

    With CRC-16 one longer than `trusted` is looked at twice: see `_merged`.
    """
    plain, places, behind = unescape(buffer)
    trailer = 5 if wide else 3
    view = memoryview(plain)
    start = length = longest = 0
    parts: list[memoryview] = []
    queries: list[int] = []
    end: End | None = None
    fault = begun = False
    for place in compress(places, behind.translate(_IS_END)):
        if place < start:
            continue
        stop, size = place + trailer, place - start
        if crc32(view[start:stop]) != RESIDUE if wide else _bad_narrow(view[start:stop], size > trusted):
            fault, begun = stop <= len(plain), stop > len(plain)
            break
        if size > LARGEST_SUBPACKET:
            fault = True
            break
        longest = max(longest, size)
        parts.append(view[start:place])
        length += size
        start = stop
        if (kind := plain[place]) == _QUERY:
            queries.append(length)
        elif kind != _MORE:
            end = _ENDS[kind]
            break
    used = start + bisect_left(places, start)  # each byte behind a ZDLE was two
    alike = len(parts) if length == len(parts) * longest else 0
    return Region(b"".join(parts), used, queries, end, fault, begun, longest, alike, behind)


def _bad_narrow(whole: memoryview, doubtful: bool) -> bool:
    return bool(crc_hqx(whole, 0)) or (doubtful and _merged(whole))


def _merged(whole: memoryview) -> bool:
    """Whether these are two subpackets made one by a lost ZDLE: a residue of zero passes again behind another."""
    crc = done = 0
    for end in _ANY_END.finditer(whole[:-3]):
        crc = crc_hqx(whole[done : end.end() + 2], crc)
        done = end.end() + 2
        if not crc:
            return True
    return False


def unescape(buffer: bytes) -> Plain:
    """Take the ZDLEs out and flip what stood behind them; the letters of ends stay what they are."""
    parts = buffer.split(b"\x18")
    plain = bytearray().join(parts)
    parts.pop()
    places = list(accumulate(map(len, parts)))
    while places and places[-1] == len(plain):  # a ZDLE whose second half is still to come
        places.pop()
    if not places:
        return Plain(plain, places, b"")
    behind = bytes(itemgetter(*places)(plain) if len(places) > 1 else (plain[places[0]],))
    if len(places) * _DENSE > len(buffer) and (flipped := _flip_all(buffer, plain)):
        return Plain(flipped, places, behind)
    for place, byte in zip(places, behind.translate(FLIPPED), strict=True):
        plain[place] = byte
    return Plain(plain, places, behind)


def _flip_all(buffer: bytes, plain: bytearray) -> bytearray | None:
    """Flip bit 6 of every byte behind a ZDLE, in one step of big numbers; None where a pair is not that simple."""
    size = len(buffer)
    follows = int.from_bytes(buffer.translate(_FOLLOWS), "little") << 8
    marks = int.from_bytes(buffer.translate(_MARKS), "little")
    mask = (follows | marks).to_bytes(size + 1, "little")[:size].translate(None, b"\x01")
    if len(mask) != len(plain):
        return None
    flipped = int.from_bytes(plain, "little") ^ int.from_bytes(mask, "little")
    whole = bytearray(flipped.to_bytes(len(plain), "little"))
    return _mended(buffer, plain, whole)


def _mended(buffer: bytes, plain: bytearray, whole: bytearray) -> bytearray:
    """Undo the flip where it was wrong: ends keep their letter, the rubouts are numbers of their own."""
    counted = zdles = 0
    for pair in _ODD_PAIR.finditer(buffer):
        zdles += buffer.count(b"\x18", counted, pair.start())
        counted = pair.start()
        place = counted - zdles
        whole[place] = FLIPPED[plain[place]]
    return whole
