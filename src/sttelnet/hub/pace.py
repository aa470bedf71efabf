"""How fast somebody may write."""

from __future__ import annotations

from typing import Final

MESSAGES_A_SECOND: Final = 0.5  # of one sender, over time …
MESSAGES_AT_ONCE: Final = 8.0  # … and at once
LINES_A_SECOND: Final = 2.0  # the same in a room
LINES_AT_ONCE: Final = 10.0
MOVES_A_SECOND: Final = 0.2  # the same in and out of rooms
MOVES_AT_ONCE: Final = 5.0


class Pace:
    """So many at once, then so many a second. What is refused does not count. Times are the event loop's."""

    __slots__ = ("_a_second", "_at", "_at_once", "_left")

    def __init__(self, now: float, a_second: float = MESSAGES_A_SECOND, at_once: float = MESSAGES_AT_ONCE) -> None:
        self._a_second, self._at_once = a_second, at_once
        self._left, self._at = at_once, now

    def may_go(self, now: float) -> bool:
        """Count one; False where there were too many."""
        self._left = min(self._at_once, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
