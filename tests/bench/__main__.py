"""`python -m tests.bench`: what sttelnet costs, beside bare asyncio streams and telnetlib3's own server.

Every server runs in a process of its own on the loopback interface, all of them in this one run on this one
machine: the ratios tell something, the numbers beside them are this machine's. It reports and does not judge: the
exit status is 0 whatever was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

from tests.bench import zmodem
from tests.bench.figures.checks import checks
from tests.bench.figures.floods import floods
from tests.bench.figures.history import history
from tests.bench.figures.lines import lines, pages
from tests.bench.figures.people import people
from tests.bench.figures.receive import receive
from tests.bench.figures.sessions import memory, sessions
from tests.bench.figures.shells import shells
from tests.bench.figures.start import start
from tests.bench.load import LoadError, lift_descriptor_limit
from tests.bench.loops import LOOPS, loop_factory
from tests.bench.scale import FULL, QUICK, Scale
from tests.bench.table import Figure, table

Measured = tuple[list[Figure], list[str]]  # the figures, and what could not be measured
Measure = Callable[[Scale, Path], Awaitable[list[Figure]]]

ZMODEM: Final = "zmodem"  # has a table of its own: it stands beside lrzsz
FIGURES: Final[Mapping[str, Measure]] = {
    "lines": lines,
    "pages": pages,
    "sessions": sessions,
    "memory": memory,
    "receive": receive,
    "floods": floods,
    "start": start,
    "shells": shells,
    "people": people,
    "history": history,
    "checks": checks,
}
SPARE_DESCRIPTORS: Final = 200


def main() -> None:
    """Measure what was asked for and print the table."""
    options = _options()
    scale = QUICK if options.quick else FULL
    names = options.only or [*FIGURES, ZMODEM]
    figures, failures = _run(_measure_all([name for name in names if name != ZMODEM], scale))
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}\n")
    if figures:
        print(table(figures))
    for failure in failures:
        print(f"not measured: {failure}")
    if ZMODEM in names:
        zmodem.run(quick=options.quick)
    if options.json:
        options.json.write_text(json.dumps([f.as_json() for f in figures], indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="small counts: half a minute, rough figures")
    names = [*FIGURES, ZMODEM]
    parser.add_argument("--only", metavar="NAME", choices=names, action="append", help=f"one of {', '.join(names)}")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures to a file too")
    return parser.parse_args()


async def _measure_all(names: list[str], scale: Scale) -> Measured:
    figures: list[Figure] = []
    failures: list[str] = []
    lift_descriptor_limit(max(scale.many, 6 * scale.sessions + scale.arrivals) + SPARE_DESCRIPTORS)
    with tempfile.TemporaryDirectory(prefix="sttelnet-bench-") as folder:
        _keep_compiled_code(folder)
        for name in names:
            began = time.perf_counter()
            try:
                figures += await FIGURES[name](scale, Path(folder))
            except* (LoadError, OSError, TimeoutError) as group:
                failures += [f"{name}: {reason!r}" for reason in _leaves(group)[:3]]
            print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return figures, failures


def _keep_compiled_code(folder: str) -> None:
    """Let the servers find what their first start has compiled, as they would anywhere, whatever is set here."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder, "compiled"))


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _run(measurement: Coroutine[Any, Any, Measured]) -> Measured:
    """Run the clients on uvloop where there is one: they are to cost less than the servers."""
    with asyncio.Runner(loop_factory=loop_factory(LOOPS[-1])) as runner:
        return runner.run(measurement)


if __name__ == "__main__":
    main()
