"""The key that leads from a program back to the session, after a question."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, TypeAlias

_YES: Final = frozenset({b"y", b"Y"})


@dataclass(frozen=True, slots=True)
class Keys:
    """Bytes for the program."""

    data: bytes


class Turn(enum.Enum):
    """What the question is about to do, or did."""

    ASK = enum.auto()  # the key was pressed: ask
    STAY = enum.auto()  # the answer was no
    LEAVE = enum.auto()  # the answer was yes


Step: TypeAlias = Keys | Turn


def key_of(name: str) -> bytes:
    """Return the byte of a control key: "Ctrl-]" is 1D; "" is none."""
    return bytes((ord(name[-1]) & 0x1F,)) if name else b""


class Escape:
    """Watches what is typed for the key. Pressed twice it is typed once; any other answer but y goes on without it."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._asking = False

    def receive(self, data: bytes) -> list[Step]:
        """Return what the bytes amount to; nothing behind LEAVE is looked at."""
        if not self._asking and (not self._key or self._key not in data):
            return [Keys(data)] if data else []
        steps: list[Step] = []
        while data:
            if self._asking:
                answer, data = data[:1], data[1:]
                self._asking = False
                if answer in _YES:
                    return [*steps, Turn.LEAVE]
                steps.append(Turn.STAY)
                if answer == self._key:
                    steps.append(Keys(answer))
                continue
            before, pressed, data = data.partition(self._key)
            if before:
                steps.append(Keys(before))
            if pressed:
                self._asking = True
                steps.append(Turn.ASK)
        return steps
