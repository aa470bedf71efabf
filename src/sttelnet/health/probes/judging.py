"""From figures to a result: the ranges are judged here, and nowhere else. Pure."""

from __future__ import annotations

from sttelnet.charset import clean, one_line
from sttelnet.health.plugin import LONGEST_LINE, LONGEST_TEXT, Figure, Result
from sttelnet.health.states import State, worst


def state_of(figure: Figure) -> State:
    """Return the state of a figure by its ranges, the critical one first; without any, OK."""
    if figure.critical is not None and figure.critical.alerts(figure.value):
        return State.CRITICAL
    if figure.warning is not None and figure.warning.alerts(figure.value):
        return State.WARNING
    return State.OK


def judged(text: str, *figures: Figure, state: State = State.OK, further: str = "") -> Result:
    """Return the result of figures, at least as bad as `state`; the text may come from anywhere, it is cleaned."""
    found = worst([state, *(state_of(figure) for figure in figures)])
    return Result(found, one_line(text)[:LONGEST_LINE], figures, clean(further).strip("\n")[:LONGEST_TEXT])


def unknown(text: str) -> Result:
    """Return the result of a look that has found nothing out."""
    return judged(text, state=State.UNKNOWN)


def failed(text: str) -> Result:
    """Return the result of a look that has found something gone."""
    return judged(text, state=State.CRITICAL)
