"""`python -m tests.soak`: what the daemon claims to withstand, done to it.

Every daemon runs on the loopback interface, in a process or a network namespace of its own; counts and times are
bounded, and nothing is left running. The exit status is 1 where a claim did not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.bench.load import LoadError, lift_descriptor_limit
from tests.soak.claims.brute import brute
from tests.soak.claims.cycles import cycles
from tests.soak.claims.disk import disk
from tests.soak.claims.drain import drain
from tests.soak.claims.encrypted import encrypted
from tests.soak.claims.floods import floods
from tests.soak.claims.idle import idle
from tests.soak.claims.inputs import inputs
from tests.soak.claims.kills import kills
from tests.soak.claims.scan import scan
from tests.soak.claims.transfers import transfers
from tests.soak.finding import CannotTryError, Finding, table
from tests.soak.scale import FULL, SHORT, Scale

Claim = Callable[[Scale, Path], Awaitable[list[Finding]]]

CLAIMS: Final[Mapping[str, Claim]] = {
    "inputs": inputs,
    "floods": floods,
    "idle": idle,
    "encrypted": encrypted,
    "drain": drain,
    "kills": kills,
    "disk": disk,
    "cycles": cycles,
    "transfers": transfers,
    "scan": scan,
    "brute": brute,
}
SPARE_DESCRIPTORS: Final = 500  # where a claim needs more it lifts the limit itself, and says where it cannot


@dataclass(slots=True)
class Trial:
    """What came of trying one claim."""

    name: str
    findings: list[Finding] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    broken: bool = False  # it could not be tried to its end

    @property
    def held(self) -> bool:
        """Whether nothing was found against the claim."""
        return not self.broken and all(finding.held for finding in self.findings)


def main() -> int:
    """Try what was asked for and print what was found."""
    options = _options()
    lift_descriptor_limit(SPARE_DESCRIPTORS)
    trials = [_try(name, SHORT if options.short else FULL) for name in options.only or CLAIMS]
    rows = [(trial.name, finding) for trial in trials for finding in trial.findings]
    if rows:
        print(table(rows))
    for trial in trials:
        for remark in trial.remarks:
            print(f"{trial.name}: {remark}")
    return int(not all(trial.held for trial in trials))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--short", action="store_true", help="small counts: a few minutes")
    parser.add_argument("--only", metavar="NAME", choices=CLAIMS, action="append", help=f"one of {', '.join(CLAIMS)}")
    return parser.parse_args()


def _try(name: str, scale: Scale) -> Trial:
    trial = Trial(name)
    began = time.perf_counter()
    try:
        trial.findings = asyncio.run(_find(name, scale))
    except* CannotTryError as group:
        trial.remarks = [f"skipped: {reason}" for reason in _leaves(group)]
    except* (LoadError, OSError, TimeoutError, AssertionError) as group:
        trial.broken = True
        trial.remarks = [f"FAILED: {reason!r}" for reason in _leaves(group)[:3]]
    print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return trial


async def _find(name: str, scale: Scale) -> list[Finding]:
    with tempfile.TemporaryDirectory(prefix="sttelnet-soak-") as folder:
        return await CLAIMS[name](scale, Path(folder))


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


if __name__ == "__main__":
    sys.exit(main())
