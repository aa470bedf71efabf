"""Ranges of the monitoring plugins' interface: `10`, `10:`, `~:10`, `10:20`, `@10:20`.

monitoring-plugins.org, "Development Guidelines", "Threshold and Ranges": a range says when to raise an alert; without
`@` that is outside of it, its ends included in it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_RANGE = re.compile(rf"(@?)(?:(~|{_NUMBER})?(:))?({_NUMBER})?")


@dataclass(frozen=True, slots=True)
class Range:
    """From `start` to `end`, both included; `inside` alerts within it instead of without."""

    start: float = 0.0
    end: float = math.inf
    inside: bool = False

    def alerts(self, value: float) -> bool:
        """Whether a value is to raise an alert; one that is no number always is."""
        if math.isnan(value):
            return True
        return (self.start <= value <= self.end) is self.inside

    def __str__(self) -> str:
        start = "~" if self.start == -math.inf else _shown(self.start)
        end = "" if self.end == math.inf else _shown(self.end)
        mark = "@" if self.inside else ""
        if self.start == 0 and end:
            return mark + end
        return f"{mark}{start}:{end}"


def read_range(text: str) -> Range | None:
    """Return a range, None where the text is none."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or not (found[2] or found[4]):
        return None
    start = -math.inf if found[2] == "~" else float(found[2] or 0)
    end = float(found[4]) if found[4] else math.inf
    if start > end or start == math.inf or end == -math.inf:
        return None
    return Range(start, end, inside=bool(found[1]))


def _shown(number: float) -> str:
    return f"{number:.12g}"
