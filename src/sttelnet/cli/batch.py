"""`sttelnet batch`: a file of commands in one shell."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from sttelnet.cli import exits
from sttelnet.cli.parser import make_parser
from sttelnet.errors import ShellFailed
from sttelnet.shell import Command, Result
from sttelnet.shell.dialect import is_posix

EXAMPLES = (
    "sttelnet batch checks.txt",
    "sttelnet batch --shell bash --keep-going --timeout 10 checks.txt",
    "echo 'df -h' | sttelnet batch --json -",
)
FAILED: Final = 125  # batch itself could not do it, as env(1) and timeout(1) have it


def run(arguments: Sequence[str]) -> int:
    """Run the commands of a file and return the first status that is not 0."""
    options = _options(arguments)
    try:
        text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8-sig")
        return asyncio.run(_run(options, commands_in(text, joins=is_posix(options.shell))))
    except UnicodeDecodeError:
        exits.say(f"{options.file}: not UTF-8")
    except (OSError, ShellFailed) as error:
        exits.report(error)
    return FAILED


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = make_parser("batch", "Run a file of commands, one by one, in one shell that is kept open.", EXAMPLES)
    parser.add_argument("file", metavar="FILE", help="one command on each line; - is standard input")
    parser.add_argument("--shell", metavar="SHELL", default="", help="sh, bash, cmd.exe, powershell.exe, … or a path")
    parser.add_argument("--timeout", metavar="SECONDS", type=_seconds, default=60.0, help="for each (default: 60)")
    parser.add_argument("--keep-going", action="store_true", help="go on after a command that fails")
    parser.add_argument("--json", action="store_true", help="print an object on each line instead")
    return parser.parse_args(arguments)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:
        message = f"expected seconds above 0, up to 86400, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return seconds


def commands_in(text: str, *, joins: bool) -> list[str]:
    """Return the commands of a file: a line each, blank lines and those that begin with # left out.

    With `joins` a line that ends in a backslash goes on in the next, as a POSIX shell reads it.
    """
    if joins:
        text = text.replace("\\\n", "")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


async def _run(options: argparse.Namespace, commands: Sequence[str]) -> int:
    first = exits.OK
    show = _show_json if options.json else _show
    # What runs is the caller's own: it gets the caller's own environment.
    async with Command(options.shell, environment=os.environ) as shell:
        for command in commands:
            result = await shell.run(command, options.timeout)
            show(result)
            first = first or result.exit_status
            if first and not options.keep_going:
                break
    return first if 0 <= first <= 255 else 255


def _show(result: Result) -> None:
    text = result.text + "\n" if result.text and not result.text.endswith("\n") else result.text
    end = "took too long" if result.timed_out else f"exit status {result.exit_status}"
    left_out = ", the rest is left out" if result.cut else ""
    print(f"$ {result.command}\n{text}[{end}, {result.duration:.2f} s{left_out}]", flush=True)


def _show_json(result: Result) -> None:
    print(json.dumps({**asdict(result), "duration": round(result.duration, 3)}, ensure_ascii=False), flush=True)
