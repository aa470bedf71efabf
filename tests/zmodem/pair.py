"""A sender and a receiver, back to back, on a clock that is moved by hand and over a line that may be bad."""

from __future__ import annotations

import random
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sttelnet.zmodem import (
    CrcWanted,
    Data,
    Event,
    FileEnd,
    FileInfo,
    Missed,
    Offer,
    Proof,
    Ready,
    ReceiveOptions,
    Receiver,
    Rewound,
    Sender,
    SendOptions,
)

Harm = Callable[[bytes], bytes]
STEPS = 200_000


def untouched(data: bytes) -> bytes:
    return data


@dataclass
class Line:
    """One direction: what was written waits in pieces, as in a kernel's buffer."""

    harm: Harm = untouched
    room: int = 1 << 20
    pieces: deque[bytes] = field(default_factory=deque)
    carried: int = 0

    def write(self, data: bytes) -> None:
        if data:
            self.carried += len(data)
            self.pieces.append(self.harm(data))

    def full(self) -> bool:
        return sum(map(len, self.pieces)) >= self.room

    def read(self) -> bytes:
        return self.pieces.popleft() if self.pieces else b""


class Pair:
    """Drives both machines as a driver would, the receiver's answers to offers taken from `decide`."""

    def __init__(
        self,
        files: Sequence[tuple[FileInfo, bytes]],
        send: SendOptions | None = None,
        receive: ReceiveOptions | None = None,
        out: Line | None = None,
        back: Line | None = None,
    ) -> None:
        self.sender = Sender(send)
        self.receiver = Receiver(receive)
        self.files = list(files)
        self.waiting = list(files)
        self.out, self.back = out or Line(), back or Line()
        self.now = 0.0
        self.sent: list[Event] = []
        self.received: list[Event] = []
        self.kept: dict[bytes, bytes] = {}
        self.partial: dict[bytes, bytes] = {}
        self.name = b""
        self.content = bytearray()
        self.piece = 65536

    def run(self) -> None:
        """Go on until both are over, or nothing will ever happen again."""
        for _ in range(STEPS):
            if self.sender.over and self.receiver.over:
                self._exchange()
                return
            if not self._exchange() and not self._wait():
                return
        raise AssertionError("it never ends")

    def _exchange(self) -> bool:
        moved = self._send_side()
        self.back.write(self.receiver.data_to_send())
        if (data := self.out.read()) or self.receiver.behind:
            self.receiver.receive_data(data)
            moved = True
        for event in self.receiver.events():
            self.received.append(event)
            self.on_received(event)
            moved = True
        self.back.write(self.receiver.data_to_send())
        if (data := self.back.read()) or self.sender.behind:
            self.sender.receive_data(data)
            moved = True
        return moved

    def _send_side(self) -> bool:
        moved = False
        for event in self.sender.events():
            self.sent.append(event)
            self.on_sent(event)
            moved = True
        if not self.out.full() and (span := self.sender.wanted(self.piece)):
            self.sender.supply(span, self.files[0][1][span.offset : span.offset + span.size])
            moved = True
        self.out.write(self.sender.data_to_send())
        return moved

    def _wait(self) -> bool:
        """Move the clock to what is due next."""
        due = [at for machine in (self.sender, self.receiver) if (at := machine.timeout(self.now)) is not None]
        if not due:
            return False
        self.now = max(self.now, min(due))
        self.sender.timeout(self.now)
        self.receiver.timeout(self.now)
        return True

    def on_sent(self, event: Event) -> None:
        match event:
            case Ready() if self.waiting:
                self.files[0] = self.waiting.pop(0)
                self.sender.offer(self.files[0][0])
            case Ready():
                self.sender.finish()
            case CrcWanted(length):
                self.sender.prove(length, zlib.crc32(self.files[0][1][:length]))
            case _:
                pass

    def on_received(self, event: Event) -> None:
        match event:
            case Offer(info):
                self.name = info.name
                self.content = bytearray(self.partial.get(info.name, b""))
                if self.content:
                    self.receiver.ask_crc(len(self.content))
                else:
                    self.receiver.accept()
            case Proof(length, crc):
                if crc != zlib.crc32(self.content[:length]):
                    self.content.clear()
                self.receiver.accept(len(self.content))
            case Data(offset, data):
                assert offset == len(self.content)
                self.content += data
            case FileEnd(size):
                assert size == len(self.content)
                self.kept[self.name] = bytes(self.content)
                self.receiver.complete()
            case _:
                pass

    @property
    def errors(self) -> int:
        return sum(isinstance(event, Missed) for event in self.received)

    @property
    def rewinds(self) -> int:
        return sum(isinstance(event, Rewound) for event in self.sent)


def named(content: bytes, name: str = "file.bin") -> tuple[FileInfo, bytes]:
    return FileInfo(name.encode(), len(content), 1_700_000_000), content


def flips(seed: int, rate: float) -> Harm:
    source = random.Random(seed)

    def harm(data: bytes) -> bytes:
        bad = bytearray(data)
        for _ in range(_count(source, len(data) * rate)):
            bad[source.randrange(len(bad))] ^= 1 << source.randrange(8)
        return bytes(bad)

    return harm


def holes(seed: int, rate: float, size: int = 1) -> Harm:
    source = random.Random(seed)

    def harm(data: bytes) -> bytes:
        bad = bytearray(data)
        for _ in range(_count(source, len(data) * rate)):
            at = source.randrange(len(bad) or 1)
            del bad[at : min(at + size, len(bad) - 1)]  # a piece ends as a subpacket does: whole ones are not missed
        return bytes(bad)

    return harm


def doubles(seed: int, rate: float, size: int = 5) -> Harm:
    source = random.Random(seed)

    def harm(data: bytes) -> bytes:
        bad = bytearray(data)
        for _ in range(_count(source, len(data) * rate)):
            at = source.randrange(len(bad))
            bad[at:at] = bad[at : at + size]
        return bytes(bad)

    return harm


def flow(seed: int, rate: float) -> Harm:
    source = random.Random(seed)

    def harm(data: bytes) -> bytes:
        bad = bytearray(data)
        for _ in range(_count(source, len(data) * rate)):
            bad.insert(source.randrange(len(bad)), source.choice(b"\x11\x13\x91\x93"))
        return bytes(bad)

    return harm


def _count(source: random.Random, expected: float) -> int:
    return int(expected) + (source.random() < expected % 1)
