"""Which file is moved which way over which bad line: for a number always the same."""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass, replace
from typing import Final

from tests.toxics import Bandwidth, Latency, LimitData, Noise, ResetPeer, Slicer, SlowClose, Timeout, Toxic

SEED: Final = 1989
LARGEST: Final = 300_000
ODD_SIZES: Final = (0, 1, 1023, 1024, 1025, 8192)
ANSWERS: Final = 90  # bytes of what a receiver says in a whole transfer without errors, about
MOST_IN_SLICES: Final = 12_000  # bytes of a file that travels byte by byte
RZ_BLOCK: Final = 1024

Toxics = tuple[Toxic, ...]


class Way(enum.Enum):
    """Whose the file is."""

    DOWN = "download"
    UP = "upload"


class Peer(enum.Enum):
    """Who is at the other end of the line."""

    LRZSZ = "lrzsz"
    OURS = "ours"  # the machines of sttelnet.zmodem


class Fault(enum.Enum):
    """What is wrong with the line."""

    LATE = "latency"
    NARROW = "bandwidth"
    SLICED = "slicer"
    SLOW_CLOSE = "slow close"
    NOISY = "noise"
    MIXED = "latency, bandwidth and slicer"
    CUT = "data cut"
    ANSWERS_CUT = "answers cut"
    RESET = "data reset"
    ANSWERS_RESET = "answers reset"
    HALF_OPEN = "half open"
    NOISY_AND_CUT = "noise, then cut"


class Kind(enum.Enum):
    """What is in the file."""

    RANDOM = "random"
    ZEROS = "zeros"
    IACS = "iacs"
    TEXT = "text"


# Bytes on the wire for one of the file, at most: escapes, doubled IACs, CRCs. Without BINARY controls are escaped too.
_GROWN: Final = {Kind.RANDOM: (1.15, 1.5), Kind.ZEROS: (1.05, 2.2), Kind.IACS: (2.2, 2.2), Kind.TEXT: (1.05, 1.2)}


@dataclass(frozen=True, slots=True)
class Case:
    """One transfer. `data` and `answers` are the toxics of the two directions; a second call has a better line."""

    number: int
    way: Way
    peer: Peer
    fault: Fault
    kind: Kind
    size: int
    binary: bool  # the client agrees to telnet's BINARY
    data: Toxics = ()
    answers: Toxics = ()

    @property
    def name(self) -> str:
        """The file's name, which no other case's file has."""
        return f"{self.number:04}.bin"

    @property
    def half_open(self) -> bool:
        """Whether it lasts as long as the daemon's patience."""
        return self.fault is Fault.HALF_OPEN

    @property
    def grown(self) -> float:
        """Bytes on the wire for one of the file, at most."""
        return _GROWN[self.kind][not self.binary]

    @property
    def block(self) -> int:
        """What the receiver goes on at a multiple of."""
        return RZ_BLOCK if self.peer is Peer.LRZSZ and self.way is Way.DOWN else 1

    def content(self) -> bytes:
        """Return what is in the file."""
        source = random.Random(f"{SEED} content {self.number}")
        match self.kind:
            case Kind.RANDOM:
                return source.randbytes(self.size)
            case Kind.ZEROS:
                return bytes(self.size)
            case Kind.IACS:
                return bytes(source.choices((255, 255, 255, 0x18, 0x0D, 0x41), k=self.size))
            case Kind.TEXT:
                return (b"The quick brown fox jumps over the lazy dog.\r\n" * (self.size // 46 + 1))[: self.size]


def planned(number: int) -> Case:
    """Return the case of a number. Twelve in a row have every fault once, twenty-four every fault in both ways."""
    source = random.Random(f"{SEED} {number}")
    faults = tuple(Fault)
    fault, turn = faults[number % len(faults)], number // len(faults)
    case = Case(
        number,
        way=tuple(Way)[(number + turn) % 2],
        peer=tuple(Peer)[(number // 2 + turn // 2) % 2],
        fault=fault,
        kind=source.choice(tuple(Kind)),
        size=_size(fault, source),
        binary=source.random() < 0.8,
    )
    data, answers = _toxics(fault, case.size, source.randint(0, int(case.size * case.grown)), source)
    return replace(case, data=data, answers=answers)


def _size(fault: Fault, source: random.Random) -> int:
    match fault:
        case Fault.SLICED:
            return source.choice((*ODD_SIZES, source.randint(1, MOST_IN_SLICES)))
        case Fault.LATE | Fault.SLOW_CLOSE | Fault.MIXED:
            return source.choice((*ODD_SIZES, *(source.randint(1, LARGEST) for _ in range(len(ODD_SIZES)))))
        case _:
            return source.randint(LARGEST // 20, LARGEST)


def _toxics(fault: Fault, size: int, place: int, source: random.Random) -> tuple[Toxics, Toxics]:
    """Return what is done to the data and to the answers; what ends the line does so at this place of the data."""
    late = Latency(delay := source.uniform(0.01, 0.15), delay * source.random())
    noise = Noise(max(2000, size // source.randint(3, 10)))
    early = source.randint(0, ANSWERS)
    match fault:
        case Fault.LATE:
            return (late,), (late,)
        case Fault.NARROW:
            return (Bandwidth(size / source.uniform(1, 4)),), ()
        case Fault.SLICED:
            return (Slicer(),), (Slicer(),)
        case Fault.SLOW_CLOSE:
            return (SlowClose(source.uniform(0.1, 1)),), (SlowClose(source.uniform(0.1, 1)),)
        case Fault.NOISY:
            return (noise,), source.choice(((), (), (Noise(200),)))
        case Fault.MIXED:
            return (late, Bandwidth(max(size, 1024) / 2), Slicer(source.randint(50, 1500))), (late, Slicer(3))
        case Fault.CUT:
            return (*source.choice(((), (late,))), LimitData(place)), ()
        case Fault.ANSWERS_CUT:
            return (), (LimitData(early),)
        case Fault.RESET:
            return (*source.choice(((), (Slicer(1000),))), ResetPeer(place)), ()
        case Fault.ANSWERS_RESET:
            return (), (ResetPeer(early),)
        case Fault.HALF_OPEN:
            return source.choice(
                (((Timeout(place),), ()), ((), (Timeout(early),)), ((Timeout(place),), (Timeout(early),)))
            )
        case Fault.NOISY_AND_CUT:
            return (noise, LimitData(place)), ()


def second(number: int) -> tuple[Toxics, Toxics]:
    """Return what is done on the second call: nothing that would end it."""
    source = random.Random(f"{SEED} again {number}")
    return source.choice((((), ()), ((Latency(0.03, 0.03),), (Latency(0.03, 0.03),)), ((Slicer(700),), (Slicer(2),))))
