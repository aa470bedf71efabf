"""Runs of subpackets of one size, inward: what a long file is made of, read at C's speed.

What a region of subpackets was like, the next will be like: as long, ended the same way, escaped the same way. That
is only a guess, and every subpacket still proves it with its own CRC-32; where it is wrong, `decode` reads the same
bytes again without guessing.

The guess pays because Python has an unescaper in C: its own string escapes. A permutation of the byte values makes
ZDLE the backslash, and each of the pairs a sender usually sends one of the ten escapes that stand for one byte
(backslash with b f n r t v a, with a quote, with itself). So: translate, unescape, translate back, two and a half
times as fast on random data as flipping byte by byte. `codecs.escape_decode` is not in Python's manual (pickle rests
on it), so it is tried at import, and left alone if it does anything else than is wanted.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple
from zlib import crc32

from sttelnet.zmodem.decode import RESIDUE, Region
from sttelnet.zmodem.link import USUAL, escaped
from sttelnet.zmodem.unescape import FLIPPED

_LEAST: Final = 4096  # bytes that are no accident
_MOST: Final = 131072  # bytes taken at once: less than a millisecond of work
_TRAILER: Final = 5  # bytes behind the data: its end and a CRC-32
_MORE: Final = b"i"  # ZCRCG
_CRC: Final = re.compile(rb"(?:\x18.|[^\x18]){4}", re.DOTALL)
_SPARSE: Final = 64  # with one ZDLE in more bytes than this, looking for each is quicker

Unescape = Callable[[bytes], bytearray]

_BACKSLASH: Final = ord("\\")
_ESCAPES: Final = {"b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "a": 7}  # letter -> what it stands for
_ENDS: Final = {"i": '"', "k": "'"}  # ZCRCG and ZCRCW, as escapes that stand for themselves
# Octal escapes go on with the next byte where it is a digit, so they will do for what is rare: sz and rz escape the
# CR of "@\r". What comes of the other two is wrong, but Python does not warn of them.
_RETURNS: Final = b"\x0d\x8d"
_OTHERS: Final = b"hj"
_ITSELF: Final = b"\x18\x18"  # becomes a backslash and its escape


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the next subpackets are taken to be like."""

    size: int  # bytes of data in each
    unescape: Unescape


class Run(NamedTuple):
    """What was read at once."""

    data: bytes
    used: int  # bytes on the wire


def pattern(region: Region) -> Pattern | None:
    """Return what goes on behind this region, if it was a run."""
    if region.alike * region.longest < _LEAST or region.end is not None or region.queries:
        return None
    if len(region.behind) * _SPARSE < region.used:
        return Pattern(region.longest, _seeking)
    pairs = frozenset(region.behind)
    return next((Pattern(region.longest, quick) for known, quick in _QUICK if pairs <= known), None)


def end_of_last(buffer: bytes, start: int) -> int | None:
    """Return where the last whole subpacket ends: in a frame, a ZDLE with an "i" behind it always ends one."""
    place = start + _MOST
    while (place := buffer.rfind(b"\x18i", start, place)) >= 0:
        if crc := _CRC.match(buffer, place + 2):
            return crc.end()
    return None


def read_run(wire: bytes, pattern: Pattern) -> Run:
    """Read whole subpackets, up to the first that is other than it should be."""
    try:
        plain = pattern.unescape(wire)
    except (ValueError, DeprecationWarning):  # pairs nobody sends; Python can be told to raise its warnings
        return Run(b"", 0)
    parts = _proven(plain, pattern.size)
    whole = len(parts) * (pattern.size + _TRAILER) == len(plain)
    return Run(b"".join(parts), len(wire) if whole else _end_of(wire, len(parts)))


def _proven(plain: bytearray, size: int) -> list[memoryview]:
    """Return the data of the subpackets at the head that are ZCRCG, of this size, and sound."""
    view, step = memoryview(plain), size + _TRAILER
    checks, count = _checks(step), len(plain) // step
    whole = count * step
    if count < len(checks) and crc32(view[:whole]) == checks[count] and plain[size:whole:step] == _MORE * count:
        return [view[at : at + size] for at in range(0, whole, step)]
    parts: list[memoryview] = []
    for at in range(0, whole, step):
        if crc32(view[at : at + step]) != RESIDUE or plain[at + size] != _MORE[0]:
            break
        parts.append(view[at : at + size])
    return parts


