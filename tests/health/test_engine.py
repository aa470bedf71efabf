from __future__ import annotations

import asyncio
import os

from sttelnet.config import HealthConfig, Thresholds
from sttelnet.health import Alert, Disk, Health, Host, Reading, State, Traffic, Usage


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def host(cpu: float | None = 10.0, memory: float = 50.0) -> Host:
    return Host(name="db01", os="Linux", cpu=cpu, cores=2, memory=Usage(memory, 1, 2), network=Traffic(3, 4))


def full(mount: str, percent: float) -> Disk:
    return Disk(mount, Usage(percent, 1, 2))


def by_name(health: Health) -> dict[str, Reading]:
    return {reading.name: reading for reading in health.readings()}


def test_before_the_first_sample_nothing_is_known() -> None:
    health = Health(HealthConfig())

    assert health.state() is State.UNKNOWN
    assert health.snapshot() == Host()
    assert health.history("cpu") == ()
    assert {reading.value for reading in health.readings()} == {"no figure"}


def test_the_first_sample_gives_real_figures_at_once() -> None:
    health = Health(HealthConfig())

    health.sample_now()

    snapshot = health.snapshot()
    assert snapshot.name
    assert snapshot.cpu is not None
    assert snapshot.disks
    assert {"cpu", "memory", snapshot.disks[0].name} <= by_name(health).keys()
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

    assert health.state() is not State.UNKNOWN
    health.close()


def test_figures_past_their_limit_are_worst_first() -> None:
    health = Health(HealthConfig())

    health._take_figures(host(cpu=85))
    health._take_disks((full("/", 20), full("/data", 99)))

    assert [(r.name, r.state, r.value) for r in health.readings()] == [
        ("disk /data", State.CRITICAL, "99% of 2 B"),
        ("cpu", State.WARNING, "85% (2 cores)"),
        ("memory", State.OK, "50% of 2 B"),
        ("disk /", State.OK, "20% of 2 B"),
    ]
    assert health.state() is State.CRITICAL


def test_since_is_when_the_state_began_not_when_the_figure_changed() -> None:
    clock = Clock()
    health = Health(HealthConfig(), clock=clock)
    health._take_figures(host(cpu=85))
    clock.now += 60
    health._take_figures(host(cpu=90))
    clock.now += 10

    cpu = by_name(health)["cpu"]
    assert cpu.value == "90% (2 cores)"
    assert health.lasting(cpu) == 70

    health._take_figures(host(cpu=20))
    assert health.lasting(by_name(health)["cpu"]) == 0


def test_a_sample_without_answer_leaves_no_old_figures_behind() -> None:
    health = Health(HealthConfig())
    health._take_figures(host())
    health._take_disks((full("/", 20),))

    health._take_figures(None)

    snapshot = health.snapshot()
    assert snapshot.cpu is None
    assert snapshot.name == "db01"
    states = {name: reading.state for name, reading in by_name(health).items()}
    assert states == {"cpu": State.UNKNOWN, "memory": State.UNKNOWN, "disk /": State.OK}
    assert health.history("cpu") == (10.0,)


def test_disks_that_hang_are_unknown_and_the_rest_is_not() -> None:
    health = Health(HealthConfig())
    health._take_figures(host())
    health._take_disks((full("/", 20),))

    health._take_disks(None)

    reading = by_name(health)["disk /"]
    assert (reading.state, reading.value) == (State.UNKNOWN, "no answer")
    assert by_name(health)["cpu"].state is State.OK
    assert health.state() is State.UNKNOWN


def test_disks_that_never_answered_are_unknown_together() -> None:
    health = Health(HealthConfig())
    health._take_figures(host())

    health._take_disks(None)

    assert by_name(health)["disks"].state is State.UNKNOWN


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

    health.config = HealthConfig(interval=1200, cpu=Thresholds(warning=5, critical=50))
    health._take_figures(host(cpu=10))

    assert health.history("cpu") == (8, 9, 10)
    assert health.state() is State.WARNING


def test_a_disk_that_is_gone_is_forgotten() -> None:
    health = Health(HealthConfig())
    health._take_disks((full("/", 20), full("/usb", 99)))

    health._take_disks((full("/", 20),))

    assert "disk /usb" not in by_name(health)
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


async def test_a_figure_that_stays_bad_for_a_minute_is_told_and_so_is_its_recovery() -> None:
    health, told = Health(HealthConfig(interval=30)), []

    async def tell(alert: Alert) -> None:
        told.append((alert.name, alert.change.after, alert.text))

    health.tell = tell
    for cpu in (10, 99, 10, 99, 99, 99, 10, 99, 10, 10):
        health._take_figures(host(cpu))
        await health._confirm()

    assert told == [("cpu", State.CRITICAL, "99% (2 cores)"), ("cpu", State.OK, "10% (2 cores)")]
