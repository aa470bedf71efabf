"""The time until the daemon stops: told to everybody as it runs out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from sttelnet.words import span_words

TELL_AT: Final = (3600.0, 1800.0, 900.0, 600.0, 300.0, 120.0, 60.0, 30.0, 10.0, 5.0)  # seconds before the end
STAYS: Final = "The service stays up after all."


class Countdown:
    """Counts down to a stop. `tell` puts a sentence on every screen, `stop` stops the daemon."""

    def __init__(self, tell: Callable[[str], object], stop: Callable[[], None]) -> None:
        self._tell, self._stop = tell, stop
        self._loop = asyncio.get_running_loop()
        self._at: float | None = None
        self._words = ""
        self._changed = asyncio.Event()

    @property
    def left(self) -> float | None:
        """Seconds until the stop, None where none is set."""
        return None if self._at is None else max(0.0, self._at - self._loop.time())

    def set(self, seconds: float, words: str) -> None:
        """Stop in so many seconds; again: at another time."""
        self._at, self._words = self._loop.time() + seconds, words
        self._changed.set()

    def clear(self) -> bool:
        """Stop no more; False where no stop was set."""
        if self._at is None:
            return False
        self._at = None
        self._changed.set()
        self._tell(STAYS)
        return True

    async def run(self) -> None:
        """Count, as long as the daemon runs."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._count()

    async def _count(self) -> None:
        """Tell how long is left, at first and at every step, until the end or until another time is set."""
        while (left := self.left) is not None and not self._changed.is_set():
            if left <= 0:
                if self._words:
                    self._tell(self._words)
                self._stop()
                return
            self._tell(f"The service goes down in {span_words(left)}. {self._words}".rstrip())
            step = next((at for at in TELL_AT if at < left), 0.0)
            try:
                async with asyncio.timeout(left - step):
                    await self._changed.wait()
            except TimeoutError:
                continue
