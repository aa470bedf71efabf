"""Turns: a check is run once, and no more of them at a time than config.toml says."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sttelnet.health.check import Check, limited
from sttelnet.health.definition import Definition
from sttelnet.health.plugin import Result
from sttelnet.health.probes import PROBES, Probe, Sources
from sttelnet.health.runner import environment, run_program
from sttelnet.health.states import State


class Turns:
    """Runs checks."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._at_once = 1  # how many may run at the same time, until `look` says
        self._probes: dict[str, Probe] = {}  # by the check's name: they remember things
        self._environment = environment(os.environ)
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

    async def run(self, check: Check, planned: float) -> tuple[Result, float]:
        """Run a check once, as soon as it has its turn; return its result, and the seconds it took.

        `planned` is when it should begin, by time.monotonic.
        """
        definition = check.definition
        check.late = max(0.0, time.monotonic() - planned)
        if definition.problem:
            return Result(State.UNKNOWN, definition.problem), 0.0
        if definition.at_hand:
            return await self._probed(check)
        async with self._turn():
            check.late = max(0.0, time.monotonic() - planned)
            if definition.use:
                return await self._probed(check)
            return await self._program(definition)

    async def look(self, at_once: int) -> None:
        """Take up how many may run at the same time."""
        self._at_once = at_once
        async with self._free:
            self._free.notify_all()

    async def _program(self, definition: Definition) -> tuple[Result, float]:
        limit = definition.config.timeout
        ran = await run_program(definition.command, limit, directory=definition.directory, environ=self._environment)
        return limited(ran.result, definition), ran.seconds

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
            await self._free.wait_for(lambda: self._running < self._at_once)
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
