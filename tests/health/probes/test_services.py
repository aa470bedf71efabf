from __future__ import annotations

import pytest

from sttelnet.health.figures import Service
from sttelnet.health.probes import PROBES, Asked
from sttelnet.health.ranges import Range
from sttelnet.health.states import State
from tests.health.probes.peers import looked, sources

SERVICES = (
    Service("nginx", "running", False, "A web server"),
    Service("nftables", "exited", False, ""),
    Service("backup", "failed", True, ""),
    Service("cron", "dead", False, ""),
    Service("db", "auto-restart", False, ""),
    Service("Spooler", "stopped", False, "Print Spooler"),
)


@pytest.mark.parametrize(
    ("target", "state", "text"),
    [
        ("nginx", State.OK, "nginx running"),
        ("nginx.service", State.OK, "nginx.service running"),
        ("a web server", State.OK, "a web server running"),
        ("nftables", State.OK, "nftables exited"),
        ("backup", State.CRITICAL, "backup failed"),
        ("cron", State.CRITICAL, "cron dead"),
        ("print spooler", State.CRITICAL, "print spooler stopped"),
        ("db", State.WARNING, "db auto-restart"),
        ("other", State.CRITICAL, "other is not running"),
        ("nginx, cron , db", State.CRITICAL, "cron dead, db auto-restart"),
    ],
)
async def test_a_service_is_ok_when_it_runs(target: str, state: State, text: str) -> None:
    result = await looked("service", Asked(target=target), sources(services=SERVICES))
    assert (result.state, result.text) == (state, text)


async def test_a_site_may_allow_some_to_be_down() -> None:
    asked = Asked(target="nginx,cron", critical=Range(0, 1))
    result = await looked("service", asked, sources(services=SERVICES))
    assert (result.state, result.figures[0].value, result.figures[0].most) == (State.OK, 1, 2)


async def test_without_an_answer_nothing_is_known() -> None:
    assert (await looked("service", Asked(target="x"), sources(services=None))).text == "no answer"
    result = await looked("service", Asked(target="x"), sources(services=()))
    assert (result.state, result.text) == (State.UNKNOWN, "this host has no service manager that is known here")


@pytest.mark.parametrize("target", ["", ",", " , ", ",".join("x" * 101)])
def test_names_must_be_given(target: str) -> None:
    assert PROBES["service"].problem(Asked(target=target))
