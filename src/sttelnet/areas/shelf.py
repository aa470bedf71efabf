"""The files of one area, looked at while somebody asks, and shared by all who do."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sttelnet.areas.area import Area
from sttelnet.areas.descriptions import Descriptions
from sttelnet.areas.listing import Unavailable, scan
from sttelnet.areas.merging import AreaFile, Known, gone, merged
from sttelnet.errors import StoreError
from sttelnet.health.lane import LOOK_SECONDS, Lane, Look
from sttelnet.store import Store, StoredFile

NO_ANSWER: Final = Unavailable("The disk of this area has not answered in time; try again in a moment.")
NO_DATABASE: Final = Unavailable("The database cannot be used now; the log says why.")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Shown:
    """An area at one look."""

    files: tuple[AreaFile, ...]
    gone: tuple[StoredFile, ...]


class Shelf:
    """One area's files."""

    def __init__(self, area: Area, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self.directory = area.directory
        self._name = area.name
        self._store = store
        self._clock = clock
        self._descriptions = Descriptions(area.directory)
        self._known = Known({}, {})
        self._known_at = -math.inf
        self._asking = asyncio.Lock()
        self._lane: Lane[_Shown | Unavailable] = Lane("area", self._make)
        self._look = Look(self._lane, clock)
        self._tidied: _Shown | None = None

    async def files(self) -> list[AreaFile] | Unavailable:
        """Return the files by name, or why there are none to show. Never blocks the loop."""
        shown = await self._shown()
        if isinstance(shown, Unavailable):
            return shown
        await self._tidy(shown)
        return list(shown.files)

    def changed(self) -> None:
        """Look anew at the next question: a file has come, gone or been described."""
        self._known_at = -math.inf
        self._look = Look(self._lane, self._clock)

    async def _shown(self) -> _Shown | Unavailable:
        async with self._asking:  # one asks, the others find the answer; a disk that hangs holds one up, once
            try:
                await self._read_database()
            except StoreError as error:
                _log.error("area %s: %s", self._name, error)
                return NO_DATABASE
            return await self._look.result() or NO_ANSWER

    async def _read_database(self) -> None:
        if self._clock() - self._known_at > LOOK_SECONDS:
            files = await self._store.files.in_area(self._name)
            self._known = Known(files, await self._store.transfers.downloads(self._name))
            self._known_at = self._clock()

    async def _tidy(self, shown: _Shown) -> None:
        """Forget once what a look has found gone."""
        if shown is self._tidied or not shown.gone:
            return
        self._tidied = shown
        try:
            await self._store.files.forget_gone(shown.gone)
        except StoreError as error:  # the next look finds them gone as well
            _log.warning("area %s: %s", self._name, error)

    def _make(self) -> _Shown | Unavailable:
        """Look, in the lane's thread."""
        # The rows were read before the directory is: a file that comes meanwhile is never taken for one gone.
        known = self._known
        found = scan(self.directory)
        if isinstance(found, Unavailable):
            return found
        descriptions = self._descriptions.read(found, known.files)
        return _Shown(tuple(merged(self._name, descriptions, known)), gone(found, known.files))
