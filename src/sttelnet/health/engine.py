"""Health: the one place that knows how the host is. Pages, commands and logs show what it says.

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

from sttelnet.config import HealthConfig, Thresholds
from sttelnet.health.alert import Alert, Tell
from sttelnet.health.figures import (
    NO_ANSWER,
    NO_FIGURE,
    Disk,
    Host,
    Process,
    ProcessTable,
    Service,
    Usage,
    cpu_words,
)
from sttelnet.health.host import HostReader, ProcessReader, read_disks
from sttelnet.health.lane import Lane, Look
from sttelnet.health.services import read_services
from sttelnet.health.states import Reading, State, judge, limit_words, worst, worst_first
from sttelnet.health.track import Track

HISTORY_SECONDS: Final = 3600
SAMPLE_SECONDS: Final = 4.0  # a sample that takes longer is no answer
CONFIRM_SECONDS: Final = 60.0  # a figure's state lasts so long before anybody is told
START_SECONDS: Final = 0.3  # what start-up gives the first sample


class Health:
    """The host's figures, states and lists."""

    def __init__(self, config: HealthConfig, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.config = config
        self._clock = clock
        self._host = Host()
        self._readings: list[Reading] = []
        self._disks_answer = True
        self._sampled = False
        self._trails: dict[str, deque[float]] = {}
        self._others: list[Callable[[], list[Reading]]] = []
        self._others_confirmed: list[Callable[[], list[State]]] = []
        self._tracks: dict[str, Track] = {}
        self.tell: Tell | None = None  # who is told of confirmed changes
        self._figures = Lane("health figures", HostReader().figures)
        self._disks = Lane("health disks", read_disks)
        self._processes = Look(Lane("health processes", ProcessReader().table), clock)
        self._services = Look(Lane("health services", read_services), clock)
        self._read()

    def snapshot(self) -> Host:
        """Return the figures of the last sample. Never blocks."""
        return self._host

    def readings(self) -> list[Reading]:
        """Return what is watched with its state, the worst first."""
        if not self._others:
            return list(self._readings)
        return worst_first([*self._readings, *(reading for others in self._others for reading in others())])

    def state(self) -> State:
        """Return the host's state: the worst of all readings."""
        return worst(reading.state for reading in self.readings())

    def follow(self, others: Callable[[], list[Reading]], confirmed: Callable[[], list[State]]) -> None:
        """Have further readings among these, their `since` by time.monotonic, and their confirmed states."""
        self._others.append(others)
        self._others_confirmed.append(confirmed)

    def confirmed(self) -> list[State]:
        """Return the states that are confirmed: what people may be told without their looking."""
        own = [track.hard for track in self._tracks.values() if track.hard is not None]
        return own + [state for others in self._others_confirmed for state in others()]

    def lasting(self, reading: Reading) -> float:
        """Return for how many seconds a reading has had its state."""
        return max(0.0, self._clock() - reading.since)

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
        await self._confirm()

    async def _sample_disks(self) -> None:
        self._take_disks(await self._disks.answer(SAMPLE_SECONDS))

    def _take_figures(self, host: Host | None) -> None:
        last = self._host
        # Without an answer only what cannot change stays: old figures must not look like new ones.
        fresh = host or Host(name=last.name, os=last.os, cores=last.cores, boot=last.boot)
        self._host = replace(fresh, disks=last.disks)
        self._read()
        self._follow("cpu", fresh.cpu)
        self._follow("memory", fresh.memory.percent if fresh.memory else None)
        self._follow("swap", fresh.swap.percent if fresh.swap else None)
        self._follow("network", fresh.network.received + fresh.network.sent if fresh.network else None)

    def _take_disks(self, disks: tuple[Disk, ...] | None) -> None:
        self._disks_answer = disks is not None
        if disks is None:
            disks = tuple(Disk(disk.mount, None) for disk in self._host.disks)
        self._host = replace(self._host, disks=disks)
        self._read()
        fullest = self._host.fullest()
        self._follow("disk", fullest.usage.percent if fullest and fullest.usage else None)
        for disk in disks:
            self._follow(disk.name, disk.usage.percent if disk.usage else None)
        self._forget({disk.name for disk in disks})

    def _read(self) -> None:
        """Judge the figures anew; a state that has not changed keeps its beginning."""
        before = {reading.name: reading for reading in self._readings}
        self._readings = worst_first(self._kept(reading, before) for reading in self._judged())

    async def _confirm(self) -> None:
        """Tell of the states that are confirmed now: a figure that is high for a moment is nothing to be told of."""
        watched = {reading.name for reading in self._readings}
        self._tracks = {name: track for name, track in self._tracks.items() if name in watched}
        for alert in [alert for reading in self._readings if (alert := self._confirmed(reading)) is not None]:
            if self.tell is not None:
                await self.tell(alert)

    def _confirmed(self, reading: Reading) -> Alert | None:
        needed = max(1, math.ceil(CONFIRM_SECONDS / self.config.interval))
        track = self._tracks.setdefault(reading.name, Track(needed, needed))
        track.retries = track.recovery = needed
        change = track.take(reading.state, time.time())
        if change is None:
            return None
        return Alert(reading.name, reading.name, reading.value, change, "operator", quiet=track.flapping)

    def _judged(self) -> list[Reading]:
        host, config = self._host, self.config
        memory = host.memory
        readings = [
            self._reading("cpu", host.cpu, cpu_words(host), config.cpu),
            self._reading("memory", memory.percent if memory else None, str(memory or NO_FIGURE), config.memory),
            *(self._disk_reading(disk.name, disk.usage) for disk in host.disks),
        ]
        if not host.disks and not self._disks_answer:
            readings.append(self._disk_reading("disks", None))
        return readings

    def _disk_reading(self, name: str, usage: Usage | None) -> Reading:
        return self._reading(name, usage.percent if usage else None, str(usage or NO_ANSWER), self.config.disk)

    def _reading(self, name: str, percent: float | None, value: str, limits: Thresholds) -> Reading:
        return Reading(name, judge(percent, limits), value, limit_words(limits), self._clock(), percent)

    @staticmethod
    def _kept(reading: Reading, before: dict[str, Reading]) -> Reading:
        last = before.get(reading.name)
        return replace(reading, since=last.since) if last and last.state is reading.state else reading

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
