"""Telnet as it should not be: commands in every order, subnegotiations of all options, cut anywhere (RFC 854, 855)."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence
from typing import Final

_IAC, _SB, _SE = b"\xff", b"\xff\xfa", b"\xff\xf0"
_AYT, _EC, _EL, _DM = b"\xff\xf6", b"\xff\xf7", b"\xff\xf8", b"\xff\xf2"
_CONTROLS: Final = range(240, 250)  # SE, NOP, DM, BRK, IP, AO, AYT, EC, EL, GA
_ASKING: Final = range(251, 255)  # WILL, WONT, DO, DONT
_TTYPE, _NAWS, _LINEMODE, _STATUS, _CHARSET, _MSDP, _MSSP = 24, 31, 34, 5, 42, 69, 70
_AUTHENTICATION, _ENCRYPT, _NEW_ENVIRON, _MCCP2, _MCCP3, _MXP, _GMCP = 37, 38, 39, 86, 87, 91, 201
OPTIONS: Final = (
    *(0, 1, 3, 6, 18, _TTYPE, _NAWS, 32, 33, _LINEMODE, 35, 36, _AUTHENTICATION, _ENCRYPT, _NEW_ENVIRON, _CHARSET),
    *(_STATUS, 45, 47, _MSDP, _MSSP, _MCCP2, _MCCP3, 90, _MXP, 93, 200, _GMCP, 255),
)
_OPEN_TABLE: Final = bytes.fromhex("fffa450141020378fff0")  # hangs telnetlib3 5.0.1
_TYPES: Final = (b"xterm-256color", b"ansi", b"syncterm", b"dumb", b"MTTS 2825", b"\x1b[2J\x9b", b"\xe9\xc3\xa9", b"")
_SIZES: Final = (0, 1, 2, 24, 80, 132, 255, 256, 511, 65279, 65280, 65535)
_LONGEST: Final = 700  # bytes of a payload: an SB of more than 512 is dropped
_FLOOD: Final = 40  # commands of one input


def telnet_input(chance: random.Random) -> bytes:
    """Return one malformed input: a few parts, and one in three of them cut or damaged."""
    data = b"".join(chance.choice(_PARTS)(chance) for _ in range(chance.randint(1, 3)))
    match chance.randrange(6):
        case 0:
            return data[: chance.randint(0, len(data))]
        case 1:
            return _with_bytes_changed(chance, data)
        case _:
            return data


def _with_bytes_changed(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.choice((0, 13, 240, 250, 255, chance.randrange(256)))
    return bytes(changed)


def _controls(chance: random.Random) -> bytes:
    return b"".join(_IAC + bytes((chance.choice(_CONTROLS),)) for _ in range(chance.randint(1, 4)))


def _options(chance: random.Random) -> bytes:
    return b"".join(_asking(chance) for _ in range(chance.randint(1, 4)))


def _asking(chance: random.Random) -> bytes:
    option = chance.choice(OPTIONS) if chance.random() < 0.9 else chance.randrange(256)
    return _IAC + bytes((chance.choice(_ASKING), option))


def _flood(chance: random.Random) -> bytes:
    one = chance.choice((_asking(chance), _AYT, _EC + _EL, b"x" + _DM, _SB + _SE))
    return one * (chance.randint(2, _FLOOD) if chance.random() < 0.1 else 1)


def _cut(chance: random.Random) -> bytes:
    """Return a command that goes on in the next input, or is never whole."""
    return chance.choice((_IAC, _IAC + b"\xfd", _SB, _SB + b"\x18", _SB + b"\x1f\x00\x50\xff", _SB + b"\x18\x00x"))


def _erased(chance: random.Random) -> bytes:
    """Return what read before an empty line's beginning in inetutils (CVE-2022-39028), as the first byte of a line."""
    return b"\r\n" + chance.choice((_EC, _EL, _EC + _EL, _EL + _EC + _AYT))


def _text(chance: random.Random) -> bytes:
    return chance.choice((b"x", b"\r\n", b"\r\0", b"\xff\xff", b"ab\xff\xffcd", b"\x03", b"\0", b"?", b"\r"))


