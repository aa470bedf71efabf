"""How full areas are: what lies in them, what has come since somebody looked, and what is on its way."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sttelnet.areas.area import Area
from sttelnet.areas.listing import Unavailable
from sttelnet.areas.merging import AreaFile

KEEP: Final = 30.0  # seconds a look at an area counts; what comes and goes through us is counted anyway


@dataclass(frozen=True, slots=True, eq=False)
class Coming:
    """An upload under way: its room is taken already."""

    area: str
    member: int | None
    size: int  # bytes it may become


class Stock:
    """What all areas hold."""

    def __init__(
        self,
        files: Callable[[Area], Awaitable[list[AreaFile] | Unavailable]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._files, self._clock = files, clock
        self._coming: set[Coming] = set()
        self._arrived: dict[str, int] = {}  # bytes through us in all, by area
        self._held: dict[str, tuple[float, int]] = {}  # when an area was looked at, and its bytes

    async def held(self, area: Area) -> int | Unavailable:
        """Return how many bytes an area's files take, those coming among them."""
        at, size = self._held.get(area.name, (-math.inf, 0))
        if self._clock() - at > KEEP:
            before = self._arrived.get(area.name, 0)
            files = await self._files(area)
            if isinstance(files, Unavailable):
                return files
            # What came during the look may be in it or not: it is counted, until the next one.
            size = sum(file.size for file in files) + self._arrived.get(area.name, 0) - before
            self._held[area.name] = self._clock(), size
        return size + sum(coming.size for coming in self._coming if coming.area == area.name)

    def of_member(self, member: int) -> int:
        """Return how many bytes are coming from a member."""
        return sum(coming.size for coming in self._coming if coming.member == member)

    @property
    def all_coming(self) -> int:
        """How many bytes are coming altogether. Areas may share a disk, so they are taken to."""
        return sum(coming.size for coming in self._coming)

    def expect(self, coming: Coming) -> None:
        """Take room for an upload."""
        self._coming.add(coming)

    def settle(self, coming: Coming, arrived: int = 0) -> None:
        """Give that room back, but for what has arrived."""
        self._coming.discard(coming)
        at, size = self._held.get(coming.area, (-math.inf, 0))
        self._held[coming.area] = at, size + arrived
        self._arrived[coming.area] = self._arrived.get(coming.area, 0) + arrived
