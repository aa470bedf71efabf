"""Data subpackets, outward: the hot path of a sender."""

from __future__ import annotations

import binascii
import struct
import zlib
from typing import Final

from sttelnet.zmodem.frames import XON, ZDLE, End, Frame
from sttelnet.zmodem.headers import binary_header
from sttelnet.zmodem.link import Link, escaper, needed

_WIDE: Final = struct.Struct("<I").pack
_NARROW: Final = struct.Struct(">H").pack


class Encoder:
    """Writes frames for one link, with CRC-32 (`wide`) or CRC-16."""

    def __init__(self, link: Link, *, wide: bool = True) -> None:
        self._escape = escaper(link)
        self._unescaped = needed(link).isdisjoint
        self._wide = wide
        self._xon = b"" if link.plain else XON

    def header(self, frame: Frame, value: int = 0) -> bytes:
        """Write the header of a frame that has data."""
        return binary_header(frame, value, self._escape, wide=self._wide)

    def subpackets(self, data: bytes, block: int, last: End) -> bytes:
        """Write data as subpackets of `block` bytes, all of them ZCRCG but the last; no data is one empty subpacket."""
        start = max(0, (len(data) - 1) // block * block)
        out = (self._stream_wide if self._wide else self._stream_narrow)(data, block, start)
        out += self._subpacket(data[start:], last)
        if last is End.WAIT:
            out.append(self._xon)
        return b"".join(out)

    def _stream_wide(self, data: bytes, block: int, stop: int) -> list[bytes]:
        escape, unescaped, crc32, pack = self._escape, self._unescaped, zlib.crc32, _WIDE
        out: list[bytes] = []
        for at in range(0, stop, block):
            part = data[at : at + block]
            crc = pack(crc32(b"i", crc32(part)))
            out += (escape(part), b"\x18i", crc if unescaped(crc) else escape(crc))
        return out

    def _stream_narrow(self, data: bytes, block: int, stop: int) -> list[bytes]:
        out: list[bytes] = []
        for at in range(0, stop, block):
            out += self._subpacket(data[at : at + block], End.MORE)
        return out

    def _subpacket(self, part: bytes, end: End) -> tuple[bytes, bytes, bytes]:
        if self._wide:
            crc = _WIDE(zlib.crc32(end, zlib.crc32(part)))
        else:
            crc = _NARROW(binascii.crc_hqx(end, binascii.crc_hqx(part, 0)))
        return self._escape(part), ZDLE + end.value, self._escape(crc)
