"""A session's connection in the hands of a transfer."""

from __future__ import annotations

import asyncio

from sttelnet.channel import Channel
from sttelnet.session.limits import TimeLimits
from sttelnet.session.visit import Attention


class Loan:
    """What a transfer is given (transfer.Line), and what it says of itself meanwhile."""

    def __init__(self, channel: Channel, attention: Attention, limits: TimeLimits) -> None:
        self.channel = channel
        self.words = "moving files"  # for who is on
        self._attention, self._limits = attention, limits

    @property
    def wanted_back(self) -> bool:
        """Whether the session has to end."""
        return self._attention.hang_up is not None

    def working(self, words: str) -> None:
        """Tell what is being done; the client is not idle."""
        self.words = words
        self._limits.active = asyncio.get_running_loop().time()
