"""Nothing is left of a session that has ended: a real server in this process, its visitors in another."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import statistics
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import psutil

from sttelnet.server import Server
from tests.bench.load import LoadError
from tests.bench.process import CHECKOUT, descriptors_of, python
from tests.bench.table import Amount, Goal
from tests.daemon import config_with, daemon
from tests.soak.finding import Finding, counted, none_of
from tests.soak.scale import Scale
from tests.soak.site import enlist, shipped_texts
from tests.soak.visits import PASSWORD

NAMES: Final = [f"visitor{number}" for number in range(16)]
BATCHES: Final = 20  # at most; between them it is counted what is there
LEAST_IN_BATCH: Final = 20
LEAST_FOR_A_SLOPE: Final = 1000  # visits; in fewer the slope is the allocator's noise, and is only told
WARM_UP: Final = 0.1  # of the visits come before, in which what is made on first use is made
LEAST_WARM_UP: Final = 40
PER_CYCLE: Final = 30.0  # seconds for a batch, for each of its cycles
EMPTIED_WITHIN: Final = 10.0  # seconds
# Timers that were cancelled stay in the loop's heap until there are a hundred of them, and performance data waits to
# be written: hundreds of objects come and go. A session that is kept is hundreds each.
MOST_OBJECTS: Final = Goal(500, "")
STEEPEST: Final = Goal(1, "MiB")


@dataclass(frozen=True, slots=True)
class Left:
    """What is there while nobody is on."""

    objects: int
    tasks: int
    descriptors: int
    rss: float  # MiB


async def cycles(scale: Scale, folder: Path) -> list[Finding]:
    """Connect, log in, browse, leave, over and over."""
    batches = min(BATCHES, scale.cycles // LEAST_IN_BATCH)
    size = scale.cycles // batches
    async with _serving(folder) as server:
        await _visits(server, max(LEAST_WARM_UP, int(WARM_UP * scale.cycles)))
        seen = [await _counted(server)]
        for _ in range(batches):
            await _visits(server, size)
            seen.append(await _counted(server))
    first, last = seen[0], seen[-1]
    resident = [left.rss for left in seen[batches // 2 :]]
    typical = statistics.median(after - before for before, after in pairwise(resident)) / size * 1000
    steepest = STEEPEST if scale.cycles >= LEAST_FOR_A_SLOPE else None
    return [
        counted("visits: connect, log in, pages, chat, leave", size * batches),
        counted("objects more", last.objects - first.objects, MOST_OBJECTS),
        none_of("tasks more", last.tasks - first.tasks),
        none_of("descriptors more", last.descriptors - first.descriptors),
        Finding("resident memory (RSS) at the start", Amount(first.rss, "MiB")),
        Finding("… at the end", Amount(last.rss, "MiB")),
        Finding(
            "… slope over the last half, for 1,000 visits", Amount(_slope(resident) / size * 1000, "MiB"), steepest
        ),
        Finding("… growth in its median batch, for 1,000 visits", Amount(typical, "MiB")),
    ]


@contextlib.asynccontextmanager
async def _serving(folder: Path) -> AsyncIterator[Server]:
    """Serve the tree that ships, with members who can visit it."""
    async with daemon(folder, shipped_texts(), config_with(members={"registration": "open"})) as server:
        await enlist(server, NAMES, PASSWORD)
        yield server


async def _visits(server: Server, count: int) -> None:
    command = python("-m", "tests.soak.visits", str(server.ports[0]), str(count), *NAMES)
    visitors = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT)
    try:
        async with asyncio.timeout(PER_CYCLE * count):
            status = await visitors.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            visitors.kill()
        await visitors.wait()
    if status:
        message = "a visit went wrong"
        raise LoadError(message)


async def _counted(server: Server) -> Left:
    """Return what is there once the last session has ended."""
    async with asyncio.timeout(EMPTIED_WITHIN):
        while server.clients.sessions:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    gc.collect()
    process = psutil.Process()
    rss = process.memory_info().rss / 2**20
    return Left(len(gc.get_objects()), len(asyncio.all_tasks()), descriptors_of(process), rss)


def _slope(values: list[float]) -> float:
    """Return how much they grow from one to the next: the slope of the line of least squares."""
    middle = (len(values) - 1) / 2
    mean = sum(values) / len(values)
    steps = sum((at - middle) ** 2 for at in range(len(values)))
    return sum((at - middle) * (value - mean) for at, value in enumerate(values)) / steps
