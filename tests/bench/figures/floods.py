"""What one hostile client does to another's echo."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from tests.bench.flood import KINDS
from tests.bench.load import PATIENCE, Crowd, Manner, quantile
from tests.bench.loops import ASYNCIO
from tests.bench.process import CHECKOUT, all_running, python
from tests.bench.scale import Scale
from tests.bench.subjects import control, echo_site
from tests.bench.table import Amount, Beside, Figure, Goal

GOAL = Goal(50, "ms")
LINES_PER_SECOND = 50.0  # of the bystander, and of the client of the control process
HEAD_START = 0.3  # seconds for the flood to stand


async def floods(scale: Scale, folder: Path) -> list[Figure]:
    """The bystander's delay over a control process measured at the same time, for each kind of flood."""
    figures: list[Figure] = []
    async with all_running([echo_site(folder, ASYNCIO), control()]) as (ours, unconcerned):
        for kind in KINDS:
            bystander, control_client = [Crowd(server.port, Manner.REFUSE) for server in (ours, unconcerned)]
            await bystander.open(1)
            await control_client.open(1)
            await _measure(kind, ours.port, scale.flood, bystander, control_client)
            figures.append(_figure(f"p99 delay by a flood: {kind}, {ASYNCIO}", bystander, control_client))
            bystander.close()
            control_client.close()
    return figures


async def _measure(kind: str, port: int, seconds: float, *clients: Crowd) -> None:
    """Have the clients talk while the flood goes on."""
    command = python("-m", "tests.bench.flood", kind, str(port), str(seconds + HEAD_START))
    flood = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT, stdout=asyncio.subprocess.DEVNULL)
    try:
        await asyncio.sleep(HEAD_START)
        async with asyncio.TaskGroup() as tasks:
            for client in clients:
                tasks.create_task(client.pace(int(seconds * LINES_PER_SECOND), LINES_PER_SECOND))
        async with asyncio.timeout(PATIENCE):
            await flood.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            flood.kill()
        await flood.wait()


def _figure(name: str, bystander: Crowd, control_client: Crowd) -> Figure:
    ours, theirs = (1e3 * quantile(crowd.answers, 0.99) for crowd in (bystander, control_client))
    return Figure(name, Amount(max(0.0, ours - theirs), "ms"), Beside(theirs, None), goal=GOAL)
