"""How inputs are tried: read by a function, or said on connections that are renewed regularly."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sttelnet.server import Server
from tests.soak.attempts import Attempt
from tests.soak.watch import Faults, Turns
from tests.soak.wire import Wire

LANES: Final = 8  # connections at one time
REPLAYS: Final = 3
LONGEST_CALL: Final = 60  # inputs of one connection
RESETS: Final = 0.2  # of the connections end without a word
CUTS: Final = 0.15  # of the inputs arrive in two pieces

Replay = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Watched:
    """Where inputs are tried, and what looks on."""

    server: Server
    turns: Turns
    faults: Faults
    suspects: list[Replay] = field(default_factory=list)  # what was tried while the loop was held
    suspected: int = 0  # how many of them there have been
    held: int = 0  # … and that hold it each time they are tried

    async def try_suspects(self) -> None:
        """Try the suspects again, alone, and count those that hold the loop each time."""
        suspects, self.suspects = self.suspects, []
        self.suspected += len(suspects)
        for suspect in suspects:
            self.held += await self._holds_each_time(suspect)

    async def _holds_each_time(self, suspect: Replay) -> bool:
        for _ in range(REPLAYS):
            before = self.turns.held
            await suspect()
            if self.turns.held == before:
                return False
        return True


class Kind(ABC):
    """One kind of malformed input."""

    def __init__(self, watched: Watched, chance: random.Random) -> None:
        self._watched, self._chance = watched, chance
        self.tried = 0

    @abstractmethod
    async def go_on(self, count: int) -> None:
        """Try that many more inputs."""


class Read(Kind):
    """Inputs that a function reads."""

    def __init__(self, watched: Watched, chance: random.Random, make: Callable[[random.Random], Attempt]) -> None:
        super().__init__(watched, chance)
        self._make = make

    async def go_on(self, count: int) -> None:
        """Try one after the other, each in a turn of the loop or several."""
        for _ in range(count):
            attempt = self._make(self._chance)
            before = self._watched.turns.held
            await self._try(attempt)
            self.tried += 1
            if self._watched.turns.held > before:
                self._watched.suspects.append(lambda attempt=attempt: self._try(attempt))  # type: ignore[misc]

    async def _try(self, attempt: Attempt) -> None:
        try:
            for _ in attempt():
                await asyncio.sleep(0)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not be
            self._watched.faults.raised(error, "a reader")
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Call:
    """A connection: how it opens, and what makes the inputs on it."""

    opening: bytes
    make: Callable[[random.Random], bytes]


class Said(Kind):
    """Inputs that are said on connections."""

    def __init__(self, watched: Watched, chance: random.Random, dial: Callable[[random.Random], Call]) -> None:
        super().__init__(watched, chance)
        self._dial = dial
        self._left = 0

    async def go_on(self, count: int) -> None:
        """Try them on several connections at one time."""
        self._left = count
        async with asyncio.TaskGroup() as tasks:
            for _ in range(LANES):
                tasks.create_task(self._lane())

    async def _lane(self) -> None:
        while self._left > 0:
            await self._call(self._dial(self._chance))

    async def _call(self, call: Call) -> None:
        """Make one call. Each lane waits for its end, so that nothing is left unread."""
        chance, turns = self._chance, self._watched.turns
        wire, said, before = Wire.to(self._watched.server), [call.opening], turns.held
        going = await wire.give(call.opening)
        for _ in range(chance.randint(1, LONGEST_CALL)):
            if not going or self._left <= 0:
                break
            self._left -= 1
            self.tried += 1
            data = call.make(chance)
            cut = chance.randint(0, len(data)) if chance.random() < CUTS else 0
            for piece in (data[:cut], data[cut:]):
                said.append(piece)
                going = await wire.give(piece)
        if chance.random() < RESETS:
            wire.abort()
        await wire.end()
        if turns.held > before:
            self._watched.suspects.append(lambda: self._say_again(said))

    async def _say_again(self, said: Sequence[bytes]) -> None:
        wire = Wire.to(self._watched.server)
        for piece in said:
            if not await wire.give(piece):
                break
        await wire.end()
