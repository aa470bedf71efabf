"""No client before log-in delays another by more than 100 ms."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from tests.bench.load import PATIENCE, LoadError, Talk
from tests.bench.process import CHECKOUT, Running, python, running
from tests.bench.table import Amount, Goal
from tests.soak.delay import control_process, delays, least_excess
from tests.soak.finding import Finding, none_of
from tests.soak.hostile import KINDS
from tests.soak.scale import Scale
from tests.soak.site import echoing, faults_in

LONGEST: Final = Goal(100, "ms")
HEAD_START: Final = 0.3  # seconds for the flood to stand
ECHO: Final = Talk(b"ping\r\n", b"echo: ping")


async def floods(scale: Scale, folder: Path) -> list[Finding]:
    """Every kind of hostile client, one after the other, and what a bystander waits while each is there."""
    log = folder / "log"
    async with running(echoing(folder), log) as ours, control_process() as control:
        waits = [await _bothered(kind, ours, control, scale.flood) for kind in KINDS]
    return [*waits, none_of("faults in the daemon's log", len(faults_in(log)))]


async def _bothered(kind: str, ours: Running, control: Running, seconds: float) -> Finding:
    async def measure() -> tuple[list[float], list[float]]:
        async with _hostile(kind, ours.port, seconds + 2 * HEAD_START):
            return await delays((ours.port, control.port), (ECHO, ECHO), seconds)

    excess = await least_excess(LONGEST.limit / 1e3, measure)
    return Finding(f"longest wait of others by: {kind}", Amount(1e3 * excess, "ms"), LONGEST)


@contextlib.asynccontextmanager
async def _hostile(kind: str, port: int, seconds: float) -> AsyncIterator[None]:
    command = python("-m", "tests.soak.hostile", kind, str(port), str(seconds))
    process = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            await process.stdout.readline()
        await asyncio.sleep(HEAD_START)
        yield
        if process.returncode:
            message = f"the hostile client {kind!r} ended with {process.returncode}"
            raise LoadError(message)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        async with asyncio.timeout(PATIENCE):
            await process.wait()
