"""A stretch of time in equal cells, with what was measured in each. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sttelnet.store.history import Span
from sttelnet.store.slots import Slot, merged


@dataclass(frozen=True, slots=True)
class Cell:
    """What was measured in one cell: the least, the mean and the greatest of its values."""

    least: float
    mean: float
    most: float


def laid(spans: Iterable[Span], start: float, width: float, count: int, hold: float = 0.0) -> list[Cell | None]:
    """Return `count` cells of `width` seconds from `start` on, None where there was no value.

    A span longer than a cell fills all it covers. A value counts for `hold` seconds more: what is measured every
    five minutes is no dotted line.
    """
    found: dict[int, list[Slot]] = {}
    for span in spans:
        first, last = _covered(span, start, width)
        for place in range(max(0, first), min(count - 1, last) + 1):
            found.setdefault(place, []).append(span.slot)
    cells = [_cell(found[place]) if place in found else None for place in range(count)]
    return _held(cells, int(hold / width))


def squeezed(cells: Sequence[Cell | None], count: int) -> list[Cell | None]:
    """Return the same stretch in another number of cells; what shares one keeps its extremes."""
    total = len(cells)
    if not total:
        return [None] * max(0, count)
    return [
        joined(cells[place * total // count : max(place * total // count + 1, (place + 1) * total // count)])
        for place in range(count)
    ]


def joined(cells: Iterable[Cell | None]) -> Cell | None:
    """Return one cell of several, None where none has a value."""
    known = [cell for cell in cells if cell is not None]
    if not known:
        return None
    mean = sum(cell.mean / len(known) for cell in known)  # divided first: the sum of great ones would be infinite
    return Cell(min(cell.least for cell in known), mean, max(cell.most for cell in known))


def _covered(span: Span, start: float, width: float) -> tuple[int, int]:
    """Return the first and the last cell of a span: one no longer than a cell belongs to the cell of its middle."""
    if span.seconds <= width:
        place = math.floor((span.at + span.seconds / 2 - start) / width)
        return place, place
    return math.floor((span.at - start) / width), math.ceil((span.at + span.seconds - start) / width) - 1


def _cell(slots: Sequence[Slot]) -> Cell:
    slot = merged(slots)
    return Cell(slot.least, slot.mean, slot.most)


def _held(cells: list[Cell | None], most: int) -> list[Cell | None]:
    """Return the cells with each gap of at most `most` behind a value filled with its mean."""
    filled: list[Cell | None] = []
    last, age = None, 0
    for cell in cells:
        if cell is not None:
            last, age = Cell(cell.mean, cell.mean, cell.mean), 0
            filled.append(cell)
            continue
        age += 1
        filled.append(last if age <= most else None)
    return filled
