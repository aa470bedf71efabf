"""What a claim was found to be, and the table it is shown in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tests.bench.table import Amount, Goal

_HEAD: Final = ("claim", "figure", "value", "goal", "")
_VALUE: Final = 2  # the column of numbers


class CannotTryError(Exception):
    """This machine refuses what the claim needs; the message says what."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One row. Without a goal it only tells."""

    name: str  # "stall by malformed input, longest over the control's"
    value: Amount
    goal: Goal | None = None

    @property
    def held(self) -> bool:
        """Whether it is as it must be."""
        return self.goal is None or self.goal.met(self.value.number)

    @property
    def verdict(self) -> str:
        """`ok`, `MISSED`, or nothing where there is no goal."""
        return "" if self.goal is None else "ok" if self.held else "MISSED"


def counted(name: str, count: int, goal: Goal | None = None) -> Finding:
    """Return a finding that is a count."""
    return Finding(name, Amount(count, ""), goal)


def none_of(name: str, count: int) -> Finding:
    """Return the finding that there is none of what must not be."""
    return counted(name, count, Goal(0, ""))


def table(rows: Iterable[tuple[str, Finding]]) -> str:
    """Return findings, each with the claim it is of, as aligned lines."""
    cells = [_HEAD, *(_cells(claim, finding) for claim, finding in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column == _VALUE else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def _cells(claim: str, finding: Finding) -> tuple[str, ...]:
    number, unit = finding.value.number, finding.value.unit
    value = f"{number:,}" if isinstance(number, int) and not unit else str(finding.value)
    return (claim, finding.name, value, str(finding.goal or "").rstrip(), finding.verdict)
