from __future__ import annotations

import time
from dataclasses import replace

import pytest

from sttelnet.health.figures import NO_FIGURE, Host, Usage
from sttelnet.health.host import HostReader
from sttelnet.health.probes import PROBES, Asked
from sttelnet.health.ranges import Range
from sttelnet.health.states import State
from tests.health.probes.peers import looked, sources

GB = 1024**3
HOST = Host(
    cpu=83.4,
    cores=4,
    memory=Usage(61.2, 20 * GB, 32 * GB),
    swap=Usage(96.0, 2 * GB, 2 * GB),
    load=(1.7, 10.0, 1.2),
)


@pytest.mark.parametrize(
    ("name", "state", "text", "unit"),
    [
        ("cpu", State.WARNING, "83% (4 cores)", "%"),
        ("memory", State.OK, "61% of 32.0 GB", "%"),
        ("swap", State.CRITICAL, "96% of 2.0 GB", "%"),
        ("load", State.WARNING, "2.50 for each core (1.70, 10.00, 1.20 on 4 cores)", ""),
        ("uptime", State.OK, "up 3h", "s"),
    ],
)
async def test_a_figure_of_the_last_sample_is_judged_by_its_own_limits(
    name: str, state: State, text: str, unit: str
) -> None:
    result = await looked(name, Asked(), sources(replace(HOST, boot=time.time() - 3 * 3600)))
    assert (result.state, result.text) == (state, text)
    figure = result.figure(PROBES[name].figures[0])
    assert figure is not None
    assert figure.unit == unit
    assert (figure.warning, figure.critical) == (PROBES[name].warning, PROBES[name].critical)


async def test_the_site_s_limits_come_before_its_own() -> None:
    result = await looked("cpu", Asked(warning=Range(0, 10), critical=Range(0, 20)), sources(HOST))
    assert result.state is State.CRITICAL
    assert result.figures[0].critical == Range(0, 20)


@pytest.mark.parametrize("name", ["cpu", "memory", "swap", "load", "uptime"])
async def test_without_a_figure_nothing_is_known(name: str) -> None:
    result = await looked(name, Asked(), sources(Host()))
    assert (result.state, result.text) == (State.UNKNOWN, NO_FIGURE)


async def test_a_host_without_swap_space_is_fine() -> None:
    result = await looked("swap", Asked(), sources(Host(swap=Usage(0.0, 0, 0))))
    assert (result.state, result.text) == (State.OK, "no swap space")


async def test_a_host_that_has_just_started_is_told_of() -> None:
    result = await looked("uptime", Asked(), sources(Host(boot=time.time() - 30)))
    assert result.state is State.WARNING


@pytest.mark.parametrize("name", ["cpu", "memory", "uptime"])
async def test_this_host_has_its_figures(name: str) -> None:
    result = await looked(name, Asked(), sources(HostReader().figures()))
    assert result.figure(PROBES[name].figures[0]) is not None
