"""A session's connection in the hands of a transfer or a shell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sttelnet.channel import Channel
from sttelnet.logs import EventLog
from sttelnet.session.limits import TimeLimits
from sttelnet.session.visit import Attention

LOG_EVERY = 30.0  # seconds


class Loan:
    """What a transfer or a shell is given (channel.Line), and what it says of itself meanwhile."""

    def __init__(
        self,
        channel: Channel,
        attention: Attention,
        limits: TimeLimits,
        read_account: Callable[[], Awaitable[None]],
        log: EventLog,
    ) -> None:
        self.channel = channel
        self._log = log
        self._logged_at = asyncio.get_running_loop().time()
        self.words = "busy"  # for who is on
        self._logged = ""
        self._attention, self._limits, self._read_account = attention, limits, read_account

    async def wanted_back(self, *, unfinished: bool = False) -> bool:
        """Whether the session has to end; `unfinished`: what is under way comes to an end by itself, if it is let."""
        if self._attention.account:
            await self._read_account()
        return self._attention.hang_up is not None and not (unfinished and self._attention.may_finish)

    def working(self, words: str) -> None:
        """Tell what is being done; the client is not idle."""
        self.words = words
        now = self._limits.active = asyncio.get_running_loop().time()
        if now - self._logged_at >= LOG_EVERY and words != self._logged:
            self._logged_at, self._logged = now, words
            self._log.info("still busy", doing=words)
