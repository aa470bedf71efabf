"""Turns: a check is run once, and no more of them at a time than config.toml says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sttelnet.health.check import Check, limited
from sttelnet.health.plugin import Result
from sttelnet.health.probes import PROBES, Probe, Sources
from sttelnet.health.runner import run_program
from sttelnet.health.states import State


class Turns:
    """Runs checks. `at_once` gives how many may run at the same time."""

    def __init__(self, sources: Sources, at_once: Callable[[], int]) -> None:
        self._sources, self._at_once = sources, at_once
        self._probes: dict[str, Probe] = {}  # by the check's name: they remember things
        self._running = 0
        self._free = asyncio.Condition()

    def begin(self, check: Check) -> None:
        """Have a built-in check's probe, a new one."""
        definition = check.definition
        self._probes.pop(check.name, None)
        if definition.use and not definition.problem:
            self._probes[check.name] = PROBES[definition.use].make(definition.asked, self._sources)

    def end(self, name: str) -> None:
        """Forget a check."""
        self._probes.pop(name, None)

    async def run(self, check: Check) -> tuple[Result, float]:
        """Run a check once, as soon as it has its turn; return its result, and the seconds it took."""
        definition = check.definition
        if definition.problem:
            return Result(State.UNKNOWN, definition.problem), 0.0
        if definition.at_hand:
            return await self._probed(check)
        async with self._turn():
            check.running = True
            try:
                if definition.use:
                    return await self._probed(check)
                ran = await run_program(definition.command, definition.config.timeout, directory=definition.directory)
                return limited(ran.result, definition), ran.seconds
            finally:
                check.running = False

    async def look(self) -> None:
        """Take up a new number of how many may run at once."""
        async with self._free:
            self._free.notify_all()

    async def _probed(self, check: Check) -> tuple[Result, float]:
        began, limit = time.monotonic(), check.definition.config.timeout
        try:
            async with asyncio.timeout(limit):
                result = await self._probes[check.name].run()
        except TimeoutError:
            result = Result(State.UNKNOWN, f"no answer within {limit:g} s")
        return result, time.monotonic() - began

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        async with self._free:
            await self._free.wait_for(lambda: self._running < self._at_once())
            self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            await self._next()

    async def _next(self) -> None:
        """Wake one that waits; it would be many for nothing with hundreds of checks."""
        async with self._free:
            self._free.notify(1)
