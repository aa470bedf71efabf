"""Graphs of what the checks have measured."""

from __future__ import annotations

from typing import Final

from sttelnet.ansi import Ansi
from sttelnet.charset import cut, pad
from sttelnet.client import Client
from sttelnet.handlers.checks import chosen, chosen_figure, chosen_hours
from sttelnet.handlers.states import HIDDEN
from sttelnet.handlers.table import may_see_figures, width_of
from sttelnet.health import Check
from sttelnet.health.cells import Cell, joined
from sttelnet.health.graph import Look, columns_of, graph
from sttelnet.health.scale import amount
from sttelnet.store import SeriesName
from sttelnet.words import span_words

MOST_HOURS: Final = 24 * 400
LEAST_ROWS, MOST_ROWS = 3, 50
HEADED: Final = 5  # rows from which on the first says what is drawn


async def STGraph(client: Client, check: str = "", figure: str = "", hours: int = 24, height: int = 8) -> str:
    """Print a graph of a performance value of a check, by its name or title; "" is the one that is looked at.

    Of a check with several values it is the main one, or the one named; of the one that is looked at that which
    STCheckTurn has turned to, as are the hours where they are 0. Where there is none, and to who may not see it,
    it is "-". It takes so many rows in any case.
    """
    rows = max(LEAST_ROWS, min(MOST_ROWS, height))
    found = client.services.checks.find(str(check)) if check else chosen(client)
    name = await _series(client, found, _label(client, check, str(figure), found)) if found is not None else None
    if found is None or name is None or not may_see_figures(client):
        return HIDDEN + "\n" * (rows - 1)
    hours = hours or chosen_hours(client)
    width, seconds = width_of(client), 3600.0 * max(1, min(MOST_HOURS, hours))
    cells = await client.services.history.series(
        name, seconds, columns_of(width), hold=1.5 * found.definition.config.interval
    )
    head = [_head(found, name, cells, seconds, width)] if rows >= HEADED else []
    measured = found.result.figure(name.label)
    look = Look(
        width,
        rows - len(head),
        client.terminal.charset,
        name.unit,
        measured.warning if measured else None,
        measured.critical if measured else None,
    )
    return Ansi("\n").join([*head, *graph(cells, seconds, look)])


def _label(client: Client, check: str, label: str, found: Check) -> str:
    """Return the label of the performance value to draw, "" where the check has given none yet."""
    figure = found.figure if check else chosen_figure(client, found)
    return label or (figure.label if figure is not None else "")


async def _series(client: Client, check: Check, label: str) -> SeriesName | None:
    """Return what is to be drawn: what the check measures now, or what it has measured once."""
    now = [SeriesName(check.name, figure.label, figure.unit) for figure in check.result.figures]
    once = await client.services.history.series_of(check.name)
    names = [name for name in (*now, *reversed(once)) if label in {"", name.label}] if label else [*now, *once]
    return names[0] if names else None


def _head(check: Check, name: SeriesName, cells: list[Cell | None], seconds: float, width: int) -> str:
    whole = joined(cells)
    title = f"{check.definition.title}: {name.label}, {span_words(seconds)}"
    if whole is None:
        return cut(title, width)
    ends = f"least {amount(whole.least, name.unit)}  mean {amount(whole.mean, name.unit)}  "
    words = f"{ends}most {amount(whole.most, name.unit)}"
    title = cut(title, width - len(words) - 2)
    return cut(pad(title, width - len(words)) + words, width)
