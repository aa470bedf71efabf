from __future__ import annotations

import asyncio
import os

from sttelnet.config import HealthConfig
from sttelnet.health import Disk, Health, Host, Traffic, Usage


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def host(cpu: float | None = 10.0, memory: float = 50.0) -> Host:
    return Host(name="db01", os="Linux", cpu=cpu, cores=2, memory=Usage(memory, 1, 2), network=Traffic(3, 4))


def full(mount: str, percent: float) -> Disk:
    return Disk(mount, Usage(percent, 1, 2))


def test_before_the_first_sample_nothing_is_known() -> None:
    health = Health(HealthConfig())

    assert health.snapshot() == Host()
    assert health.history("cpu") == ()


def test_the_first_sample_gives_real_figures_at_once() -> None:
    health = Health(HealthConfig())

    health.sample_now()

    snapshot = health.snapshot()
    assert snapshot.name
    assert snapshot.cpu is not None
    assert snapshot.disks
    assert len(health.history("cpu")) == 1
    health.close()


async def test_samples_are_taken_until_cancelled() -> None:
    health = Health(HealthConfig(interval=1))
    async with asyncio.TaskGroup() as group:
        sampling = group.create_task(health.run())
        async with asyncio.timeout(20):
            while len(health.history("cpu")) < 2 or not health.snapshot().disks:
                await asyncio.sleep(0.05)
        sampling.cancel()
    health.close()


def test_a_sample_without_answer_leaves_no_old_figures_behind() -> None:
    health = Health(HealthConfig())
    health._take_figures(host())
    health._take_disks((full("/", 20),))

    health._take_figures(None)

    snapshot = health.snapshot()
    assert snapshot.cpu is None
    assert snapshot.name == "db01"
    assert snapshot.disks == (full("/", 20),)
    assert health.history("cpu") == (10.0,)


def test_disks_that_hang_are_named_without_figures_and_the_rest_stays() -> None:
    health = Health(HealthConfig())
    health._take_figures(host())
    health._take_disks((full("/", 20),))

    health._take_disks(None)

    assert health.snapshot().disks == (Disk("/", None),)
    assert health.snapshot().cpu == 10.0


def test_history_holds_the_last_hour_and_no_more() -> None:
    health = Health(HealthConfig(interval=600))
    for cpu in range(10):
        health._take_figures(host(cpu=cpu))
        health._take_disks((full("/", cpu), full("/data", 50)))

    assert health.history("cpu") == (4, 5, 6, 7, 8, 9)
    assert health.history("memory") == (50,) * 6
    assert health.history("network") == (7,) * 6
    assert health.history("disk /") == (4, 5, 6, 7, 8, 9)
    assert health.history("disk") == (50,) * 6
    assert health.history("moon phase") == ()


def test_a_new_config_counts_from_the_next_sample() -> None:
    health = Health(HealthConfig(interval=600))
    for cpu in range(10):
        health._take_figures(host(cpu=cpu))

    health.config = HealthConfig(interval=1200)
    health._take_figures(host(cpu=10))

    assert health.history("cpu") == (8, 9, 10)


def test_a_disk_that_is_gone_is_forgotten() -> None:
    health = Health(HealthConfig())
    health._take_disks((full("/", 20), full("/usb", 99)))

    health._take_disks((full("/", 20),))

    assert health.snapshot().disks == (full("/", 20),)
    assert health.history("disk /usb") == ()
    assert health.history("disk") == (99, 20)


async def test_processes_come_in_both_orders_from_one_look() -> None:
    health = Health(HealthConfig())

    by_cpu, by_memory = await health.processes("cpu"), await health.processes("memory")

    assert by_cpu
    assert by_memory
    assert os.getpid() in {process.pid for process in by_memory}
    health.close()


async def test_services_are_told_or_none_are_known_here() -> None:
    health = Health(HealthConfig())

    services = await health.services()

    assert services is None or all(service.name for service in services)
    health.close()


async def test_a_closed_health_asks_nothing() -> None:
    health = Health(HealthConfig())
    health.close()

    assert await health.processes() is None
    assert await health.services() is None
