"""What sessions cost that only connect: time to the first page, memory, and CPU while they idle."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.compare import compared
from tests.bench.load import Crowd, Manner, quantile
from tests.bench.loops import ASYNCIO
from tests.bench.process import Memory, Running, Subject, all_running, running
from tests.bench.scale import Scale
from tests.bench.subjects import line_servers
from tests.bench.table import Figure, Goal

ANSWERING_GOAL = Goal(50, "ms")
SILENT_GOAL = Goal(500, "ms")
MEMORY_GOAL = Goal(40, "KiB")
IDLE_GOAL = Goal(1, "%")
WARM_UP = 20  # connections before the first look at memory: what is loaded on first use is no session's
SETTLE = 1.0  # seconds


@dataclass(slots=True)
class Stay:
    """What the sessions of one server cost."""

    crowd: Crowd
    per_second: float  # connections opened
    connect_cpu: float  # milliseconds for one
    idle: float = 0.0  # percent of a core
    memory: Memory = field(default_factory=lambda: Memory(0, 0))
    answering: Sequence[float] = field(default_factory=list)  # milliseconds to the first page of those who come later
    silent: Sequence[float] = field(default_factory=list)


async def sessions(scale: Scale, folder: Path) -> list[Figure]:
    """Connections, first pages, memory and idle CPU with many sessions open."""
    async with all_running(line_servers(folder, scale.loops)) as servers:
        before = await _warmed_up(servers)
        stays = {server: await _open(server, scale.sessions) for server in servers}
        await asyncio.sleep(SETTLE)
        for server, stay in stays.items():
            stay.memory = server.memory().per_session(before[server], scale.sessions)
        await _idle(stays, scale.idle)
        for server, stay in stays.items():
            stay.answering = await _arrivals(server, scale, Manner.ANSWER)
            stay.silent = await _arrivals(server, scale, Manner.SILENT)
        for stay in stays.values():
            stay.crowd.close()
    return _figures(stays, f"{scale.sessions:,} open")


async def memory(scale: Scale, folder: Path) -> list[Figure]:
    """Memory of very many sessions, one server after the other."""
    used: dict[Subject, Memory] = {}
    for subject in line_servers(folder, [ASYNCIO]):
        async with running(subject) as server:
            before = await _warmed_up([server])
            stay = await _open(server, scale.many)
            await asyncio.sleep(SETTLE)
            used[subject] = server.memory().per_session(before[server], scale.many)
            stay.crowd.close()
    return _memory_figures(used, f"{scale.many:,} open")


async def _warmed_up(servers: Sequence[Running]) -> dict[Running, Memory]:
    """Return what each holds with no session open, after the first ones have been and gone."""
    for server in servers:
        crowd = Crowd(server.port)
        await crowd.open(WARM_UP)
        crowd.close()
    await asyncio.sleep(SETTLE)
    return {server: server.memory() for server in servers}


async def _open(server: Running, count: int) -> Stay:
    crowd = Crowd(server.port)
    cpu = server.cpu()
    seconds = await crowd.open(count)
    return Stay(crowd, count / seconds, (server.cpu() - cpu) / count * 1e3)


async def _idle(stays: Mapping[Running, Stay], seconds: float) -> None:
    began, before = time.perf_counter(), {server: server.cpu() for server in stays}
    await asyncio.sleep(seconds)
    for server, stay in stays.items():
        stay.idle = (server.cpu() - before[server]) / (time.perf_counter() - began) * 100


async def _arrivals(server: Running, scale: Scale, manner: Manner) -> list[float]:
    crowd = Crowd(server.port, manner)
    await crowd.arrive(scale.arrivals, scale.arrivals_per_second)
    crowd.close()
    return [1e3 * seconds for seconds in crowd.first_pages]


def _figures(stays: Mapping[Running, Stay], when: str) -> list[Figure]:
    def rows(name: str, unit: str, read: Callable[[Stay], float], goal: Goal | None = None) -> list[Figure]:
        return compared(name, unit, {server.subject: [read(stay)] for server, stay in stays.items()}, goal)

    return [
        *rows("connections per second", "/s", lambda stay: stay.per_second),
        *rows("CPU per connection", "ms", lambda stay: stay.connect_cpu),
        *rows("first page p50 while all connect, 50 at once", "ms", lambda stay: _ms(stay.crowd, 0.5)),
        *rows("first page p99 while all connect, 50 at once", "ms", lambda stay: _ms(stay.crowd, 0.99), ANSWERING_GOAL),
        *rows(f"first page p50, answering client, {when}", "ms", lambda stay: quantile(stay.answering, 0.5)),
        *rows(
            f"first page p99, answering client, {when}",
            "ms",
            lambda stay: quantile(stay.answering, 0.99),
            ANSWERING_GOAL,
        ),
        *rows(f"first page p50, silent client, {when}", "ms", lambda stay: quantile(stay.silent, 0.5)),
        *rows(f"first page p99, silent client, {when}", "ms", lambda stay: quantile(stay.silent, 0.99), SILENT_GOAL),
        *rows(f"idle CPU of one core, {when}", "%", lambda stay: stay.idle, IDLE_GOAL),
        *_memory_figures({server.subject: stay.memory for server, stay in stays.items()}, when),
    ]


def _memory_figures(used: Mapping[Subject, Memory], when: str) -> list[Figure]:
    return [
        *compared(f"RSS per idle session, {when}", "KiB", {s: [m.rss] for s, m in used.items()}, MEMORY_GOAL),
        *compared(f"PSS per idle session, {when}", "KiB", {s: [m.pss] for s, m in used.items()}),
    ]


def _ms(crowd: Crowd, share: float) -> float:
    return 1e3 * quantile(crowd.first_pages, share)
