"""What a line and its answer cost the server."""

from __future__ import annotations

from pathlib import Path

from tests.bench.compare import Samples, compared, in_turn
from tests.bench.load import Crowd, LoadError, Manner, Talk
from tests.bench.process import Running, Subject, all_running
from tests.bench.scale import Scale
from tests.bench.subjects import line_servers, page_site
from tests.bench.table import Figure, Goal

GOAL = Goal(2.0)
WARM_UP = 0.2  # seconds
PAGE = Talk(answer=b"Network")  # what the last of the ten gets stands behind


async def lines(scale: Scale, folder: Path) -> list[Figure]:
    """CPU for a line and its one-line answer."""
    samples = await _costs(line_servers(folder, scale.loops), Talk(), scale)
    return compared("CPU per 1,000 lines", "ms", samples, GOAL)


async def pages(scale: Scale, folder: Path) -> list[Figure]:
    """CPU for a line and a page with ten gets."""
    samples = await _costs([page_site(folder, loop) for loop in scale.loops], PAGE, scale)
    cost = compared("CPU per 1,000 pages of ten gets", "ms", samples)
    return cost + compared(
        "pages of ten gets per CPU second",
        "pages",
        {subject: [1e6 / n for n in cpu] for subject, cpu in samples.items()},
    )


async def _costs(subjects: list[Subject], talk: Talk, scale: Scale) -> Samples:
    """Return the milliseconds of CPU for 1,000 answers: the next line is sent when the last answer is here."""
    async with all_running(subjects) as servers:
        crowds = {server: Crowd(server.port, Manner.REFUSE, talk) for server in servers}
        for crowd in crowds.values():
            await crowd.open(scale.talkers)
            await crowd.saturate(WARM_UP)
        return await in_turn(servers, scale.rounds, lambda server: _cost(server, crowds[server], scale.talk))


async def _cost(server: Running, crowd: Crowd, seconds: float) -> float:
    before = server.cpu()
    answered = await crowd.saturate(seconds)
    if not answered:
        message = f"{server.subject} answered nothing"
        raise LoadError(message)
    return (server.cpu() - before) / answered * 1e6
