"""What checks cost: many programs every few seconds, the page that lists them, one change told to everybody."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final

import psutil

from tests.bench.checks import check_site, operator_site, shell_loop, watched
from tests.bench.load import PATIENCE, quantile
from tests.bench.people import Person, gather_people
from tests.bench.process import Running, running
from tests.bench.scale import Scale
from tests.bench.table import Amount, Beside, Figure, Goal

CHECKS: Final = 500
INTERVAL: Final = 10.0  # seconds
LISTED: Final = 200  # checks on the page
DRAWN: Final = 50  # times the page is drawn
OPERATORS: Final = 1000
DELAY_GOAL, PAGE_GOAL = Goal(250, "ms"), Goal(20, "ms")


async def checks(scale: Scale, folder: Path) -> list[Figure]:
    """The engine, the page, an alert."""
    figures = await _engine(folder / "engine", rounds=2 if scale.rounds > 1 else 1)
    figures += await _page(folder / "page")
    return [*figures, *await _alert(folder / "alert", min(OPERATORS, scale.sessions))]


async def _engine(folder: Path, rounds: int) -> list[Figure]:
    """Many checks at their interval: what the daemon takes, how late they begin."""
    async with running(check_site(folder, CHECKS, INTERVAL)) as server:
        await asyncio.sleep(INTERVAL + 2)  # the first runs are spread over an interval
        began, used, spent = time.monotonic(), server.cpu(), _with_children(server)
        late: list[float] = []
        for _ in range(rounds):
            await asyncio.sleep(INTERVAL)
            late += [1e3 * one["late"] for one in await watched(folder) if one["name"].startswith("c")]
        seconds = time.monotonic() - began
        used, spent = server.cpu() - used, _with_children(server) - spent
    runs = seconds / INTERVAL * CHECKS
    bare = await _bare(int(runs))
    name = f"{CHECKS} checks of `true` every {INTERVAL:g} s"
    return [
        Figure(f"{name}: CPU of the daemon", Amount(100 * used / seconds, "%")),
        Figure(
            f"{name}: CPU of a run, the program's own too",
            Amount(1e3 * spent / runs, "ms"),
            Beside(1e3 * bare, spent / runs / bare),
        ),
        Figure(f"{name}: begins late by, p50", Amount(quantile(late, 0.5), "ms")),
        Figure(f"{name}: begins late by, p99", Amount(quantile(late, 0.99), "ms"), goal=DELAY_GOAL),
    ]


def _with_children(server: Running) -> float:
    """Return the CPU seconds of the daemon and of the programs it has run."""
    times = psutil.Process(server.pid).cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


async def _bare(runs: int) -> float:
    """Return the CPU seconds of one run in a loop of the shell."""
    process = await asyncio.create_subprocess_exec(*shell_loop(runs))
    before = psutil.Process().cpu_times()
    async with asyncio.timeout(PATIENCE):
        await process.wait()
    after = psutil.Process().cpu_times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return float(spent) / runs


async def _page(folder: Path) -> list[Figure]:
    """The page of health with many checks, from the key to its last row."""
    async with running(check_site(folder, LISTED, 3600.0)) as server:
        await asyncio.sleep(INTERVAL + 1)
        [person] = await gather_people(server.port, 1, terminal=True, ready=b"Terminal xterm")
        took: list[float] = []
        for _ in range(DRAWN):
            took.append(await _drawn(person, b"h", b"By name"))
            await _drawn(person, b"q", b"Terminal xterm")
        person.hang_up()
    name = f"the page of health with {LISTED} checks"
    return [
        Figure(f"{name} p50", Amount(1e3 * quantile(took, 0.5), "ms"), goal=PAGE_GOAL),
        Figure(f"{name} p99", Amount(1e3 * quantile(took, 0.99), "ms")),
    ]


async def _drawn(person: Person, key: bytes, end: bytes) -> float:
    person.text.clear()
    began = time.perf_counter()
    person.send(key)
    await person.until(end)
    return time.perf_counter() - began


async def _alert(folder: Path, count: int) -> list[Figure]:
    """One change of state, told to so many operators who are on."""
    stamp = folder / "stamp"
    async with running(await operator_site(folder, count, stamp)) as server:
        everybody = await gather_people(server.port, count, terminal=True, ready=b"> ")
        for at, person in enumerate(everybody):
            person.send(b"op%d\r\0" % at)
            await person.until(b"hello op%d" % at)
        seen: list[float] = []
        for person in everybody:
            person.text.clear()
            person.listen(b"CRITICAL disk", lambda: seen.append(time.time()))
        stamp.touch()
        async with asyncio.timeout(PATIENCE):
            while len(seen) < count:
                await asyncio.sleep(0.01)
        ended = int(stamp.read_text()) / 1e9
        for person in everybody:
            person.hang_up()
    name = f"a change of state on the screens of {count} operators"
    return [
        Figure(f"{name}: the first", Amount(1e3 * (min(seen) - ended), "ms")),
        Figure(f"{name}: the last", Amount(1e3 * (max(seen) - ended), "ms")),
    ]
