"""What is said of the files of one directory: the uploader's words, else descript.ion, else FILE_ID.DIZ."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from sttelnet.areas.diz import diz
from sttelnet.areas.ion import NAME, read_ion
from sttelnet.areas.listing import Found
from sttelnet.areas.text import key, line
from sttelnet.store import StoredFile

DIZ_SECONDS: Final = 0.5  # spent on archives in one look; the others are opened in the looks that follow


class Descriptions:
    """The descriptions of a directory's files. Blocks: asked in a lane's thread, by one at a time."""

    def __init__(self, directory: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._directory = directory
        self._clock = clock
        self._ion: tuple[Found | None, dict[str, str]] = (None, {})
        self._archives: dict[Found, str] = {}  # of the files found last time: MOST_FILES at most

    def read(self, found: Sequence[Found], known: Mapping[str, StoredFile]) -> dict[Found, str]:
        """Return the descriptions of the files that are to be shown; the directory's own list is not among them."""
        own = own_list(found, known)
        listed = self._listed(own)
        self._archives = {file: self._archives[file] for file in found if file in self._archives}
        late = self._clock() + DIZ_SECONDS
        return {file: self._said(file, listed, known, late) for file in found if file is not own}

    def _said(self, file: Found, listed: Mapping[str, str], known: Mapping[str, StoredFile], late: float) -> str:
        stored = known.get(file.name.casefold())
        said = line(stored.description) if stored is not None else ""
        return said or listed.get(key(file.name), "") or self._in_archive(file, late)

    def _in_archive(self, file: Found, late: float) -> str:
        if not file.name.casefold().endswith(".zip"):
            return ""
        said = self._archives.get(file)
        if said is None:
            if self._clock() > late:
                return ""
            said = self._archives[file] = diz(self._directory / file.name)
        return said

    def _listed(self, own: Found | None) -> dict[str, str]:
        if own != self._ion[0]:
            self._ion = (own, read_ion(self._directory / own.name) if own is not None else {})
        return self._ion[1]


def own_list(found: Sequence[Found], known: Mapping[str, StoredFile]) -> Found | None:
    """Return the descript.ion of a directory; one that was uploaded is a file like any other."""
    if NAME in known:  # else whoever may upload could speak for every other file
        return None
    return next((file for file in found if file.name.casefold() == NAME), None)
