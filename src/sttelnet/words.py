"""Numbers as people read them."""

from __future__ import annotations

import itertools


def size_words(size: float) -> str:
    """Return a size in at most seven characters: "512 B", "31.2 GB", "500 GB" (1 KB is 1,024 bytes)."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 999.5:
            return f"{size:.1f} {unit}" if size < 99.95 and unit not in ("B", "KB") else f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.0f} PB"


def duration_words(seconds: float) -> str:
    """Return how long something has lasted in at most four characters: "17s", "25m", "3h", "41d"."""
    for limit, unit_seconds, unit in ((60, 1, "s"), (3600, 60, "m"), (86400, 3600, "h")):
        if seconds < limit:
            return f"{int(max(0.0, seconds) // unit_seconds)}{unit}"
    return f"{int(seconds // 86400)}d"


def span_words(seconds: float) -> str:
    """Return a time to come in its two largest units: "0s", "1m 30s", "1h 30m", "2d"."""
    left = max(0, round(seconds))
    units = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
    for (length, unit), (smaller, next_unit) in itertools.pairwise(units):
        if left >= length:
            rest = left % length // smaller
            return f"{left // length}{unit}" + (f" {rest}{next_unit}" if rest else "")
    return f"{left}s"


def rate_words(amount: float, seconds: float) -> str:
    """Return how many bytes a second so many bytes in so long are: "310 KB/s"."""
    return f"{size_words(amount / max(seconds, 1e-3))}/s"


def clock_words(seconds: float) -> str:
    """Return how long something takes, to the second: "0:07", "12:34", "1:02:03"."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def count_words(number: int, what: str) -> str:
    """Return "1 file", "2 files"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


DURATION_RULE = "A time is a number and s, m, h or d: 90s, 15m, 2h, 7d."
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_of(words: str) -> float | None:
    """Return the seconds of "90", "90s", "15m", "2h", "7d"; None for anything else."""
    text = words.strip().casefold()
    number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS else (text, "s")
    if not (number.isascii() and number.isdecimal()) or len(number) > 9:
        return None
    return float(int(number) * _UNITS[unit])
