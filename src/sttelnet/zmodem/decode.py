"""Data subpackets, inward: what a receiver reads.

A region of many subpackets is unescaped at once; the ends in it cut it into subpackets, each proven by one CRC over
data, end and CRC together: the residue is a constant.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from collections.abc import Sequence
from typing import Final, NamedTuple
from zlib import crc32

from sttelnet.zmodem.frames import LARGEST_SUBPACKET, End
from sttelnet.zmodem.unescape import unescape

LONGEST: Final = 2 * (LARGEST_SUBPACKET + 4) + 2  # bytes on the wire of one subpacket, all escaped
RESIDUE: Final = 0x2144DF1C  # of CRC-32 over what its own CRC follows
_MORE, _QUERY = 0x69, 0x6A
_ENDS: Final = {end.value[0]: end for end in End}
_ANY_END: Final = re.compile(rb"[h-k]")


class Region(NamedTuple):
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


def decode(buffer: bytes, *, wide: bool, trusted: int = LARGEST_SUBPACKET) -> Region:
    """Read the whole subpackets at the head of `buffer`, up to the end of the frame or the first that is no good.

    With CRC-16 one longer than `trusted` is looked at twice: see `_merged`.
    """
    unescaped = unescape(buffer)
    plain = unescaped.data
    trailer = 5 if wide else 3
    view = memoryview(plain)
    start = length = longest = 0
    parts: list[memoryview] = []
    queries: list[int] = []
    end: End | None = None
    fault = begun = False
    for place in unescaped.ends:
        if place < start:
            continue
        stop, size = place + trailer, place - start
        if stop > len(plain):  # half a CRC-16 may well pass: its second byte may be zero
            begun = True
            break
        if crc32(view[start:stop]) != RESIDUE if wide else _bad_narrow(view[start:stop], size > trusted):
            fault = True
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
    alike = len(parts) if length == len(parts) * longest and unescaped.places is not None else 0
    used, behind = unescaped.used(start), unescaped.behind
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
