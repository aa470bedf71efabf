"""Health: the host's figures, kept fresh. Pages show them, and the built-in checks judge them.

`run` samples for as long as the daemon lives: the quick figures in one lane, the disks (which may hang) in
another. Processes and services are asked only while somebody looks. Nothing here blocks the event loop but
`sample_now`, which is for start-up.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Literal

from sttelnet.config import HealthConfig
from sttelnet.health.figures import Disk, Host, Process, ProcessTable, Service
from sttelnet.health.host import HostReader, ProcessReader, read_disks
from sttelnet.health.lane import Lane, Look
from sttelnet.health.services import read_services

HISTORY_SECONDS: Final = 3600
SAMPLE_SECONDS: Final = 4.0  # a sample that takes longer is no answer
START_SECONDS: Final = 0.3  # what start-up gives the first sample


class Health:
    """The host's figures and lists."""

    def __init__(self, config: HealthConfig, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.config = config
        self._clock = clock
        self._host = Host()
        self._sampled = False
        self._trails: dict[str, deque[float]] = {}
        self._figures = Lane("health figures", HostReader().figures)
        self._disks = Lane("health disks", read_disks)
        self._processes = Look(Lane("health processes", ProcessReader().table), clock)
        self._services = Look(Lane("health services", read_services), clock)

    def snapshot(self) -> Host:
        """Return the figures of the last sample. Never blocks."""
        return self._host

    def history(self, name: str) -> tuple[float, ...]:
        """Return the last hour of a figure: one value for each sample, the oldest first.

        "cpu", "memory", "swap", "disk" (the fullest) or a reading's name in percent; "network" in bytes a
        second.
        """
        return tuple(self._trails.get(name, ()))

    @property
    def samples_an_hour(self) -> int:
        """How many values `history` has once the daemon has run for an hour."""
        return math.ceil(HISTORY_SECONDS / self.config.interval)

    async def processes(self, sort: Literal["cpu", "memory"] = "cpu") -> tuple[Process, ...] | None:
        """Return the first processes by cpu or memory, None while there is no answer. Waits 2 s at most."""
        table: ProcessTable | None = await self._processes.result()
        if table is None:
            return None
        return table.by_cpu if sort == "cpu" else table.by_memory

    async def services(self) -> tuple[Service, ...] | None:
        """Return the services, failed ones first; none at all where the host's manager is not known to us.

        None while there is no answer. Waits 2 s at most.
        """
        return await self._services.result()

    def sample_now(self) -> None:
        """Take the first sample, blocking, so that the first page has figures. Takes 0.1 s."""
        self._take_figures(self._figures.answer_now(START_SECONDS))
        self._take_disks(self._disks.answer_now(START_SECONDS))
        self._sampled = True

    async def run(self) -> None:
        """Sample until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self._sample_figures))
            group.create_task(self._repeat(self._sample_disks))

    def close(self) -> None:
        """Ask the host no more. A question that hangs keeps nobody from leaving."""
        for lane in (self._figures, self._disks, self._processes.lane, self._services.lane):
            lane.close()

    async def _repeat(self, sample: Callable[[], Awaitable[None]]) -> None:
        if self._sampled:  # a processor figure of the few milliseconds since then would say nothing
            await asyncio.sleep(self.config.interval)
        while True:
            await sample()
            await asyncio.sleep(self.config.interval)

    async def _sample_figures(self) -> None:
        self._take_figures(await self._figures.answer(SAMPLE_SECONDS))

    async def _sample_disks(self) -> None:
        self._take_disks(await self._disks.answer(SAMPLE_SECONDS))

    def _take_figures(self, host: Host | None) -> None:
        last = self._host
        # Without an answer only what cannot change stays: old figures must not look like new ones.
        fresh = host or Host(name=last.name, os=last.os, cores=last.cores, boot=last.boot)
        self._host = replace(fresh, disks=last.disks)
        self._follow("cpu", fresh.cpu)
        self._follow("memory", fresh.memory.percent if fresh.memory else None)
        self._follow("swap", fresh.swap.percent if fresh.swap else None)
        self._follow("network", fresh.network.received + fresh.network.sent if fresh.network else None)

    def _take_disks(self, disks: tuple[Disk, ...] | None) -> None:
        if disks is None:
            disks = tuple(Disk(disk.mount, None) for disk in self._host.disks)
        self._host = replace(self._host, disks=disks)
        fullest = self._host.fullest()
        self._follow("disk", fullest.usage.percent if fullest and fullest.usage else None)
        for disk in disks:
            self._follow(disk.name, disk.usage.percent if disk.usage else None)
        self._forget({disk.name for disk in disks})

    def _follow(self, name: str, value: float | None) -> None:
        if value is None:
            return
        samples = self.samples_an_hour
        trail = self._trails.get(name)
        if trail is None or trail.maxlen != samples:
            trail = self._trails[name] = deque(trail or (), maxlen=samples)
        trail.append(value)

    def _forget(self, disks: set[str]) -> None:
        for name in [name for name in self._trails if name.startswith("disk ") and name not in disks]:
            del self._trails[name]
