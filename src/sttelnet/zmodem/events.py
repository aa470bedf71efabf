"""What the two machines tell whoever drives them."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from sttelnet.zmodem.info import FileInfo


class Reason(enum.Enum):
    """Why a transfer failed, as a sentence."""

    NO_PEER = "Nothing on the other side speaks ZModem."
    SILENT = "The other side fell silent."
    GARBLED = "The line is too bad: the same place failed again and again."
    GAVE_UP = "The other side gave up."
    HUNG_UP = "The other side hung up."
    OUT_OF_STEP = "The two sides no longer agree on what is being sent."
    TOO_LONG = "More was sent than was agreed."


class Refusal(enum.Enum):
    """Why a file cannot be offered, as a sentence."""

    TOO_LARGE = "ZModem cannot send a file of 4 GiB or more."
    NAME = "The file's name cannot be sent."


# What the sender tells.


@dataclass(frozen=True, slots=True)
class Ready:
    """The receiver waits for a file: `offer` one, or `finish`."""


@dataclass(frozen=True, slots=True)
class Started:
    """The receiver wants the file from this offset on: supply what `wanted` asks for."""

    offset: int


@dataclass(frozen=True, slots=True)
class CrcWanted:
    """The receiver asks for the CRC-32 of the file's first bytes: answer with `prove`."""

    length: int


@dataclass(frozen=True, slots=True)
class Rewound:
    """The receiver missed something: drop what is queued and not yet on the wire, the file goes on at this offset."""

    offset: int


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver has the whole file, of this size."""

    size: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """The receiver does not want the file, or no more of it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file was not offered; the next may be."""

    info: FileInfo
    refusal: Refusal


# What the receiver tells.


@dataclass(frozen=True, slots=True)
class Offer:
    """The sender has a file: `accept`, `skip`, or `ask_crc` first."""

    info: FileInfo
    flags: int = 0  # of ZFILE, ZF0 highest: wishes of the peer's


@dataclass(frozen=True, slots=True)
class Proof:
    """What the sender answered to `ask_crc`; None where it did not."""

    length: int
    crc: int | None


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes of the accepted file."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Missed:
    """Something was garbled or lost: the sender was asked to go on from here."""

    offset: int


@dataclass(frozen=True, slots=True)
class FileEnd:
    """The file is whole: make it last, then `complete`; or `skip`, and the sender is told it was not taken."""

    size: int


@dataclass(frozen=True, slots=True)
class FileLost:
    """The sender left the file before its end."""

    offset: int


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """The sender wanted a command run. It was not."""

    command: bytes


# What both tell, last.


@dataclass(frozen=True, slots=True)
class Finished:
    """Both sides said goodbye."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The other side, or a person at it, cancelled."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The transfer cannot go on."""

    reason: Reason


Event = (
    Ready
    | Started
    | CrcWanted
    | Rewound
    | Sent
    | Skipped
    | Refused
    | Offer
    | Proof
    | Data
    | Missed
    | FileEnd
    | FileLost
    | CommandRefused
    | Finished
    | Cancelled
    | Failed
)
