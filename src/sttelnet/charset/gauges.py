"""Bars and sparklines in the characters each charset has."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Final

from sttelnet.charset.charsets import Charset

_BAR: Final = {Charset.UTF_8: ("█", "░"), Charset.CP437: ("█", "░"), Charset.ASCII: ("#", ".")}
_SPARK: Final = {Charset.UTF_8: "▁▂▃▄▅▆▇█", Charset.CP437: "░▒▓█", Charset.ASCII: ".:-=#"}


def bar(fraction: float, width: int, charset: Charset) -> str:
    """Return a bar of `width` cells; below 0 is empty, above 1 full, not a number empty."""
    full, empty = _BAR[charset]
    filled = round(_within(fraction) * max(0, width))
    return full * filled + empty * (width - filled)


def spark(values: Sequence[float], width: int, charset: Charset, top: float = 100) -> str:
    """Return the last hour in one row of `width` cells, the newest value at the right end.

    More values than cells share a cell, which shows the greatest of them, so that no peak is lost;
    fewer leave blanks on the left, as does a value that is not a number where it stands.
    """
    if width <= 0:
        return ""
    levels = _SPARK[charset]
    return "".join(_level(value, top, levels) for value in _fit(values, width)).rjust(width)


def _within(fraction: float) -> float:
    return 0.0 if math.isnan(fraction) else min(1.0, max(0.0, fraction))


def _level(value: float, top: float, levels: str) -> str:
    if math.isnan(value):
        return " "
    share = _within(value / top) if top > 0 else 0.0
    return levels[min(len(levels) - 1, int(share * len(levels)))]


def _fit(values: Sequence[float], width: int) -> Sequence[float]:
    count = len(values)
    if count <= width:
        return values
    edges = [count * index // width for index in range(width + 1)]
    return [_peak(values[start:end]) for start, end in itertools.pairwise(edges)]


def _peak(values: Sequence[float]) -> float:
    return max((value for value in values if not math.isnan(value)), default=math.nan)