def _subnegotiation(chance: random.Random) -> bytes:
    option, make = chance.choice(_PAYLOADS)
    payload = make(chance)
    if chance.random() < 0.05:
        payload = payload * (chance.randint(1, 8) * _LONGEST // (len(payload) or 1) + 1)
    if chance.random() < 0.9:
        payload = payload.replace(_IAC, _IAC + _IAC)
    end = _SE if chance.random() < 0.9 else chance.choice((b"", _IAC, _IAC + b"\xf1", _SB))
    return _SB + bytes((option,)) + payload + end


def _pairs(chance: random.Random, kinds: Sequence[int], most: int) -> bytes:
    """Return names and values behind the bytes that announce them, in any order."""
    return b"".join(
        bytes((chance.choice(kinds),)) + chance.choice((b"", b"A", b"USER", b"x" * 30, b"\x02\xff", b"-f root"))
        for _ in range(chance.randint(0, most))
    )


def _environment(chance: random.Random) -> bytes:
    start = chance.choice((b"\x00", b"\x02", b"\x01", b"\x00\x00USER\x01-f root", b"\x00\x03LANG\x01x.zlib"))
    return start + _pairs(chance, (0, 1, 2, 3), 60)


def _special_characters(chance: random.Random) -> bytes:
    return b"\x03" + b"".join(
        bytes((chance.randrange(40), chance.randrange(256), chance.randrange(256)))
        for _ in range(chance.randint(0, 60))
    )


def _tables(chance: random.Random) -> bytes:
    return b"\x01" + bytes(chance.choice(b"\x01\x02\x03\x04\x05\x06AxZ") for _ in range(chance.randint(0, 60)))


def _packed(chance: random.Random) -> bytes:
    return zlib.compress(bytes(chance.choice((10, 1 << 14))), chance.randint(1, 9))[: chance.choice((None, 5))]


def _json(chance: random.Random) -> bytes:
    return chance.choice((b'Core.Hello {"a":', b"Char.Vitals ", b"\xff\xfe", b"")) + b"[" * chance.randint(0, 90)


_PAYLOADS: Final[Sequence[tuple[int, Callable[[random.Random], bytes]]]] = (
    (_TTYPE, lambda chance: bytes((chance.randrange(3),)) + chance.choice(_TYPES)),
    (
        _NAWS,
        lambda chance: b"".join(chance.choice(_SIZES).to_bytes(2, "big") for _ in range(chance.choice((1, 2, 2, 3)))),
    ),
    (_NEW_ENVIRON, _environment),
    (36, _environment),  # ENVIRON, the older one
    (_LINEMODE, _special_characters),
    (_LINEMODE, lambda chance: chance.randbytes(chance.randint(0, 3))),  # MODE, FORWARDMASK
    (_MCCP2, _packed),
    (_MCCP3, _packed),
    (_MSDP, _tables),
    (_MSSP, lambda chance: _pairs(chance, (1, 2), 30)),
    (_GMCP, _json),
    (_MXP, lambda chance: chance.randbytes(chance.randint(0, 60))),
    (
        _CHARSET,
        lambda chance: bytes((chance.randrange(8),)) + chance.choice((b";UTF-8" * 20, b"[TTABLE]\x01;a", b"idna")),
    ),
    (_STATUS, lambda chance: bytes((chance.randrange(2),)) + chance.randbytes(6)),
    (_AUTHENTICATION, lambda chance: bytes((chance.randrange(4), chance.randrange(8))) + b"A" * chance.randint(0, 400)),
    (_ENCRYPT, lambda chance: bytes((chance.randrange(9),)) + b"A" * chance.randint(0, 500)),  # CVE-2011-4862
)
_PARTS: Final[Sequence[Callable[[random.Random], bytes]]] = (
    *(_controls, _options, _flood, _cut, _erased, _text, lambda _: _OPEN_TABLE),
    *(_subnegotiation,) * 7,
)
