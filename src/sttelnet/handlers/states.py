"""States as people see them: their words in their colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sttelnet.ansi import Ansi, Color
from sttelnet.health import State
from sttelnet.health.states import WORST_FIRST

HIDDEN: Final = "-"  # what stands for a figure that is not known, or not for this client
COLORS: Final = {
    State.OK: "bright green",
    State.WARNING: "bright yellow",
    State.CRITICAL: "bright red",
    State.UNKNOWN: "bright magenta",
}


def in_color(state: State, text: str) -> Ansi:
    """Return text in a state's colour; the background stays, so that it may stand in a coloured bar."""
    return Color(COLORS[state]) + text + Color("default")


def counts(states: Sequence[State]) -> Ansi:
    """Say how many of the states are CRITICAL, WARNING, UNKNOWN, in their colours; "OK" where none is."""
    if not states:
        return in_color(State.UNKNOWN, State.UNKNOWN.word)
    found = [(state, states.count(state)) for state in WORST_FIRST if state is not State.OK and state in states]
    if not found:
        return in_color(State.OK, State.OK.word)
    return Ansi(", ").join(in_color(state, f"{state.word} {count}") for state, count in found)
