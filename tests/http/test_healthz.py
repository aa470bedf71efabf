"""What /healthz says."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet import __version__
from sttelnet.health import State
from sttelnet.health.plugin import Figure
from sttelnet.http.healthz import HEALTH_JSON, health, status_only
from sttelnet.http.source import MOST_FIGURES
from tests.http.things import thing


def told(state: State, *watched: Any) -> dict[str, Any]:
    response = health(state, watched, "web-01")
    assert response.media_type == HEALTH_JSON
    document: dict[str, Any] = json.loads(response.body)
    return document


@pytest.mark.parametrize(
    ("state", "word", "status"),
    [
        (State.OK, "pass", HTTPStatus.OK),
        (State.WARNING, "warn", HTTPStatus.OK),
        (State.UNKNOWN, "warn", HTTPStatus.OK),
        (State.CRITICAL, "fail", HTTPStatus.SERVICE_UNAVAILABLE),
    ],
)
def test_a_state_is_a_word_and_a_status(state: State, word: str, status: HTTPStatus) -> None:
    for response in (health(state, (), "web-01"), status_only(state)):
        assert (response.status, json.loads(response.body)["status"]) == (status, word)
    assert json.loads(status_only(state).body) == {"status": word}


def test_it_says_whose_health_it_is() -> None:
    document = told(State.OK)
    assert (document["serviceId"], document["version"], document["releaseId"]) == ("web-01", __version__, __version__)
    assert document["checks"] == {}


def test_a_check_that_is_well_has_no_output() -> None:
    assert told(State.OK, thing("queue", title="Mail queue"))["checks"]["queue"] == [
        {
            "componentId": "queue",
            "componentType": "system",
            "status": "pass",
            "time": "1970-01-01T00:02:40Z",
            "state": "OK",
            "title": "Mail queue",
            "since": "1970-01-01T00:01:40Z",
        }
    ]


def test_a_check_that_is_not_says_why_and_who_knows() -> None:
    [entry] = told(State.CRITICAL, thing(state=State.UNKNOWN, text="no\x1b[2J answer", acknowledged=True, muted=True))[
        "checks"
    ]["queue"]
    assert (entry["status"], entry["state"], entry["output"]) == ("warn", "UNKNOWN", "no[2J answer")
    assert entry["acknowledged"] is entry["muted"] is True


def test_a_check_that_has_never_run_has_no_time() -> None:
    [entry] = told(State.OK, thing(ran=False))["checks"]["queue"]
    assert not {"time", "since"} & entry.keys()


def test_a_performance_value_is_a_measurement_of_its_check() -> None:
    figures = (
        Figure("free", 45.5, "GB"),
        Figure("files", 12),
        Figure("lost", float("nan")),
        Figure("big", float("inf")),
    )
    checks = told(State.WARNING, thing("disk C:", State.WARNING, figures=figures))["checks"]
    assert list(checks) == ["disk C_", "disk C_:free", "disk C_:files"]
    assert checks["disk C_:free"] == [
        {
            "componentId": "disk C:",
            "componentType": "system",
            "status": "warn",
            "time": "1970-01-01T00:02:40Z",
            "observedValue": 45.5,
            "observedUnit": "GB",
        }
    ]
    assert "observedUnit" not in checks["disk C_:files"][0]


def test_names_that_differ_only_in_a_colon_stand_side_by_side() -> None:
    assert [entry["componentId"] for entry in told(State.OK, thing("a:b"), thing("a_b"))["checks"]["a_b"]] == [
        "a:b",
        "a_b",
    ]


def test_there_are_so_many_values_at_most() -> None:
    checks = [thing(f"check {at}", figures=tuple(Figure(f"v{n}", n) for n in range(100))) for at in range(60)]
    found = told(State.OK, *checks)["checks"]
    assert sum("observedValue" in entry for entries in found.values() for entry in entries) == MOST_FIGURES


@given(st.text(), st.text(), st.text(), st.floats(), st.text())
def test_whatever_a_check_is_called_and_says_it_is_json(
    name: str, text: str, label: str, value: float, unit: str
) -> None:
    document = told(State.CRITICAL, thing(name, State.CRITICAL, text=text, figures=(Figure(label, value, unit),)))
    assert "\x1b" not in json.dumps(document, ensure_ascii=False)
