"""One small member of a zip archive that somebody may have made to hurt us.

APPNOTE.TXT (PKWARE) 4.3 has the form. The archive is read here, not by zipfile: that takes the size of the
directory from more than one place and reads as much as it says, and it inflates bzip2 and LZMA without a
bound. Archives that need the zip64 form (over 4 GiB) count as broken.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

MOST_DIRECTORY: Final = 1024 * 1024  # bytes
MOST_ENTRIES: Final = 10_000

_END: Final = struct.Struct("<4s4H2LH")  # 4.3.16
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")  # 4.3.12
_LOCAL: Final = struct.Struct("<4s5H3L2H")  # 4.3.7
_SHORT_TAIL: Final = 1024  # most archives have no comment, or a short one
_LONG_TAIL: Final = _END.size + 0xFFFF
_ENCRYPTED: Final = 0x41  # 4.4.4, bits 0 and 6
_STORED: Final = 0
_DEFLATED: Final = 8


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file as the directory tells of it."""

    name: bytes
    flags: int
    method: int
    crc: int
    compressed: int  # bytes
    at: int  # where its local header stands


def member(file: BinaryIO, wanted: bytes, most: int) -> bytes | None:
    """Return at most `most` bytes of the first member of that name, which is lower case and counts without case.

    None where there is none, or it is encrypted, compressed in another way than by deflate, or broken. Raises
    OSError. Reads at most 1.1 MiB, whatever the archive says of itself.
    """
    for entry in _entries(file):
        if entry.name.lower() == wanted:
            return _content(file, entry, most)
    return None


def _entries(file: BinaryIO) -> Iterator[_Entry]:
    """Yield what the directory tells, up to where it is broken."""
    found = _directory(file)
    if found is None:
        return
    directory, shift = found
    at = 0
    for _ in range(MOST_ENTRIES):
        if len(directory) - at < _ENTRY.size:
            return
        (magic, _, _, flags, method, _, _, crc, compressed, _, name, extra, comment, _, _, _, local) = (
            _ENTRY.unpack_from(directory, at)
        )
        if magic != b"PK\x01\x02":
            return
        at += _ENTRY.size
        yield _Entry(directory[at : at + name], flags, method, crc, compressed, local + shift)
        at += name + extra + comment


def _directory(file: BinaryIO) -> tuple[bytes, int] | None:
    """Return the directory, and by how much what it says of places is to be moved: a program may stand before."""
    size = file.seek(0, 2)
    for reach in (_SHORT_TAIL, _LONG_TAIL):
        file.seek(max(0, size - reach))
        tail = file.read(reach)
        at = tail.rfind(b"PK\x05\x06", 0, max(0, len(tail) - _END.size + 4))
        if at >= 0:
            break
    else:
        return None
    _, _, _, _, entries, length, offset, _ = _END.unpack_from(tail, at)
    start = max(0, size - reach) + at - length
    if entries > MOST_ENTRIES or length > MOST_DIRECTORY or start < 0:
        return None
    file.seek(start)
    return file.read(length), start - offset


def _content(file: BinaryIO, entry: _Entry, most: int) -> bytes | None:
    if entry.flags & _ENCRYPTED or entry.method not in {_STORED, _DEFLATED} or entry.at < 0:
        return None
    file.seek(entry.at)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        return None
    *_, name, extra = _LOCAL.unpack(header)
    file.seek(name + extra, 1)
    packed = file.read(min(entry.compressed, 2 * most))  # text that deflate makes larger grows by some bytes
    return _inflated(packed, entry, most) if entry.method == _DEFLATED else _stored(packed, entry, most)


def _inflated(packed: bytes, entry: _Entry, most: int) -> bytes | None:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = stream.decompress(packed, most)
    except zlib.error:
        return None
    if stream.eof:
        return _checked(data, entry)
    return data if len(data) == most else None


def _stored(packed: bytes, entry: _Entry, most: int) -> bytes | None:
    if entry.compressed > most:
        return packed[:most] if len(packed) >= most else None
    return _checked(packed, entry)


def _checked(data: bytes, entry: _Entry) -> bytes | None:
    return data if zlib.crc32(data) == entry.crc else None
