"""The block behind ZFILE: a file's name, size and date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_DECIMAL: Final = re.compile(rb"[0-9]{1,20}")
_OCTAL: Final = re.compile(rb"[0-7]{1,20}")
_REGULAR: Final = 0o100000


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file as one side offers it. Received, every word of it is the peer's: clean the name, doubt the size."""

    name: bytes  # as it came, with whatever path
    size: int | None = None
    mtime: int | None = None  # seconds since 1970
    files_left: int | None = None  # this one counted
    bytes_left: int | None = None


def encode_info(info: FileInfo) -> bytes:
    """Write the block. The mode tells only that it is a regular file."""
    size, mtime = info.size or 0, max(0, info.mtime or 0)
    files, left = info.files_left or 1, info.bytes_left if info.bytes_left is not None else size
    return info.name + b"\0" + f"{size} {mtime:o} {_REGULAR | 0o644:o} 0 {files} {left}".encode() + b"\0"


def parse_info(block: bytes) -> FileInfo:
    """Read a block; what is missing or no number is None."""
    name, _, rest = block.partition(b"\0")
    words = rest.partition(b"\0")[0].split()[:6]
    words += [b""] * (6 - len(words))
    mtime = _number(words[1], _OCTAL, 8)
    return FileInfo(
        name,
        size=_number(words[0], _DECIMAL, 10),
        mtime=mtime or None,  # the specification's "unknown" is 0
        files_left=_number(words[4], _DECIMAL, 10),
        bytes_left=_number(words[5], _DECIMAL, 10),
    )


def _number(word: bytes, digits: re.Pattern[bytes], base: int) -> int | None:
    return int(word, base) if digits.fullmatch(word) else None
