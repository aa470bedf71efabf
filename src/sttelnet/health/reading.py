"""One thing that is watched, as lists and programs are told of it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sttelnet.health.plugin import BYTES, Figure
from sttelnet.health.ranges import Range
from sttelnet.health.states import BADNESS, State
from sttelnet.words import size_words


class _HasState(Protocol):
    @property
    def state(self) -> State: ...


T = TypeVar("T", bound=_HasState)


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that is watched: its state, what it says in words, and its limits."""

    name: str  # "cpu", "memory", "disk C:", "backup"
    title: str  # what pages call it
    state: State
    value: str  # "91% of 500 GB"
    limit: str  # "90/95%"
    since: float  # seconds since 1970; 0 where it has never run
    figure: Figure | None  # the main one; None where there is none


def limit_words(figure: Figure) -> str:
    """Return a figure's limits as a page shows them: "80/95%"."""
    limits = [_end(limit, figure.unit) for limit in (figure.warning, figure.critical)]
    if limits == ["", ""]:
        return ""
    unit = "" if figure.unit in {"c", *BYTES} else figure.unit
    return "/".join(limit or "-" for limit in limits) + unit


def _end(limit: Range | None, unit: str) -> str:
    """Return a range as it is written, one that only has an upper end without the signs around it."""
    if limit is None:
        return ""
    if unit in BYTES and not limit.inside and limit.start <= 0 and math.isfinite(limit.end):
        return size_words(limit.end * BYTES[unit])
    return str(limit).removeprefix("~:")


def worst_first(things: Iterable[T]) -> list[T]:
    """Return readings or checks, the worst first, equal states in the order they came."""
    return sorted(things, key=lambda one: -BADNESS[one.state])
