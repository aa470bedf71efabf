"""The host's health for programs: one line of a monitoring plugin, and further lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sttelnet.health.check import Check
from sttelnet.health.plugin import Figure
from sttelnet.health.reading import worst_first
from sttelnet.health.states import WORST_FIRST, State, worst
from sttelnet.words import duration_words


@dataclass(frozen=True, slots=True)
class Report:
    """A state with its lines, and the same for programs."""

    state: State
    lines: list[str]  # as a monitoring plugin writes them
    data: dict[str, Any]

    @property
    def for_people(self) -> list[str]:
        """The same lines, the state first and without performance data."""
        first, *further = self.lines
        text = first.partition(" | ")[0]
        word = self.state.word
        return [text if word in text.split() else f"{word}: {text}", *further]


def report(checks: Iterable[Check], now: float) -> Report:
    """Return the report of everything that is watched; `now` is seconds since 1970."""
    watched = {check.name: check for check in checks}
    readings = worst_first(check.reading(now) for check in watched.values())
    state = worst(reading.state for reading in readings)
    counts = [(one, sum(reading.state is one for reading in readings)) for one in WORST_FIRST]
    words = ", ".join(f"{one.word} {count}" for one, count in counts if count) or "nothing is watched"
    bad = "; ".join(f"{reading.title}: {reading.value}" for reading in readings if reading.state is not State.OK)
    figures = [
        _written(_label(check.name, figure.label), figure)
        for check in watched.values()
        for figure in check.result.figures
    ]
    head = f"HEALTH {state.word} - {words}" + (f" - {bad}" if bad else "")
    rows = [
        _said(f"{one.state.word:<8} {one.title}: {one.value}, for {duration_words(now - one.since)}")
        for one in readings
    ]
    return Report(
        state,
        [_line(head, figures), *rows],
        {"state": state.word, "watched": [_data(watched[one.name], now) for one in readings]},
    )


def report_of(check: Check, now: float) -> Report:
    """Return the report of one check, as the check itself has written it."""
    result = check.result
    figures = [_written(figure.label, figure) for figure in result.figures]
    head = check.text if not check.definition.use else f"{check.name.upper()} {check.state.word} - {check.text}"
    lines = [_line(head, figures), *(map(_said, result.further.split("\n")) if result.further else [])]
    return Report(check.state, lines, _data(check, now))


def _data(check: Check, now: float) -> dict[str, Any]:
    return {
        "name": check.name,
        "title": check.definition.title,
        "state": check.state.word,
        "text": check.text,
        "seconds": max(0, round(now - check.since)) if check.since else None,
        "confirmed": not check.track.soft,
        "ran": check.ran_at or None,
        "took": round(check.took, 3),
        "late": round(check.late, 3),
        "known_to": check.ack_by or None,
        "muted_until": check.muted_until if check.muted_until > now else None,
        "figures": [
            {"label": figure.label, "value": figure.value if math.isfinite(figure.value) else None, "unit": figure.unit}
            for figure in check.result.figures
        ],
    }


def _label(name: str, label: str) -> str:
    """Return a figure's label among those of other checks: as the plugin check_multi has it."""
    return name if label == name else f"{name}::{label}"


def _line(text: str, figures: Sequence[str]) -> str:
    return f"{_said(text)} | {' '.join(figures)}" if figures else _said(text)


def _said(text: str) -> str:
    """Return text without the sign behind which performance data stands, in the further lines too."""
    return text.replace("|", "/")


def _written(label: str, figure: Figure) -> str:
    limits = [str(figure.warning or ""), str(figure.critical or "")]
    bounds = [f"{bound:g}" if bound is not None else "" for bound in (figure.least, figure.most)]
    quoted = label.replace("'", "''")
    return f"'{quoted}'={figure};{';'.join([*limits, *bounds])}".rstrip(";")
