"""Somebody who tries passwords, from one address, as fast as they are let.

    python -m tests.soak.guesser HOST PORT SOURCE NAME SECONDS

Prints what came of each try as JSON: [when, when its connection was made, kind], in seconds since the start, with the
kinds of `Kind`.
"""

from __future__ import annotations

import asyncio
import enum
import json
import sys
import time
from typing import Final

from sttelnet.members import Refusal
from sttelnet.server.admission.admission import PENALISED
from sttelnet.server.clients import BANNED
from tests.bench.people import TERMINAL

AT_ONCE: Final = 5  # connections; there may be ten from one address
PAUSE: Final = 0.05  # seconds before somebody who was refused calls again
SILENCE: Final = 1.0  # seconds without an answer to a call
_ENDED: Final = b"one try too many"


class Kind(enum.StrEnum):
    """What came of a call, or of a password."""

    GUESS = "guess"  # it was looked at, and wrong
    THROTTLED = "throttled"  # it was not looked at: too many wait
    PENALISED = "penalised"  # the connection was refused
    BANNED = "banned"
    CUT = "cut"  # hung up on without a word
    SILENT = "silent"  # nobody answers


_SAYINGS: Final = {
    Refusal.WRONG.value.encode(): Kind.GUESS,
    Refusal.THROTTLED.value.encode(): Kind.THROTTLED,
    PENALISED.strip(): Kind.PENALISED,
    BANNED.strip(): Kind.BANNED,
}


class Guesser:
    """Calls, guesses, calls again."""

    def __init__(self, place: tuple[str, int], source: str, name: str) -> None:
        self._place, self._source, self._name = place, source, name
        self._began = time.monotonic()
        self.found: list[tuple[float, float, Kind]] = []

    async def go_on(self) -> None:
        """Never stop."""
        while True:
            called = self._now()
            try:
                async with asyncio.timeout(SILENCE):
                    reader, writer = await asyncio.open_connection(*self._place, local_addr=(self._source, 0))
            except TimeoutError:
                self._note(called, Kind.SILENT)
                continue
            except ConnectionError:
                self._note(called, Kind.CUT)
                await asyncio.sleep(PAUSE)
                continue
            try:
                await self._guess(reader, writer, called)
            except ConnectionError:
                self._note(called, Kind.CUT)
            finally:
                writer.close()
            await asyncio.sleep(PAUSE)

    async def _guess(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, called: float) -> None:
        """Give passwords until the daemon hangs up."""
        writer.write(TERMINAL)
        if not await self._seen(reader, called, b"Your choice: "):
            return
        writer.write(b"l")
        number = 0
        while await self._seen(reader, called, b"HName:     " if number == 0 else b""):
            writer.write(f"{self._name}\r\0".encode())
            if not await self._seen(reader, called, b"HPassword: "):
                return
            number += 1
            writer.write(f"guess number {number}\r\0".encode())
            if not await self._seen(
                reader, called, *(text for text, kind in _SAYINGS.items() if kind in _OF_A_PASSWORD)
            ):
                return

    async def _seen(self, reader: asyncio.StreamReader, called: float, *wanted: bytes) -> bool:
        """Read on until one of these has come, and note what is said; whether it goes on behind that."""
        text = b""
        while not any(each in text for each in wanted):
            data = await reader.read(65536)
            if not data:
                break
            text += data
        kinds = [kind for saying, kind in _SAYINGS.items() if saying in text]
        for kind in kinds:
            self._note(called, kind)
        return any(each in text for each in wanted) and _ENDED not in text

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _note(self, called: float, kind: Kind) -> None:
        self.found.append((self._now(), called, kind))


_OF_A_PASSWORD: Final = frozenset({Kind.GUESS, Kind.THROTTLED})


async def _guess_for(guesser: Guesser, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(guesser.go_on())
    except TimeoutError:
        pass


if __name__ == "__main__":
    host, port, source, name, seconds = sys.argv[1:]
    guesser = Guesser((host, int(port)), source, name)
    asyncio.run(_guess_for(guesser, float(seconds)))
    print(json.dumps(guesser.found))
