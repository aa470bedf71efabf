"""The host's health for programs: one line of a monitoring plugin, and further lines."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sttelnet.health.check import Check
from sttelnet.health.plugin import Figure
from sttelnet.health.states import WORST_FIRST, Reading, State, worst
from sttelnet.words import duration_words


@dataclass(frozen=True, slots=True)
class Report:
    """A state with its lines, and the same for programs."""

    state: State
    lines: list[str]
    data: dict[str, Any]


def report(readings: Sequence[Reading], checks: Iterable[Check], now: float) -> Report:
    """Return the report of everything that is watched; `now` is what the readings' `since` counts by."""
    state = worst(reading.state for reading in readings)
    counts = [(one, sum(reading.state is one for reading in readings)) for one in WORST_FIRST]
    words = ", ".join(f"{one.word} {count}" for one, count in counts if count) or "nothing is watched"
    bad = "; ".join(f"{reading.name}: {reading.value}" for reading in readings if reading.state is not State.OK)
    figures = [f"'{reading.name}'={reading.percent:.1f}%" for reading in readings if reading.percent is not None]
    figures += [
        _written(f"{check.name}::{figure.label}", figure) for check in checks for figure in check.result.figures
    ]
    head = f"HEALTH {state.word} - {words}" + (f" - {bad}" if bad else "")
    rows = [f"{one.state.word:<8} {one.name}: {one.value}, for {duration_words(now - one.since)}" for one in readings]
    return Report(
        state,
        [_line(head, figures), *rows],
        {
            "state": state.word,
            "watched": [
                {"name": one.name, "state": one.state.word, "value": one.value, "seconds": round(now - one.since)}
                for one in readings
            ],
        },
    )


def report_of(check: Check) -> Report:
    """Return the report of one check, as the check itself has written it."""
    result = check.result
    figures = [_written(figure.label, figure) for figure in result.figures]
    lines = [_line(result.text, figures), *(result.further.split("\n") if result.further else [])]
    data = {
        "name": check.name,
        "state": check.state.word,
        "text": result.text,
        "seconds": round(time.time() - check.since) if check.since else None,
        "known_to": check.ack_by or None,
        "muted_until": check.muted_until or None,
    }
    return Report(check.state, lines, data)


def report_of_reading(reading: Reading, now: float) -> Report:
    """Return the report of one thing that is watched and is no check."""
    figures = [] if reading.percent is None else [f"'{reading.name}'={reading.percent:.1f}%"]
    line = _line(f"{reading.name.upper()} {reading.state.word} - {reading.value}", figures)
    data = {
        "name": reading.name,
        "state": reading.state.word,
        "text": reading.value,
        "seconds": round(now - reading.since),
    }
    return Report(reading.state, [line], data)


def _line(text: str, figures: Sequence[str]) -> str:
    text = text.replace("|", "/")  # what stands behind it is performance data
    return f"{text} | {' '.join(figures)}" if figures else text


def _written(label: str, figure: Figure) -> str:
    limits = [str(figure.warning or ""), str(figure.critical or "")]
    bounds = [f"{bound:g}" if bound is not None else "" for bound in (figure.least, figure.most)]
    quoted = label.replace("'", "''")
    return f"'{quoted}'={figure};{';'.join([*limits, *bounds])}".rstrip(";")
