"""What a directory, the database and the descriptions say of the files of an area, as one list. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sttelnet.areas.listing import MOST_FILES, Found
from sttelnet.areas.text import summary
from sttelnet.store import StoredFile

MOST_FORGOTTEN: Final = 500  # rows dropped after one look: the database is everybody's


@dataclass(frozen=True, slots=True)
class AreaFile:
    """One file of an area. Its description is safe for a terminal, and its name has no control characters."""

    area: str
    name: str
    size: int  # bytes
    modified: float  # seconds since 1970
    description: str = ""  # all of it: one line, or the ten of a FILE_ID.DIZ
    uploader: str = ""  # "" where it was not uploaded
    uploaded: float | None = None  # seconds since 1970
    sha256: str = ""  # "" where it is not known, or the file has another size than when it came
    downloads: int = 0

    @property
    def summary(self) -> str:
        """The description's line for a list."""
        return summary(self.description)


@dataclass(frozen=True, slots=True)
class Known:
    """What the database says of an area; each by `name.casefold()`."""

    files: Mapping[str, StoredFile]
    downloads: Mapping[str, int]


def merged(area: str, descriptions: Mapping[Found, str], known: Known) -> Iterator[AreaFile]:
    """Yield the files of an area that have a description, be it "", in their order."""
    for file, description in descriptions.items():
        folded = file.name.casefold()
        downloads = known.downloads.get(folded, 0)
        stored = known.files.get(folded)
        if stored is None:
            yield AreaFile(area, file.name, file.size, file.modified, description, downloads=downloads)
            continue
        yield AreaFile(
            area,
            file.name,
            file.size,
            file.modified,
            description,
            uploader=stored.uploader_name,
            uploaded=stored.uploaded,
            sha256=stored.sha256 if stored.size == file.size else "",
            downloads=downloads,
        )


def gone(found: Sequence[Found], known: Mapping[str, StoredFile]) -> tuple[StoredFile, ...]:
    """Return the rows whose file is no longer there.

    None where not all of the directory was looked at. None where it is empty either: that is what a disk looks
    like that is not mounted, and its files come back.
    """
    if not found or len(found) >= MOST_FILES:
        return ()
    there = {file.name.casefold() for file in found}
    return tuple(file for folded, file in known.items() if folded not in there)[:MOST_FORGOTTEN]
