"""Thousands who only stand there cost little, and whoever does something is answered at once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from tests.bench.load import Crowd, Manner, Talk, quantile
from tests.bench.process import Running, running
from tests.bench.table import Amount, Goal
from tests.soak.crowded import crowded, make_room
from tests.soak.delay import RUNS, control_process
from tests.soak.finding import Finding, none_of
from tests.soak.scale import Scale
from tests.soak.site import faults_in, standing

MEMORY: Final = Goal(40, "KiB")
ANSWER: Final = Goal(20, "ms")
CPU: Final = Goal(1, "%")
TALKERS: Final = 10
LINES_PER_SECOND: Final = 200.0
TALK: Final = 5.0  # seconds
GO: Final = Talk(b"%", b"bench")  # the key that leads to the prompt that answers
ECHO: Final = Talk()


async def idle(scale: Scale, folder: Path) -> list[Finding]:
    """Sessions on the first page that ships: memory, CPU, and others' answers."""
    make_room(scale.idle)
    log = folder / "log"
    async with (
        running(standing(folder, "idle_timeout = 3600\n"), log) as ours,
        control_process() as control,
        crowded(ours, scale.idle) as stood,
    ):
        share = await _cpu(ours, scale.hold)
        p99, theirs = await _answers(ours, control)
    return [
        *stood.findings("sessions on the first page", MEMORY),
        Finding(f"CPU of one core while they stand, over {scale.hold:.0f} s", Amount(share, "%"), CPU),
        Finding(
            f"answers at {LINES_PER_SECOND:.0f} lines/s, p99 over the control's",
            Amount(max(0.0, p99 - theirs), "ms"),
            ANSWER,
        ),
        Finding("… of the daemon", Amount(p99, "ms")),
        Finding("… of the control", Amount(theirs, "ms")),
        none_of("faults in the daemon's log", len(faults_in(log))),
    ]


async def _cpu(server: Running, seconds: float) -> float:
    """Return the percent of a core it uses while nobody does anything."""
    began, before = time.perf_counter(), server.cpu()
    await asyncio.sleep(seconds)
    return (server.cpu() - before) / (time.perf_counter() - began) * 100


async def _answers(ours: Running, control: Running) -> tuple[float, float]:
    """Return the p99 of both in milliseconds, of the run of three in which they are closest."""
    runs: list[tuple[float, float]] = []
    async with _talkers(ours.port, move=True) as subjects, _talkers(control.port, move=False) as controls:
        for _ in range(RUNS):
            await asyncio.gather(*(crowd.pace(_LINES, LINES_PER_SECOND / TALKERS) for crowd in (*subjects, *controls)))
            p99, theirs = (1e3 * quantile(_taken(crowds), 0.99) for crowds in (subjects, controls))
            runs.append((p99, theirs))
            if p99 - theirs <= ANSWER.limit:
                break
    return min(runs, key=lambda run: run[0] - run[1])


_LINES: Final = int(LINES_PER_SECOND / TALKERS * TALK)


@contextlib.asynccontextmanager
async def _talkers(port: int, *, move: bool) -> AsyncIterator[list[Crowd]]:
    """Let some in, each a crowd of its own; `move`: to the prompt that answers."""
    crowds = [Crowd(port, Manner.ANSWER if move else Manner.REFUSE, GO if move else ECHO) for _ in range(TALKERS)]
    try:
        for crowd in crowds:
            await crowd.open(1)
            if move:
                await crowd.move(ECHO)
        yield crowds
    finally:
        for crowd in crowds:
            crowd.close()


def _taken(crowds: list[Crowd]) -> list[float]:
    """Return the seconds all answers took, and forget them."""
    taken = [seconds for crowd in crowds for seconds in crowd.answers]
    for crowd in crowds:
        crowd.answers.clear()
    return taken
