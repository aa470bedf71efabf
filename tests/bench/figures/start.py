"""How long a server takes to be ready."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.compare import compared
from tests.bench.loops import ASYNCIO
from tests.bench.process import Subject, running
from tests.bench.scale import Scale
from tests.bench.subjects import OURS, line_servers, shipped_site
from tests.bench.table import Figure, Goal

GOAL = Goal(0.5, "s")


async def start(scale: Scale, folder: Path) -> list[Figure]:
    """From starting the process to "ready", with the tree that ships."""
    references = [subject for subject in line_servers(folder, [ASYNCIO]) if subject.name != OURS]
    first: dict[Subject, list[float]] = {}
    again: dict[Subject, list[float]] = {}
    said: dict[Subject, list[float]] = {}
    for subject in [*references, shipped_site(folder, ASYNCIO)]:
        await _start(subject)  # which compiles what it imports
    for _ in range(scale.starts):
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            subject = shipped_site(Path(fresh), ASYNCIO)
            _note(first, subject, (await _start(subject))[0])
            seconds, announced = await _start(subject)
            _note(again, subject, seconds)
            _note(said, subject, announced)
        for subject in references:
            _note(again, subject, (await _start(subject))[0])
    return [
        *compared("start to ready", "s", again, GOAL),
        *compared("start to ready, as the daemon says itself", "s", said),
        *compared("first start, with a database and an admin to make", "s", first),
    ]


def _note(samples: dict[Subject, list[float]], subject: Subject, seconds: float) -> None:
    samples.setdefault(Subject(subject.name, subject.loop, ()), []).append(seconds)


async def _start(subject: Subject) -> tuple[float, float]:
    async with running(subject) as server:
        return server.started_in, server.announced or 0.0
