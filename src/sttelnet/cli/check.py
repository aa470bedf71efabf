"""`sttelnet check`: run one check once, and explain what it gave."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from sttelnet.charset import clean
from sttelnet.cli import exits
from sttelnet.cli.parser import make_parser
from sttelnet.health.plugin import Figure
from sttelnet.health.runner import Run, command_of, run_program
from sttelnet.health.states import State

EXAMPLES: Final = (
    "sttelnet check scripts/checks/backup.sh",
    "sttelnet check /usr/lib/nagios/plugins/check_disk -w 20% -c 10% -p /",
    "sttelnet check --timeout 5 --json scripts/checks/queue.py",
)


def run(arguments: Sequence[str]) -> int:
    """Run the check; the status is the state's: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN."""
    options = _options(arguments)
    path = Path(options.file)
    command = command_of(path.resolve()) if path.is_file() else None
    if command is None:
        exits.say(_why_not(path))
        return int(State.UNKNOWN)
    ran = asyncio.run(run_program((*command, *options.arguments), options.timeout, directory=path.resolve().parent))
    if options.json:
        print(json.dumps(_as_json(ran), indent=2))
    else:
        print("\n".join(clean(line) for line in _explained(ran)))
    return int(ran.result.state)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = make_parser("check", "Run a check once, and explain what it gave.", EXAMPLES)
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=float, default=30.0, help="before it is ended (default: 30)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.add_argument("file", metavar="FILE", help="a program or script that keeps the monitoring plugins' rules")
    parser.add_argument("arguments", metavar="ARGUMENT", nargs=argparse.REMAINDER, help="its own")
    return parser.parse_args(arguments)


def _why_not(path: Path) -> str:
    if not path.exists():
        return f"{path}: no such file"
    return f"{path}: that is no check (.py, .sh, .ps1, .bat, .cmd, .exe, or a file with a run bit: chmod +x)"


def _explained(ran: Run) -> Iterator[str]:
    result = ran.result
    ended = f"exit status {ran.status}" if ran.status is not None else "it did not end by itself"
    yield f"{result.state.word}: {result.text}"
    yield f"  {ended}, after {ran.seconds:.2f} s"
    for figure in result.figures:
        yield f"  {figure.label} = {figure}{_limits(figure)}"
    for piece in result.broken:
        yield f"  not understood as performance data: {piece}   ('label'=value[unit];warning;critical;least;most)"
    if result.further:
        yield from (f"  | {line}" for line in result.further.split("\n"))
    if ran.errors.strip():
        yield "  It wrote to standard error, which nobody sees:"
        yield from (f"  ! {line}" for line in ran.errors.strip().splitlines()[-5:])


def _limits(figure: Figure) -> str:
    """Say what the ranges mean for this value."""
    words = []
    for name, range_ in (("warning", figure.warning), ("critical", figure.critical)):
        if range_ is not None:
            words.append(f"{name} {range_}{' (now)' if range_.alerts(figure.value) else ''}")
    bounds = [f"{bound:g}" if bound is not None else "" for bound in (figure.least, figure.most)]
    if any(bounds):
        words.append(f"from {bounds[0] or '?'} to {bounds[1] or '?'}")
    return f"   {', '.join(words)}" if words else ""


def _as_json(ran: Run) -> dict[str, object]:
    result = ran.result
    return {
        "state": result.state.word,
        "text": result.text,
        "further": result.further,
        "figures": [
            {**asdict(figure), "value": figure.value if math.isfinite(figure.value) else None}
            | {"warning": _range(figure.warning), "critical": _range(figure.critical)}
            for figure in result.figures
        ],
        "broken": list(result.broken),
        "status": ran.status,
        "seconds": round(ran.seconds, 3),
    }


def _range(range_: object) -> str | None:
    return None if range_ is None else str(range_)
