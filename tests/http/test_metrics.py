"""What /metrics says, read by Prometheus' own parser."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from sttelnet import __version__
from sttelnet.health import State
from sttelnet.health.plugin import Figure
from sttelnet.health.ranges import read_range
from sttelnet.http import Scrape
from sttelnet.http.metrics import render
from sttelnet.http.source import LONGEST_NAME
from tests.http.things import OWN, scrape, thing

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def samples(told: Scrape, accept: str = "") -> Samples:
    """Every sample, by its name and its labels; none stands there twice."""
    text = render(told, accept)[0].decode()
    parse = open_metrics if text.endswith("# EOF\n") else text_string_to_metric_families
    found = [((one.name, frozenset(one.labels.items())), one.value) for family in parse(text) for one in family.samples]
    assert len(dict(found)) == len(found)
    return dict(found)


def of(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((f"sttelnet_{name}", frozenset(labels.items())))


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text; version=1.0.0"])
def test_everything_that_is_known_is_told(accept: str) -> None:
    queue = thing(state=State.CRITICAL, acknowledged=True, figures=(Figure("waiting", 12.5, "s"),))
    found = samples(scrape(queue, thing("clock", muted=True), state=State.CRITICAL), accept)
    assert of(found, "build_info", version=__version__) == 1
    assert of(found, "health_state") == 2
    assert of(found, "check_state", check="queue") == 2
    assert of(found, "check_since_seconds", check="queue") == 100
    assert of(found, "check_last_run_timestamp_seconds", check="queue") == 160
    assert of(found, "check_duration_seconds", check="queue") == 0.5
    assert of(found, "check_acknowledged", check="queue") == 1
    assert of(found, "check_muted", check="queue") == 0
    assert of(found, "check_state", check="clock") == 0
    assert of(found, "check_muted", check="clock") == 1
    assert of(found, "check_value", check="queue", label="waiting", unit="s") == 12.5
    assert of(found, "sessions") == 3
    assert of(found, "sessions_max") == 50
    assert of(found, "connections_total") == 17
    assert of(found, "members_on") == 2
    assert of(found, "bytes_total", direction="received") == 1234
    assert of(found, "bytes_total", direction="sent") == 56789
    assert of(found, "event_loop_lag_seconds") == 0.25
    assert of(found, "resident_memory_bytes") == 2_000_000
    assert of(found, "log_events_total", level="warning") == 4
    assert of(found, "log_events_total", level="error") == 1
    assert of(found, "script_pages") == 11
    assert of(found, "script_problems") == 0
    assert of(found, "start_time_seconds") == 1000


def test_nothing_else_of_this_process_is_told() -> None:
    assert {name.partition("_")[0] for name, _ in samples(scrape(thing()))} == {"sttelnet"}


def test_what_is_not_known_is_left_out() -> None:
    found = samples(scrape(thing(ran=False), own=dataclasses.replace(OWN, memory=None)))
    assert of(found, "check_state", check="queue") == 0
    for name in ("since_seconds", "last_run_timestamp_seconds", "duration_seconds"):
        assert of(found, f"check_{name}", check="queue") is None
    assert of(found, "resident_memory_bytes") is None


@pytest.mark.parametrize(
    ("limit", "low", "high"),
    [
        ("10", None, 10),
        ("10:", 10, None),
        ("~:10", None, 10),
        ("10:20", 10, 20),
        ("0:", 0, None),
        ("-5:0", -5, 0),
        ("@10:20", None, None),
    ],
)
def test_a_limit_is_told_where_it_has_a_low_or_a_high_end(limit: str, low: float | None, high: float | None) -> None:
    figure = Figure("v", 1.0, warning=read_range(limit), critical=read_range("7"))
    found = samples(scrape(thing(figures=(figure,))))
    assert of(found, "check_warning_bound", check="queue", label="v", bound="low") == low
    assert of(found, "check_warning_bound", check="queue", label="v", bound="high") == high
    assert of(found, "check_critical_bound", check="queue", label="v", bound="high") == 7


def test_the_same_name_or_label_twice_is_told_once() -> None:
    figures = (Figure("v", 1.0), Figure("v", 2.0), Figure(" v ", 3.0))
    found = samples(scrape(thing(figures=figures), thing("queue\x1b", State.CRITICAL)))
    assert of(found, "check_value", check="queue", label="v", unit="") == 1
    assert of(found, "check_state", check="queue") == 0


def test_a_value_that_is_no_number_is_left_out() -> None:
    found = samples(scrape(thing(figures=(Figure("v", float("nan")), Figure("w", float("inf"))))))
    assert not any(name == "sttelnet_check_value" for name, _ in found)


@given(st.text(), st.text(), st.text(max_size=8), st.floats())
@example('"\\\n', "a\\nb", "}", 1.0)
def test_no_name_breaks_the_text(name: str, label: str, unit: str, value: float) -> None:
    found = samples(scrape(thing(name, figures=(Figure(label, value, unit.replace("\n", "")),))))
    assert all(len(value) <= LONGEST_NAME for _, labels in found for _, value in labels)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "text/plain; version=0.0.4"),
        ("*/*", "text/plain; version=0.0.4"),
        ("text/html, text/plain;version=0.0.4;q=0.5", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=1.0.0,text/plain", "application/openmetrics-text; version=1.0.0"),
        ("text/plain;version=x", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=1.x", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=" + "9" * 5000, "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=١.٠.٠", "text/plain; version=0.0.4"),
    ],
)
def test_a_client_has_the_form_it_accepts(accept: str, media_type: str) -> None:
    assert render(scrape(), accept)[1].startswith(media_type)


@given(st.one_of(st.text(), st.from_regex(r"(application/openmetrics-text|text/plain) ?;( ?[a-z]+=.*;?)+(,.*)?")))
def test_whatever_a_client_accepts_it_has_an_answer(accept: str) -> None:
    text, media_type = render(scrape(thing()), accept)
    assert text
    assert media_type.isascii()
    assert media_type.isprintable()


def test_the_documentation_names_every_metric() -> None:
    page = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| `(sttelnet_\w+)` \|", page, re.MULTILINE)
    figure = Figure("v", 1.0, warning=read_range("5:7"), critical=read_range("5:7"))
    found = dict.fromkeys(name for name, _ in samples(scrape(thing(figures=(figure,)))))
    assert sorted(written) == sorted(found)
