"""How the daemon itself does: how late its event loop is, how much memory it has, how much it has moved."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from sttelnet.telnet import Traffic

BEAT: Final = 0.5  # seconds between looks
LOOK_BACK: Final = 60.0  # seconds


@dataclass(slots=True)
class Pulse:
    """Measured as long as `run` runs."""

    traffic: Traffic = field(default_factory=Traffic)
    started: float = field(default_factory=time.time)
    _lags: deque[float] = field(default_factory=lambda: deque(maxlen=round(LOOK_BACK / BEAT)))

    @property
    def lag(self) -> float:
        """Seconds the event loop was late at worst in the last minute."""
        return max(self._lags, default=0.0)

    async def run(self) -> None:
        """Look how late the loop wakes us."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + BEAT
            await asyncio.sleep(BEAT)
            self._lags.append(max(0.0, loop.time() - due))
