"""Where areas stand on the disk, and which may not be served because of that. Blocks."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sttelnet.config import AreaConfig


@dataclass(frozen=True, slots=True)
class Site:
    """The folders of a site that no client may get at through an area; absolute, links followed."""

    home: Path  # the folder of config.toml, where the areas' directories are counted from
    scripts: Path
    database: Path  # the file


@dataclass(frozen=True, slots=True)
class Place:
    """The directory of an area that may be served."""

    given: str  # as config.toml has it
    directory: Path  # absolute, links followed


def prepare_places(
    areas: Mapping[str, AreaConfig], site: Site, *, make: bool = True
) -> tuple[dict[str, Place], list[str]]:
    """Return the directories to serve, those that are missing made if wanted, and a sentence about each other one.

    Of two areas that overlap the first is served.
    """
    places: dict[str, Place] = {}
    faults: list[str] = []
    for name, area in areas.items():
        try:
            directory = (site.home / area.directory).resolve()
            fault = next(_faults(directory, site, places), None)
            if fault is None:
                if make:
                    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                places[name] = Place(area.directory, directory)
        except (OSError, ValueError, RuntimeError) as error:  # a name no disk takes, links in a circle
            fault = f"its folder {site.home / area.directory} cannot be used ({_reason(error)})"
        if fault is not None:
            faults.append(f'area "{name}" is not served: {fault}')
    return places, faults


def _faults(directory: Path, site: Site, places: Mapping[str, Place]) -> Iterator[str]:
    if _lies_in(site.home, directory):
        yield f"its folder {directory} contains the site itself"
    if _lies_in(site.database, directory):
        yield f"its folder {directory} contains the database {site.database}"
    if _overlap(directory, site.scripts):
        yield f"its folder {directory} overlaps with the scripts folder {site.scripts}"
    for name, place in places.items():
        if _overlap(directory, place.directory):
            yield f'its folder {directory} overlaps with that of area "{name}"'


def _overlap(one: Path, other: Path) -> bool:
    return _lies_in(one, other) or _lies_in(other, one)


def _lies_in(inner: Path, outer: Path) -> bool:
    """Return whether a path is another or lies in it; both have no links. What is not there yet contains nothing."""
    identity = _identity(outer)
    return identity is not None and any(_identity(path) == identity for path in (inner, *inner.parents))


def _identity(path: Path) -> Hashable | None:
    """Return what tells a folder from others: spelling does not where a disk ignores case or is mounted twice."""
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return (facts.st_dev, facts.st_ino) if facts.st_ino else os.path.normcase(path)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
