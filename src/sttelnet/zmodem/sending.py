"""How a sender is set up, and where it stands."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from sttelnet.zmodem.frames import USUAL_SUBPACKET, Ability
from sttelnet.zmodem.headers import Header
from sttelnet.zmodem.link import CLEAN, Link


@dataclass(frozen=True, slots=True)
class SendOptions:
    """A sender's choices."""

    link: Link = CLEAN
    block: int = USUAL_SUBPACKET  # 8,192 is faster; more than 1,024 breaks Tera Term and qodem
    window: int = 0  # bytes that may be on their way unacknowledged at most; 0: no limit
    crc32: bool = True  # where the receiver can
    greeting: bytes = b"rz\r"  # starts `rz` at a shell
    opening: float = 60.0  # seconds for a receiver to show itself
    patience: float = 60.0  # seconds for the answer to an offer, and for a driver that supplies nothing
    stall: float = 30.0  # seconds without a ZACK where one is due
    keys: bool = False  # a person may be at the other side: Escape, Ctrl-C or q before the first header is "no"


class Phase(enum.Enum):
    """Where a sender stands."""

    OPENING = enum.auto()  # for ZRINIT
    READY = enum.auto()  # for the driver's next file
    OFFERED = enum.auto()  # for ZRPOS, ZSKIP or ZCRC
    STREAMING = enum.auto()
    WAITING = enum.auto()  # for the ZACK of a ZCRCW
    ENDING = enum.auto()  # for ZRINIT behind ZEOF
    CLOSING = enum.auto()  # for ZFIN
    CLOSED = enum.auto()  # for the line end behind ZFIN


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the receiver said of itself, and what follows from it."""

    wide: bool = True
    controls: bool = False
    queries: bool = True  # answers ZCRCQ while data comes
    segment: int = 0  # bytes it takes before it must answer; 0: no limit

    @classmethod
    def of(cls, header: Header) -> Abilities:
        """Read a ZRINIT."""
        buffer = header.value & 0xFFFF
        overlap = bool(header.flags & Ability.OVERLAP)
        return cls(
            wide=bool(header.flags & Ability.CRC32),
            controls=bool(header.flags & Ability.CONTROLS),
            queries=bool(header.flags & Ability.DUPLEX) and overlap,
            segment=buffer or (0 if overlap else USUAL_SUBPACKET),
        )
