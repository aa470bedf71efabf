"""Subject and references measured in turn, so that what else the machine does falls on all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import median

from tests.bench.process import Running, Subject
from tests.bench.subjects import OURS, STREAMS, TELNETLIB3
from tests.bench.table import Amount, Beside, Figure, Goal

Samples = Mapping[Subject, Sequence[float]]


async def in_turn(servers: Sequence[Running], rounds: int, measure: Callable[[Running], Awaitable[float]]) -> Samples:
    """Measure every server once a round."""
    samples: dict[Subject, list[float]] = {server.subject: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            samples[server.subject].append(await measure(server))
    return samples


def compared(name: str, unit: str, samples: Samples, goal: Goal | None = None) -> list[Figure]:
    """Return a row for each event loop: our median beside that of the references on the same loop."""
    by_subject = {(subject.name, subject.loop): values for subject, values in samples.items()}
    return [
        Figure(
            f"{name}, {loop}",
            Amount(median(values), unit),
            _beside(values, by_subject.get((STREAMS, loop))),
            _beside(values, by_subject.get((TELNETLIB3, loop))),
            goal,
        )
        for (name_of, loop), values in by_subject.items()
        if name_of == OURS
    ]


def _beside(ours: Sequence[float], theirs: Sequence[float] | None) -> Beside | None:
    if theirs is None:
        return None
    ratios = [a / b for a, b in zip(ours, theirs, strict=True) if b]
    return Beside(median(theirs), median(ratios) if ratios else None)
