"""How long somebody waits because of somebody else, beside a control process that nobody bothers.

These machines are shared: whatever delays the control delays the subject too. So it is the difference that counts,
and it counts against the daemon only where it is too long in each of three runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from tests.bench.load import Crowd, Manner, Talk
from tests.bench.process import Running, running
from tests.bench.subjects import control

RUNS: Final = 3
LINES_PER_SECOND: Final = 50.0


def control_process() -> AbstractAsyncContextManager[Running]:
    """Start the control: bare asyncio streams that answer a line with a line."""
    return running(control())


async def delays(ports: tuple[int, int], talks: tuple[Talk, Talk], seconds: float) -> tuple[list[float], list[float]]:
    """Talk to subject and control at a steady pace, both at once; return the seconds each answer took."""
    crowds = [Crowd(port, Manner.REFUSE, talk) for port, talk in zip(ports, talks, strict=True)]
    try:
        for crowd in crowds:
            await crowd.open(1)
        async with asyncio.TaskGroup() as tasks:
            for crowd in crowds:
                tasks.create_task(crowd.pace(int(seconds * LINES_PER_SECOND), LINES_PER_SECOND))
    finally:
        for crowd in crowds:
            crowd.close()
    return crowds[0].answers, crowds[1].answers


async def least_excess(limit: float, measure: Callable[[], Awaitable[tuple[list[float], list[float]]]]) -> float:
    """Return how much longer the subject's longest answer took than the control's, in seconds, 0 at least.

    It is measured again, three times at most, until it is within `limit`: the least is returned.
    """
    least = float("inf")
    for _ in range(RUNS):
        ours, theirs = await measure()
        least = min(least, max(0.0, max(ours) - max(theirs)))
        if least <= limit:
            break
    return least
