"""Bans handed over to a firewall: `bans.command`."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sttelnet.administration import Ban
from sttelnet.charset import one_line
from sttelnet.health.runner import run_program
from sttelnet.logs import event_logger

log = event_logger(__name__)

LOOK_EVERY: Final = 1.0  # seconds
SECONDS: Final = 10.0  # one run of the program may take
AGAIN_AFTER: Final = 60.0  # seconds, after a round in which some runs failed
FINISH_SECONDS: Final = 3.0  # for what is still to be handed over when the daemon stops


class Handover:
    """Keeps a firewall at what is banned here.

    What the program has been told is compared with what holds. So there is no queue that could grow, no ban is told
    that was lifted meanwhile, what failed is tried again, and bans of another process and those that are over count.
    """

    def __init__(
        self,
        bans: Callable[[], list[Ban]],
        command: Callable[[], tuple[str, ...]],
        home: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bans, self._command, self._home, self._clock = bans, command, home, clock
        self._told_to: tuple[str, ...] = ()  # the program that knows
        self._told: dict[str, float] = {}  # the end of each ban it knows
        self._looking = asyncio.Lock()

    async def run(self) -> None:
        """Hand over what comes, goes and is over, as long as the daemon runs."""
        while True:
            failures = await self.look()
            await asyncio.sleep(AGAIN_AFTER if failures else LOOK_EVERY)

    async def finish(self) -> None:
        """Hand over what has come last, for a short time: the daemon stops."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS):
                await self.look()

    async def look(self) -> int:
        """Hand over what the program does not know yet; return how many runs failed."""
        async with self._looking:
            command = self._command()
            if command != self._told_to:  # another one knows nothing
                self._told_to, self._told = command, {}
            if not command:
                return 0
            failures = [why for why in [await self._tell(*one) for one in self._untold()] if why]
            if failures:
                log.warning("bans.command failed: %s", failures[0], times=len(failures))
            return len(failures)

    def _untold(self) -> list[tuple[str, float | None]]:
        """Return each address with the end of its ban, None where it has none any more."""
        now = {ban.address: ban.until for ban in self._bans()}
        gone: list[tuple[str, float | None]] = [(address, None) for address in self._told.keys() - now.keys()]
        return gone + [(address, until) for address, until in now.items() if self._told.get(address) != until]

    async def _tell(self, address: str, until: float | None) -> str | None:
        """Run the program once; return what went wrong."""
        seconds = "" if until is None else str(max(1, math.ceil(until - self._clock())))
        words = ("ban", address, seconds) if seconds else ("unban", address)
        ran = await run_program((*self._told_to, *words), SECONDS, directory=self._home)
        if ran.status != 0:
            errors = one_line(ran.errors)[-200:]
            ended = "it has not ended by itself" if ran.status is None else f"exit status {ran.status}"
            return f"{' '.join(words)}: {one_line(ran.result.text)[:200]} ({ended}){f': {errors}' if errors else ''}"
        if until is None:
            self._told.pop(address, None)
        else:
            self._told[address] = until
        return None
