"""How a receiver is set up, and where it stands."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from sttelnet.zmodem.frames import LARGEST_INFO, LARGEST_SUBPACKET, MODULUS, OVER_AND_OUT, Ability, Frame
from sttelnet.zmodem.headers import Header, flags
from sttelnet.zmodem.link import CLEAN, Link
from sttelnet.zmodem.reader import Chunk, Reader

_LINE_ENDS: Final = frozenset({b"\r", b"\n", b"\x8d", b"\x8a", b"\x11", b"\0"})


@dataclass(frozen=True, slots=True)
class ReceiveOptions:
    """A receiver's choices."""

    link: Link = CLEAN
    crc32: bool = True
    opening: float = 60.0  # seconds for a sender to show itself
    repeat: float = 10.0  # seconds before ZRINIT is repeated; each one opens SyncTERM's file picker anew
    patience: float = 60.0  # seconds without any progress
    keys: bool = False  # a person may be at the other side: Escape, Ctrl-C or q before the first header is "no"


class Phase(enum.Enum):
    """Where a receiver stands."""

    WAITING = enum.auto()  # for ZFILE
    OFFERED = enum.auto()  # for the driver to accept or skip
    PROVING = enum.auto()  # for the sender's ZCRC
    RECEIVING = enum.auto()
    ENDED = enum.auto()  # for the driver to make the file last
    CLOSING = enum.auto()  # for "OO"


def abilities(options: ReceiveOptions) -> int:
    """Return what ZRINIT says. A buffer's size is never in it: zmodem.js takes none."""
    wide = Ability.CRC32 if options.crc32 else 0
    controls = Ability.CONTROLS if options.link.controls else 0
    return flags(Ability.DUPLEX | Ability.OVERLAP | wide | controls)


def unreadable(wishes: int) -> bool:
    """Whether the flags of a ZFILE announce data in a form nobody reads: packed, encrypted, sparse."""
    return bool(wishes >> 8 & 0xFF or wishes & 0x40)


def near(value: int, offset: int) -> int:
    """Return the full offset nearest to `offset` that is `value` in 32 bits."""
    return offset + (value - offset + MODULUS // 2) % MODULUS - MODULUS // 2


class Block:
    """What stands behind a header other than ZDATA, as far as it has come."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self._most = LARGEST_INFO if header.frame == Frame.FILE else LARGEST_SUBPACKET
        self._data = bytearray()

    def take(self, chunk: Chunk) -> bytes | None:
        """Return the whole block, once it is."""
        self._data += chunk.data
        return bytes(self._data) if chunk.end is not None else None

    @property
    def too_long(self) -> bool:
        """Whether more came than any such block may hold."""
        return len(self._data) > self._most


class Goodbye:
    """What may follow the last ZFIN: a line end, "OO", and then nothing that is ours."""

    def __init__(self) -> None:
        self._said = 0

    def heard(self, reader: Reader) -> bool | None:
        """Pass over it. True: all is said. False: there may be a header. None: more may come."""
        while byte := reader.peek():
            if byte in _LINE_ENDS:
                reader.drop()
            elif byte in {b"*", b"\x18"}:
                return False
            elif byte != b"O":
                return True
            else:
                reader.drop()
                self._said += 1
                if self._said == len(OVER_AND_OUT):
                    return True
        return None
