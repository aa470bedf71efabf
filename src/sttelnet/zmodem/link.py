"""What a connection does to bytes, and so which of them travel escaped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sttelnet.zmodem.frames import CONTROLS

Escape = Callable[[bytes], bytes]

_RETURNS: Final = b"\x0d\x8d\x0a\x8a"
_RUBOUT: Final = b"\xff"


@dataclass(frozen=True, slots=True)
class Link:
    """A connection's peculiarities. The default is a clean eight-bit line."""

    controls: bool = False  # escape every control character (ESCCTL)
    returns: bool = False  # escape CR and LF: telnet without BINARY turns them into other bytes
    rubout: bool = False  # 0xFF as ZRUB1: no IAC to double on telnet; zmodem.js cannot read it
    plain: bool = False  # hex headers end in CR LF, without the parity bit and without XON

    def specials(self) -> bytes:
        """Return the bytes that are escaped besides the seven that always are."""
        controls = bytes(byte for byte in CONTROLS if byte not in USUAL) if self.controls else b""
        returns = _RETURNS if self.returns and not self.controls else b""
        return controls + returns + (_RUBOUT if self.rubout else b"")


CLEAN: Final = Link()
TELNET: Final = Link(rubout=True)  # with BINARY agreed both ways
NVT: Final = Link(controls=True, returns=True, rubout=True, plain=True)  # BINARY refused

USUAL: Final = b"\x18\x10\x11\x13\x90\x91\x93"  # every sender escapes these


def escaped(byte: int) -> bytes:
    """Return the pair that stands for a byte."""
    match byte:
        case 0x7F:
            return b"\x18l"
        case 0xFF:
            return b"\x18m"
        case _:
            return bytes((0x18, byte ^ 0x40))


def needed(link: Link) -> frozenset[int]:
    """Return all bytes that travel escaped."""
    return frozenset(USUAL + link.specials())


def escaper(link: Link) -> Escape:
    """Return the function that escapes for this link."""
    behind_zdle = escaper_behind_zdle(link)
    return lambda data: behind_zdle(escape_zdle(data))


def escape_zdle(data: bytes) -> bytes:
    """Escape ZDLE alone. It goes first, for the others put it in."""
    return data.replace(b"\x18", b"\x18X")


def escaper_behind_zdle(link: Link) -> Escape:
    """Return the function that escapes for this link all but ZDLE, which has been.

    A chain of one-byte replacements beats every other way in Python.
    """
    pairs = [(bytes((byte,)), escaped(byte)) for byte in link.specials()]
    if not pairs:
        return _escape
    if len(pairs) == 1:
        ((one, pair),) = pairs
        return lambda data: _escape(data).replace(one, pair)

    def escape(data: bytes) -> bytes:
        data = _escape(data)
        for one, pair in pairs:
            data = data.replace(one, pair)
        return data

    return escape


def _escape(data: bytes) -> bytes:
    return (
        data.replace(b"\x10", b"\x18P")
        .replace(b"\x11", b"\x18Q")
        .replace(b"\x13", b"\x18S")
        .replace(b"\x90", b"\x18\xd0")
        .replace(b"\x91", b"\x18\xd1")
        .replace(b"\x93", b"\x18\xd3")
    )
