"""File areas: which there are, who may see them, and what is in them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from sttelnet.areas.area import Area
from sttelnet.areas.listing import Unavailable
from sttelnet.areas.merging import AreaFile
from sttelnet.areas.places import Place, Site, prepare_places
from sttelnet.areas.shelf import Shelf
from sttelnet.areas.stock import Stock
from sttelnet.config import FilesConfig
from sttelnet.role import Role
from sttelnet.store import Store

MOST_HITS: Final = 500
_SLICE: Final = 500  # files compared before others have their turn


class Areas:
    """The areas of a site. None is served before `prepare` has found nothing wrong with its directory."""

    def __init__(
        self,
        store: Store,
        config: FilesConfig,
        home: Path,
        *,
        scripts: Path,
        database: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # A reload of config.toml puts a new one here. Titles, roles and quotas count at once; a new directory
        # once `prepare` has run again.
        self.config = config
        self._store = store
        self._site = Site(home.resolve(), scripts.resolve(), database.resolve())
        self._clock = clock
        self._places: dict[str, Place] = {}
        self._shelves: dict[str, Shelf] = {}
        self.stock = Stock(self.files, clock)

    def prepare(self, *, make: bool = True) -> list[str]:
        """Make missing directories; return a sentence about each area that cannot be served. Blocks."""
        self._places, faults = prepare_places(self.config.areas, self._site, make=make)
        return faults

    def examine(self, config: FilesConfig) -> tuple[dict[str, Place], list[str]]:
        """Return the directories another config's areas would have, made where missing, and what is wrong. Blocks."""
        return prepare_places(config.areas, self._site)

    def take(self, config: FilesConfig, places: dict[str, Place]) -> None:
        """Serve by another config, which has been examined."""
        self.config, self._places = config, places

    def visible(self, role: Role) -> list[Area]:
        """Return the areas a role may do anything in, in the order of config.toml."""
        return [area for area in self._served() if area.is_visible(role)]

    def find(self, name: str) -> Area | None:
        """Return the area of that name, without case."""
        return next((area for area in self._served() if area.name.casefold() == name.casefold()), None)

    async def files(self, area: Area) -> list[AreaFile] | Unavailable:
        """Return an area's files by name, or why they cannot be shown. What is shown is some seconds old at most."""
        return await self._shelf(area).files()

    async def search(self, role: Role, words: str) -> list[AreaFile]:
        """Return at most MOST_HITS files a role may see, in whose name or description all the words stand.

        Case does not count; no words find nothing. An area that is unavailable is left out.
        """
        wanted = words.casefold().split()
        hits: list[AreaFile] = []
        for files in await self._all_files(role) if wanted else ():
            for start in range(0, len(files), _SLICE):
                hits += _matching(files[start : start + _SLICE], wanted)
                if len(hits) >= MOST_HITS:
                    return hits[:MOST_HITS]
                await asyncio.sleep(0)
        return hits

    def changed(self, area: Area) -> None:
        """Say that a file of an area has come, gone or been described: the next who looks shall see it."""
        self._shelf(area).changed()

    async def _all_files(self, role: Role) -> list[list[AreaFile]]:
        """Return the files of every area a role may list; all are asked at once, as one may not answer."""
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(self.files(area)) for area in self._served() if area.may_list(role)]
        return [files for task in asked if not isinstance(files := task.result(), Unavailable)]

    def _served(self) -> list[Area]:
        return [
            Area(name, config, place.directory)
            for name, config in self.config.areas.items()
            if (place := self._places.get(name)) is not None and place.given == config.directory
        ]

    def _shelf(self, area: Area) -> Shelf:
        shelf = self._shelves.get(area.name)
        if shelf is None or shelf.directory != area.directory:
            shelf = self._shelves[area.name] = Shelf(area, self._store, self._clock)
        return shelf


def _matching(files: Sequence[AreaFile], wanted: Sequence[str]) -> list[AreaFile]:
    return [file for file in files if _has_all(f"{file.name}\n{file.description}".casefold(), wanted)]


def _has_all(text: str, wanted: Sequence[str]) -> bool:
    return all(word in text for word in wanted)
