"""The protocol's numbers, after Forsberg, "The ZMODEM Inter Application File Transfer Protocol" (1988)."""

from __future__ import annotations

import enum
from typing import Final

PAD: Final = b"*"
ZDLE: Final = b"\x18"  # also CAN
XON: Final = b"\x11"
CANCEL: Final = ZDLE * 5  # anywhere in the stream: the other side gives up
ABORT: Final = ZDLE * 8 + b"\b" * 10  # what we send to give up: the backspaces wipe it from a shell's line
OVER_AND_OUT: Final = b"OO"
NO_THANKS: Final = frozenset({b"\x1b", b"\x03", b"q", b"Q"})  # keys of a person who has no ZModem, or no file

MODULUS: Final = 1 << 32  # offsets are 32 bits wide
LARGEST_FILE: Final = MODULUS - 1
LARGEST_SUBPACKET: Final = 8192  # lrzsz and SyncTERM take exactly as much
USUAL_SUBPACKET: Final = 1024  # Tera Term and qodem take no more
LARGEST_INFO: Final = 1024
FLOW: Final = b"\x11\x13\x91\x93"  # XON and XOFF, with and without parity: never legal unescaped
CONTROLS: Final = bytes(byte for byte in range(256) if not byte & 0x60 and byte != ZDLE[0])


class Frame(enum.IntEnum):
    """What a header says."""

    RQINIT = 0
    RINIT = 1
    SINIT = 2
    ACK = 3
    FILE = 4
    SKIP = 5
    NAK = 6
    ABORT = 7
    FIN = 8
    RPOS = 9
    DATA = 10
    EOF = 11
    FERR = 12
    CRC = 13
    CHALLENGE = 14
    COMPL = 15
    CAN = 16
    FREECNT = 17
    COMMAND = 18
    STDERR = 19


class End(bytes, enum.Enum):
    """How a data subpacket ends."""

    LAST = b"h"  # ZCRCE: the frame ends, a header follows
    MORE = b"i"  # ZCRCG: another follows, no answer wanted
    QUERY = b"j"  # ZCRCQ: another follows, ZACK wanted
    WAIT = b"k"  # ZCRCW: the frame ends, the sender waits for ZACK


class Ability(enum.IntFlag):
    """What a receiver says of itself in ZF0 of ZRINIT."""

    DUPLEX = 0x01  # CANFDX
    OVERLAP = 0x02  # CANOVIO: takes data while it writes
    BREAK = 0x04
    CRC32 = 0x20  # CANFC32
    CONTROLS = 0x40  # ESCCTL: wants every control character escaped
    EIGHTH = 0x80  # ESC8: nobody does it


SINIT_CONTROLS: Final = 0x40  # TESCCTL in ZF0 of ZSINIT
