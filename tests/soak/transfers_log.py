"""What the daemon's log says of its sessions: who they were, what came of their files, that they have ended."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_EVENT: Final = re.compile(r"\S+ [A-Z]+ +(connect|disconnect|sent|received) (session=\d+ .*)")
_FIELD: Final = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')
_LOOK: Final = 0.05  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Told:
    """What the daemon says came of a file."""

    result: str  # "done", "failed", "cancelled", …
    moved: int  # bytes of it, in that session
    sha256: str
    why: str

    @property
    def done(self) -> bool:
        """Whether the daemon counts it as arrived."""
        return self.result == "done"


class SessionLog:
    """A log that is followed."""

    def __init__(self, path: Path) -> None:
        self.ended: dict[int, str] = {}  # by session: why
        self.told: dict[int, Told] = {}  # by session: of its last file
        self._path, self._read, self._rest = path, 0, b""
        self._ports: dict[int, int] = {}  # the client's, to the session of the last who had it
        self._sessions: set[int] = set()

    @property
    def open(self) -> int:
        """Sessions that have not ended."""
        self._look()
        return len(self._sessions - self.ended.keys())

    async def session(self, port: int) -> int:
        """Return the session of the client that calls from a port."""
        await self._until(lambda: port in self._ports)
        return self._ports.pop(port)  # the kernel gives it to another client later

    async def has_ended(self, session: int) -> None:
        """Wait until a session has ended."""
        await self._until(lambda: session in self.ended)

    async def has_told(self, session: int) -> None:
        """Wait until it is known what came of a session's file, or that it has ended."""
        await self._until(lambda: session in self.told or session in self.ended)

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self._look()
            if not holds():
                await asyncio.sleep(_LOOK)

    def _look(self) -> None:
        with self._path.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        *lines, self._rest = (self._rest + new).split(b"\n")
        for line in lines:
            if found := _EVENT.match(line.decode(errors="replace")):
                self._take(found[1], {name: value.strip('"') for name, value in _FIELD.findall(found[2])})

    def _take(self, event: str, fields: dict[str, str]) -> None:
        session = int(fields["session"])
        match event:
            case "connect":
                self._sessions.add(session)
                self._ports[int(fields["port"])] = session
            case "disconnect":
                self.ended[session] = fields["reason"]
            case _:
                self.told[session] = Told(fields["result"], int(fields["bytes"]), fields["sha256"], fields["why"])
