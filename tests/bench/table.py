"""Figures, and the table they are shown in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

_HEAD: Final = ("figure", "value", "bare streams", "ratio", "telnetlib3", "ratio", "goal", "")
_RIGHT: Final = range(1, 6)  # columns of numbers
_MANY, _SOME = 100, 10


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit."""

    number: float
    unit: str

    def __str__(self) -> str:
        digits = 0 if self.number >= _MANY else 1 if self.number >= _SOME else 2
        return f"{self.number:,.{digits}f} {self.unit}"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure, or its ratio to bare streams, is to reach."""

    limit: float
    unit: str = "x"
    at_least: bool = False

    @property
    def of_ratio(self) -> bool:
        """Whether it is the ratio that counts."""
        return self.unit == "x"

    def met(self, number: float) -> bool:
        """Whether this number is good enough."""
        return number >= self.limit if self.at_least else number <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}{'' if self.of_ratio else ' '}{self.unit}"


@dataclass(frozen=True, slots=True)
class Beside:
    """The same of a reference."""

    number: float
    ratio: float | None  # ours to it: the median of the rounds


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: what was measured, beside the same of the references."""

    name: str
    value: Amount
    streams: Beside | None = None
    telnetlib3: Beside | None = None
    goal: Goal | None = None

    @property
    def verdict(self) -> str:
        """`ok`, `MISSED`, or nothing where there is no goal."""
        if self.goal is None:
            return ""
        number: float | None = self.value.number
        if self.goal.of_ratio:
            number = self.streams.ratio if self.streams else None
        return "ok" if number is not None and self.goal.met(number) else "MISSED"

    def cells(self) -> tuple[str, ...]:
        """Return what the table shows."""
        beside = (*self._cells_beside(self.streams), *self._cells_beside(self.telnetlib3))
        return (self.name, str(self.value), *beside, str(self.goal or ""), self.verdict)

    def as_json(self) -> dict[str, object]:
        """Return it for a JSON file."""
        return {**asdict(self), "verdict": self.verdict or None}

    def _cells_beside(self, beside: Beside | None) -> tuple[str, str]:
        if beside is None:
            return "", ""
        ratio = f"{beside.ratio:.2f}x" if beside.ratio is not None else ""
        return str(Amount(beside.number, self.value.unit)), ratio


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as aligned lines."""
    rows: Sequence[tuple[str, ...]] = (_HEAD, *(figure.cells() for figure in figures))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if column in _RIGHT else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
