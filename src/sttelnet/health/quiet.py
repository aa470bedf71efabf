"""Hours of a day in which nobody is told. Pure."""

from __future__ import annotations


def in_hours(hours: str, minute: int) -> bool:
    """Whether a minute of the day (0 to 1439) lies in hours as "22:00-07:00"; "" are none.

    The last minute is not among them; where both times are one, the whole day is.
    """
    if not hours:
        return False
    start, end = (60 * int(time[:2]) + int(time[3:]) for time in hours.split("-"))
    if start < end:
        return start <= minute < end
    return minute >= start or minute < end