@lru_cache(maxsize=4)
def _checks(step: int) -> tuple[int, ...]:
    """Return the CRC-32 of no, one, two, … sound subpackets of this length in a row.

    It is the same whatever stands in them: each alone has the residue, and CRCs are linear. A wrong bit anywhere
    changes it as it would change the residue of its own subpacket.
    """
    zeros = bytes(step)
    none = crc32(zeros)
    checks = [0]
    for _ in range(_MOST // step + 1):
        checks.append(RESIDUE ^ crc32(zeros, checks[-1]) ^ none)
    return tuple(checks)


def _end_of(wire: bytes, count: int) -> int:
    """Return where so many subpackets end."""
    place = 0
    for _ in range(count):
        place = wire.find(b"\x18i", place) + 2
    crc = _CRC.match(wire, place)
    return crc.end() if crc and count else 0


def _seeking(wire: bytes) -> bytearray:
    """Unescape where there is next to nothing to unescape."""
    plain, done = bytearray(), 0
    while (place := wire.find(b"\x18", done)) >= 0:
        plain += wire[done:place]
        plain.append(FLIPPED[wire[place + 1]])
        done = place + 2
    return plain + wire[done:]


# With seven pairs, two ends and the backslash all ten escapes are taken. What was unescaped can be any of 256 bytes
# and Python's escapes give no backslash but for two of them, so one byte has to be made two ZDLEs beforehand: any that
# travels as it is, or 0xFF where it travels as ZRUB1.


def _unescaper(spared: int, on_the_wire: bytes) -> Unescape:
    there, back = _tables(spared)

    def unescape(wire: bytes) -> bytearray:
        coded = bytearray(wire).replace(on_the_wire, _ITSELF).translate(there)
        return bytearray(codecs.escape_decode(coded)[0]).translate(back)

    return unescape


def _tables(spared: int) -> tuple[bytes, bytes]:
    """Return the permutation that makes wire bytes what Python unescapes, and the one that undoes it."""
    codes = {0x18: _BACKSLASH}
    back = {_BACKSLASH: spared}
    for byte, (letter, result) in zip(USUAL, _ESCAPES.items(), strict=True):
        codes[escaped(byte)[1]] = ord(letter)
        back[result] = byte
    codes |= {ord(end): ord(code) for end, code in _ENDS.items()}
    for digit, byte in enumerate(_RETURNS):
        codes |= {byte: digit, escaped(byte)[1]: ord("0") + digit}
    codes |= {pair: ord("0") + digit for digit, pair in enumerate(_OTHERS, len(_RETURNS))}
    others = set(range(256)) - set(codes) - set(back.values())
    free = set(range(256)) - set(codes.values()) - set(back)
    codes |= {byte: byte for byte in others & free}
    codes |= dict(zip(sorted(others - free), sorted(free - others), strict=True))
    back |= {code: byte for byte, code in codes.items() if code != _BACKSLASH}
    never = dict.fromkeys((*USUAL, spared), 0)  # they do not come as they are
    return bytes((never | codes)[byte] for byte in range(256)), bytes(back[code] for code in range(256))


def _works(unescape: Unescape, known: frozenset[int]) -> bool:
    """Whether Python's unescaper does what is wanted: on every byte and every pair, none with a digit behind it."""
    plain = bytes(byte for byte in range(256) if byte not in USUAL)
    sample = plain + b"".join(bytes((0x18, pair)) + b" " for pair in sorted(known))
    if ord("m") in known:
        sample = sample.replace(b"\xff", b"", 1)
    try:
        return unescape(sample) == _seeking(sample)
    except (LookupError, TypeError, ValueError, AttributeError):
        return False


_KNOWN: Final = frozenset(escaped(byte)[1] for byte in USUAL + _RETURNS) | frozenset(b"ik")
_QUICK: Final = tuple(
    (known, unescaper)
    for known, unescaper in (
        (_KNOWN, _unescaper(0x95, b"\x95")),
        (_KNOWN | {ord("m")}, _unescaper(0xFF, b"\x18m")),
    )
    if _works(unescaper, known)
)
