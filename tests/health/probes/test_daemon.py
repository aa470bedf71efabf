from __future__ import annotations

from dataclasses import replace

import pytest

from sttelnet.administration import Figures
from sttelnet.health.probes import Asked
from sttelnet.health.states import State
from tests.health.probes.peers import looked, sources

FIGURES = Figures(
    started=0.0,
    sessions=3,
    most_sessions=2000,
    members=1,
    calls=5,
    received=1,
    sent=1,
    lag=0.012,
    memory=50 * 1024 * 1024,
    warnings=0,
    errors=2,
    pages=10,
    problems=0,
    leaving=None,
)


async def test_the_daemon_tells_how_it_does() -> None:
    result = await looked("daemon", Asked(), sources(daemon=FIGURES))
    assert (result.state, result.text) == (State.OK, "3 of 2000 sessions, 12 ms late, 50.0 MB")
    assert {figure.label for figure in result.figures} == {"lag", "sessions", "errors", "problems", "memory"}


@pytest.mark.parametrize(
    ("figures", "state"),
    [
        (replace(FIGURES, lag=0.2), State.WARNING),
        (replace(FIGURES, lag=0.6), State.CRITICAL),
        (replace(FIGURES, sessions=2000), State.WARNING),
        (replace(FIGURES, problems=1), State.WARNING),
        (replace(FIGURES, memory=None), State.OK),
        (None, State.UNKNOWN),
    ],
)
async def test_what_is_wrong_with_it_counts(figures: Figures | None, state: State) -> None:
    assert (await looked("daemon", Asked(), sources(daemon=figures))).state is state
