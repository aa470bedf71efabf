"""When which session's time limits are looked at: when one of its own can be over, not all of them every time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Final

SWEEP: Final = 2.0  # seconds between two sweeps


class Looks:
    """The numbers of sessions, each with when it is looked at next."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []

    def add(self, number: int, at: float) -> None:
        """Have a session looked at then."""
        heapq.heappush(self._heap, (at, number))

    def due(self, now: float) -> Iterator[int]:
        """Take out those that are to be looked at, one by one: what fails at one leaves the others in."""
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)[1]
