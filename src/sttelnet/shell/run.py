"""Commands that script files name: how many at a time, and what they wrote kept for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from sttelnet.config import RunConfig
from sttelnet.shell.command import Command, Result

MOST_KEPT: Final = 200  # commands whose output is kept
PATIENCE: Final = 0.5  # seconds a command has to end once it was interrupted: a page waits for it


@dataclass(slots=True)
class _Kept:
    """What one command wrote last."""

    running: asyncio.Lock = field(default_factory=asyncio.Lock)
    result: Result | None = None
    at: float = 0.0  # loop time of its end


class Runs:
    """Every command run for the pages of one daemon."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = asyncio.Condition()
        self._kept: dict[str, _Kept] = {}

    @asynccontextmanager
    async def turn(self, config: RunConfig) -> AsyncIterator[None]:
        """Wait until fewer than `run.at_once` commands run, and count as one meanwhile."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._count < config.at_once)
            self._count += 1
        try:
            yield
        finally:
            self._count -= 1
            async with self._changed:
                self._changed.notify()

    async def output(self, command: str, config: RunConfig, timeout: float, keep: float) -> Result:
        """Return what a command writes, or wrote at most `keep` seconds ago. Who asks while it runs waits for it.

        Raises ShellFailed where it cannot be run, TimeoutError where others had the turn for too long.
        """
        loop = asyncio.get_running_loop()
        asked = loop.time()
        kept = self._kept.setdefault(command, _Kept())
        async with asyncio.timeout(timeout), kept.running:
            if kept.result is None or (kept.at < asked and loop.time() - kept.at >= keep):
                left = timeout - (loop.time() - asked)
                kept.result = await self._run(command, config, 0.75 * left)
                kept.at = loop.time()
            self._forget_oldest()
            return kept.result

    async def _run(self, command: str, config: RunConfig, timeout: float) -> Result:
        async with self.turn(config), Command(most=config.output * 1024, patience=PATIENCE) as shell:
            return await shell.run(command, timeout)

    def _forget_oldest(self) -> None:
        while len(self._kept) > MOST_KEPT:
            del self._kept[min(self._kept, key=lambda command: self._kept[command].at)]
