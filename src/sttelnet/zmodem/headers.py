"""Headers: a frame's type and four bytes, in hexadecimal or binary, out of a stream that may hold anything."""

from __future__ import annotations

import binascii
import enum
import re
import struct
import zlib
from functools import lru_cache
from typing import Final, NamedTuple

from sttelnet.zmodem.frames import FLOW, PAD, XON, ZDLE, Frame
from sttelnet.zmodem.link import Escape

_HEX_DIGITS: Final = 14
# A header as it usually comes: no parity, no noise, no escapes but the plain ones.
_PLAIN_HEX: Final = re.compile(rb"[0-9a-f]{14}")
_PLAIN_WIDE: Final = re.compile(rb"(?:[^\x18\x11\x13\x91\x93]|\x18[\x40-\x5f\xc0-\xdf]){9}")
_PLAIN_NARROW: Final = re.compile(rb"(?:[^\x18\x11\x13\x91\x93]|\x18[\x40-\x5f\xc0-\xdf]){7}")
_PAIR: Final = re.compile(rb"\x18[\x40-\x5f\xc0-\xdf]")
_FLOW: Final = frozenset(FLOW)
_NO_XON: Final = frozenset({Frame.ACK, Frame.FIN})


class Style(enum.Enum):
    """How a header is written; data behind `WIDE` has CRC-32, behind the others CRC-16."""

    BINARY = b"A"
    HEX = b"B"
    WIDE = b"C"


_STYLES: Final = {style.value[0]: style for style in Style}


class Header(NamedTuple):
    """A frame and its number. Flags count from the end: ZF0 is the highest byte."""

    frame: int  # an `int`, for a peer may send what is no `Frame`
    value: int = 0
    style: Style = Style.HEX

    @property
    def flags(self) -> int:
        """Return ZF0."""
        return self.value >> 24


class Parsed(NamedTuple):
    """A header found in a buffer, and where what follows it begins."""

    header: Header
    end: int


class Unparsed(enum.Enum):
    """Why there is no header."""

    SHORT = enum.auto()  # more bytes must come
    BAD = enum.auto()


def flags(zf0: int, zf1: int = 0, zf2: int = 0, zf3: int = 0) -> int:
    """Return the number whose bytes are these flags."""
    return zf0 << 24 | zf1 << 16 | zf2 << 8 | zf3


@lru_cache(maxsize=64)  # ZRINIT and ZRPOS of zero begin every file
def hex_header(frame: Frame, value: int = 0, *, plain: bool = False) -> bytes:
    """Write a header in hexadecimal, as everything without data behind it travels."""
    body = struct.pack("<BI", frame, value)
    digits = binascii.hexlify(body + struct.pack(">H", binascii.crc_hqx(body, 0)))
    end = b"\r\n" if plain else b"\r\x8a" if frame in _NO_XON else b"\r\x8a" + XON
    return PAD + PAD + ZDLE + Style.HEX.value + digits + end


def binary_header(frame: Frame, value: int, escape: Escape, *, wide: bool) -> bytes:
    """Write a header in binary: `wide` for CRC-32."""
    body = struct.pack("<BI", frame, value)
    if wide:
        return PAD + ZDLE + Style.WIDE.value + escape(body + struct.pack("<I", zlib.crc32(body)))
    return PAD + ZDLE + Style.BINARY.value + escape(body + struct.pack(">H", binascii.crc_hqx(body, 0)))


def parse_header(buffer: bytes, start: int) -> Parsed | Unparsed:
    """Read the header whose pad, ZDLE and style stand at `start`."""
    style = _STYLES[buffer[start + 2] & 0x7F]
    if style is Style.HEX:
        return _parse_hex(buffer, start + 3)
    return _parse_binary(buffer, start + 3, style)


def _parse_hex(buffer: bytes, start: int) -> Parsed | Unparsed:
    if plain := _PLAIN_HEX.match(buffer, start):
        return _proven_hex(plain[0], plain.end())
    digits = bytearray()
    for at in range(start, len(buffer)):
        if buffer[at] in _FLOW:
            continue
        digits.append(buffer[at] & 0x7F)
        if not chr(digits[-1]).isalnum():
            return Unparsed.BAD
        if len(digits) == _HEX_DIGITS:
            return _proven_hex(bytes(digits), at + 1)
    return Unparsed.SHORT


def _proven_hex(digits: bytes, end: int) -> Parsed | Unparsed:
    try:
        body = binascii.unhexlify(digits)
    except binascii.Error:
        return Unparsed.BAD
    if binascii.crc_hqx(body, 0):
        return Unparsed.BAD
    return Parsed(Header(body[0], int.from_bytes(body[1:5], "little"), Style.HEX), end)


def _parse_binary(buffer: bytes, start: int, style: Style) -> Parsed | Unparsed:
    if plain := (_PLAIN_WIDE if style is Style.WIDE else _PLAIN_NARROW).match(buffer, start):
        body = plain[0]
        if ZDLE in body:
            body = _PAIR.sub(_single, body)
        return _checked(body, style, plain.end())
    return _parse_noisy(buffer, start, style)


def _single(pair: re.Match[bytes]) -> bytes:
    return bytes((pair[0][1] ^ 0x40,))


def _parse_noisy(buffer: bytes, start: int, style: Style) -> Parsed | Unparsed:
    """Read a header that has XON or XOFF in it, an odd escape, or is not all there."""
    size = 9 if style is Style.WIDE else 7
    body = bytearray()
    at = start
    while len(body) < size:
        match _byte(buffer, at):
            case Unparsed() as unparsed:
                return unparsed
            case byte, at:
                body.append(byte)
    return _checked(bytes(body), style, at)


def _checked(body: bytes, style: Style, end: int) -> Parsed | Unparsed:
    if not _proven_binary(body, style):
        return Unparsed.BAD
    return Parsed(Header(body[0], int.from_bytes(body[1:5], "little"), style), end)


def _proven_binary(body: bytes, style: Style) -> bool:
    if style is Style.WIDE:
        return zlib.crc32(body[:5]) == int.from_bytes(body[5:], "little")
    return binascii.crc_hqx(body, 0) == 0


def _byte(buffer: bytes, at: int) -> tuple[int, int] | Unparsed:
    """Read one byte of a binary header and the place behind it."""
    at = _past_flow(buffer, at)
    if at == len(buffer):
        return Unparsed.SHORT
    if buffer[at] != ZDLE[0]:
        return buffer[at], at + 1
    at = _past_flow(buffer, at + 1)
    if at == len(buffer):
        return Unparsed.SHORT
    byte = unescaped(buffer[at])
    return Unparsed.BAD if byte is None else (byte, at + 1)


def _past_flow(buffer: bytes, at: int) -> int:
    while at < len(buffer) and buffer[at] in _FLOW:
        at += 1
    return at


def unescaped(byte: int) -> int | None:
    """Return what a byte behind ZDLE stands for; None where it stands for no byte."""
    if byte & 0x60 == 0x40:
        return byte ^ 0x40
    return {0x6C: 0x7F, 0x6D: 0xFF}.get(byte)
