"""Data subpackets, outward: the hot path of a sender."""

from __future__ import annotations

import binascii
import struct
import zlib
from typing import Final

from sttelnet.zmodem.frames import XON, ZDLE, End, Frame
from sttelnet.zmodem.headers import binary_header
from sttelnet.zmodem.link import Link, escape_zdle, escaper, escaper_behind_zdle

_WIDE: Final = struct.Struct("<I").pack
_NARROW: Final = struct.Struct(">H").pack


class Encoder:
    """Writes frames for one link, with CRC-32 (`wide`) or CRC-16."""

    def __init__(self, link: Link, *, wide: bool = True) -> None:
        self._escape = escaper(link)
        self._escape_behind_zdle = escaper_behind_zdle(link)
        self._wide = wide
        self._xon = b"" if link.plain else XON

    def header(self, frame: Frame, value: int = 0) -> bytes:
        """Write the header of a frame that has data."""
        return binary_header(frame, value, self._escape, wide=self._wide)

    def subpackets(self, data: bytes, block: int, last: End) -> bytes:
        """Write data as subpackets of `block` bytes, all of them ZCRCG but the last; no data is one empty subpacket.

        Only ZDLE is escaped block by block: once that is done the ends can be put in, which are ZDLEs themselves, and
        the rest is quicker for all blocks together.
        """
        seal = _wide_seal if self._wide else _narrow_seal
        start = max(0, (len(data) - 1) // block * block)
        out: list[bytes] = []
        for at in range(0, start, block):
            part = data[at : at + block]
            out += (part.replace(b"\x18", b"\x18X"), b"\x18i", seal(b"i", part))
        part = data[start:]
        out += (escape_zdle(part), ZDLE + last.value, seal(last.value, part))
        wire = self._escape_behind_zdle(b"".join(out))
        return wire + self._xon if last is End.WAIT else wire


def _wide_seal(end: bytes, part: bytes) -> bytes:
    return _WIDE(zlib.crc32(end, zlib.crc32(part))).replace(b"\x18", b"\x18X")


def _narrow_seal(end: bytes, part: bytes) -> bytes:
    return _NARROW(binascii.crc_hqx(end, binascii.crc_hqx(part, 0))).replace(b"\x18", b"\x18X")
