"""What is to be told over HTTP, as inert values; the daemon gives them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from sttelnet.administration import Figures
from sttelnet.charset import one_line
from sttelnet.health import State
from sttelnet.health.plugin import Figure

MOST_FIGURES: Final = 5_000  # of all checks together, in one answer: about a megabyte
LONGEST_NAME: Final = 100  # characters of a check's name, and of a label


@dataclass(frozen=True, slots=True)
class Watched:
    """One thing that is watched. Times are seconds since 1970, None where there is none."""

    name: str
    title: str
    state: State
    text: str
    since: float | None
    ran_at: float | None
    took: float | None  # seconds
    figures: tuple[Figure, ...] = ()
    acknowledged: bool = False
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Scrape:
    """Everything of one moment."""

    state: State  # of all that is watched
    watched: tuple[Watched, ...]
    figures: Figures  # the daemon's own


class Source(Protocol):
    """Whoever knows."""

    def scrape(self) -> Scrape:
        """Return how everything is. Never blocks."""

    def host(self) -> str:
        """Return what the host is called."""


def label(text: str) -> str:
    """Return what a check is called, as one line of bounded length."""
    return one_line(text)[:LONGEST_NAME]


def distinct(watched: Iterable[Watched]) -> Iterator[tuple[str, Watched]]:
    """Yield each thing with its name made fit to be told; the first of those with the same."""
    seen: set[str] = set()
    for one in watched:
        name = label(one.name)
        if name not in seen:
            seen.add(name)
            yield name, one


def figures_of(watched: Iterable[Watched]) -> Iterator[tuple[str, Watched, str, Figure]]:
    """Yield every performance value that is a number, with its check and its label, once each, so many at most."""
    seen: set[tuple[str, str]] = set()
    for name, one in distinct(watched):
        for figure in one.figures:
            key = (name, label(figure.label))
            if math.isfinite(figure.value) and key not in seen and len(seen) < MOST_FIGURES:
                seen.add(key)
                yield name, one, key[1], figure
