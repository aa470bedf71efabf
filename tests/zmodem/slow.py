"""A decoder written from the specification, one byte at a time, to hold the fast one against."""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

FLOW = {0x11, 0x13, 0x91, 0x93}


@dataclass(frozen=True)
class Subpacket:
    data: bytes
    end: bytes


def subpackets(wire: bytes, *, wide: bool) -> list[Subpacket]:
    """Return the good subpackets from the start of a frame to its end, the end of the bytes, or the first bad one."""
    symbols = _symbols(wire)
    found: list[Subpacket] = []
    while (subpacket := _subpacket(symbols, 4 if wide else 2)) is not None:
        found.append(subpacket)
        if subpacket.end in (b"h", b"k"):
            break
    return found


def _subpacket(symbols: Iterator[int | bytes], width: int) -> Subpacket | None:
    data = bytearray()
    for symbol in symbols:
        if isinstance(symbol, bytes):
            break
        data.append(symbol)
    else:
        return None
    crc = bytearray()
    for _ in range(width):
        match next(symbols, None):
            case int(byte):
                crc.append(byte)
            case _:
                return None
    whole = bytes(data) + symbol
    if width == 4:
        good = zlib.crc32(whole) == int.from_bytes(crc, "little")
    else:
        good = binascii.crc_hqx(whole, 0) == int.from_bytes(crc, "big")
    return Subpacket(bytes(data), symbol) if good and len(data) <= 8192 else None


def _symbols(wire: bytes) -> Iterator[int | bytes]:
    """Return bytes as numbers and ends as letters."""
    escaped = False
    for byte in wire:
        if byte in FLOW:
            continue
        if not escaped:
            escaped = byte == 0x18
            if not escaped:
                yield byte
            continue
        escaped = False
        if byte in b"hijk":
            yield bytes((byte,))
        elif byte == ord("l"):
            yield 0x7F
        elif byte == ord("m"):
            yield 0xFF
        elif byte & 0x60 == 0x40:
            yield byte ^ 0x40
        else:
            yield byte  # no legal pair: what it is taken for is the CRC's to find out
