"""Rows of text in columns, fitted into a window."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sttelnet.ansi import Ansi
from sttelnet.charset import cells, cut, one_line, pad
from sttelnet.client import Client
from sttelnet.role import Role

WIDEST: Final = 79  # some terminals wrap as soon as column 80 is written
NARROWEST: Final = 20
LOG_IN: Final = "Log in to see this."
NO_ANSWER: Final = "The host has not answered in time."

_GAP = Ansi(" ")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list."""

    title: str
    width: int  # cells; of the last column that is shown: at least so many, and all that are left
    align: str = "left"
    window: int = 0  # windows with fewer columns do without it


def width_of(client: Client) -> int:
    """Return how many cells a row may take in the client's window."""
    return max(NARROWEST, min(WIDEST, client.terminal.size.columns - 1))


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], width: int) -> list[Ansi]:
    """Return the titles and the rows, each cut to `width` cells; cells may be Ansi."""
    shown = _shown(columns, width)
    titles = _row(columns, [column.title for column in columns], shown, width)
    return [titles, *(_row(columns, row, shown, width) for row in rows)]


def listed(client: Client, columns: Sequence[Column], rows: Iterable[Sequence[str]], keep: int) -> Ansi:
    """Return the titles and the rows of the list page the client is on."""
    titles, *body = table(columns, rows, width_of(client))
    return Ansi("\n").join([titles, *client.page(body, keep)])


def on_page(client: Client, count: int, keep: int) -> list[int]:
    """Return the places, from 0, of those of `count` rows that the list page shows: the others need not be made."""
    return [int(place) for place in client.page([str(place) for place in range(count)], keep)]


def wrapped(text: str, width: int, hang: str = "") -> list[str]:
    """Return one line in rows of at most so many cells, each but the first behind `hang`; broken between words."""
    rows: list[str] = []
    for row in textwrap.wrap(text, width, subsequent_indent=hang):
        rest = row
        while cells(rest) > width:  # letters of two cells
            rows.append(cut(rest, width))
            rest = hang + rest[len(rows[-1]) :]
        rows.append(rest)
    return rows


def shortened(text: str, width: int) -> str:
    """Return text cut to so many cells; what is left out has a sign in its place."""
    text = one_line(text)
    return text if cells(text) <= width else cut(text, width - 1) + "…"


def may_see_figures(client: Client) -> bool:
    """Return whether a client is shown the host's figures and names, or only its state in a word.

    Who is logged in may, and who sits on the host itself or on an encrypted line. A guest from elsewhere is told
    that the host is all right or is not, but not what it is called, how it is loaded, what runs on it; unless the
    site says that all this is public.
    """
    return client.secure or client.role > Role.GUEST or client.services.config.health.public


def _shown(columns: Sequence[Column], width: int) -> list[int]:
    """Return the numbers of the columns that have a place in so many cells."""
    shown: list[int] = []
    start = 0
    for number, column in enumerate(columns):
        if width >= column.window and start < width:
            shown.append(number)
            start += column.width + 1
    return shown


def _row(columns: Sequence[Column], row: Sequence[str], shown: list[int], width: int) -> Ansi:
    fitted: list[str] = []
    left = width
    for number in shown:
        column = columns[number]
        is_last = number == shown[-1]
        fitted.append(_fit(row[number], left if is_last else min(left, column.width), column.align, is_last=is_last))
        left -= column.width + 1
    return _GAP.join(fitted)


def _fit(cell: str, width: int, align: str, *, is_last: bool) -> str:
    if isinstance(cell, Ansi):
        short: str = cell.cut(width) if cell.cells() > width else cell
        return short if is_last else Ansi(short).pad(width, align)
    text = cut(one_line(cell), width)
    return text if is_last and align == "left" else pad(text, width, align)
