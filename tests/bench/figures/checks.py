"""What checks cost: many programs every few seconds, how late they begin, and what else they bring with them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from tests.bench.checks import check_site, shell_loop, watched
from tests.bench.figures.alerts import alert
from tests.bench.figures.watching import INTERVAL, page, scrape
from tests.bench.load import PATIENCE, quantile
from tests.bench.people import gather_people
from tests.bench.process import Running, running
from tests.bench.scale import Scale
from tests.bench.table import Amount, Beside, Figure, Goal

CHECKS: Final = 500
LOOKS: Final = 2  # in an interval: how late each run began is known until the next
DELAY_GOAL: Final = Goal(250, "ms")


@dataclass(slots=True)
class Cost:
    """What the checks took while nobody asked for anything."""

    seconds: float = 0.0
    own: float = 0.0  # CPU seconds of the daemon, also of threads that have ended
    programs: float = 0.0  # of what it has run
    late: dict[tuple[str, float], float] = field(default_factory=dict)  # seconds, by the check and when it ran

    def late_by(self, share: float) -> Amount:
        """Return how late a share of the runs began at most."""
        return Amount(1e3 * quantile(list(self.late.values()), share), "ms")


async def checks(scale: Scale, folder: Path) -> list[Figure]:
    """The engine, what shows the checks, an alert."""
    figures = await _engine(folder / "engine", 2 if scale.rounds > 1 else 1, scale.sessions)
    figures += await page(folder / "page")
    figures += await scrape(folder / "scrape")
    return [*figures, *await alert(folder / "alert", scale.sessions)]


async def _engine(folder: Path, rounds: int, sessions: int) -> list[Figure]:
    """Many checks at their interval: what the daemon takes, how late they begin."""
    async with running(check_site(folder, CHECKS, INTERVAL)) as server:
        await asyncio.sleep(INTERVAL + 2)  # the first runs are spread over an interval
        alone = await _cost(server, folder, rounds)
        people = await gather_people(server.port, sessions, terminal=True, ready=b"Terminal xterm")
        crowded = await _cost(server, folder, rounds)
        for person in people:
            person.hang_up()
    runs = alone.seconds / INTERVAL * CHECKS
    spent, bare = (alone.own + alone.programs) / runs, await _bare(int(runs))
    name = f"{CHECKS} checks of `true` every {INTERVAL:g} s"
    among = f"{name}, {sessions} idle sessions"
    return [
        Figure(f"{name}: CPU of the daemon", Amount(100 * alone.own / alone.seconds, "%")),
        Figure(
            f"{name}: CPU of a run, the program's own too",
            Amount(1e3 * spent, "ms"),
            Beside(1e3 * bare, spent / bare),
        ),
        Figure(f"{name}: begins late by, p50", alone.late_by(0.5)),
        Figure(f"{name}: begins late by, p99", alone.late_by(0.99), goal=DELAY_GOAL),
        Figure(f"{among}: CPU of the daemon", Amount(100 * crowded.own / crowded.seconds, "%")),
        Figure(f"{among}: begins late by, p99", crowded.late_by(0.99), goal=DELAY_GOAL),
    ]


async def _cost(server: Running, folder: Path, rounds: int) -> Cost:
    cost = Cost()
    daemon = psutil.Process(server.pid)
    for _ in range(rounds * LOOKS):
        began, before = time.monotonic(), daemon.cpu_times()
        await asyncio.sleep(INTERVAL / LOOKS)
        after = daemon.cpu_times()  # before anything is asked: to answer costs, too
        cost.seconds += time.monotonic() - began
        cost.own += after.user + after.system - before.user - before.system
        cost.programs += after.children_user + after.children_system - before.children_user - before.children_system
        cost.late |= {
            (one["name"], one["ran"]): one["late"] for one in await watched(folder) if one["name"].startswith("c")
        }
    return cost


async def _bare(runs: int) -> float:
    """Return the CPU seconds of one run in a loop of the shell."""
    process = await asyncio.create_subprocess_exec(*shell_loop(runs))
    before = psutil.Process().cpu_times()
    async with asyncio.timeout(PATIENCE):
        await process.wait()
    after = psutil.Process().cpu_times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return float(spent) / runs
