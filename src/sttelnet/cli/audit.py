"""`sttelnet audit`: whether what was written down is whole, and what it says; works beside a running daemon."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sttelnet.charset import one_line
from sttelnet.cli import exits
from sttelnet.cli.folder import data_folder
from sttelnet.cli.parser import add_site_options, make_parser, overrides
from sttelnet.cli.site import find_site, load
from sttelnet.store.chain import Link
from sttelnet.store.proof import Broken, Whole, prove
from sttelnet.store.trail import Wanted, trail
from sttelnet.words import DURATION_RULE, count_words, seconds_of

EXAMPLES: Final = (
    "sttelnet audit verify                      is every row there, as it was written?",
    "sttelnet audit show --since 2d             what happened in two days",
    "sttelnet audit show --who kim -n 10        the last ten rows about kim",
    "sttelnet audit show --event role --json    for programs, a line of JSON for each row",
)
MOST: Final = 1_000_000  # rows


def run(arguments: Sequence[str]) -> int:
    """Look at the audit."""
    options = _parser().parse_args(arguments)
    site = find_site(options.config)
    config = load(site, overrides(options)).config
    folder = data_folder(site, config)
    database = folder / config.data.database
    if options.action == "verify":
        return _verify(database, folder / config.audit.file if config.audit.file else None)
    return _show(database, options)


def _parser() -> argparse.ArgumentParser:
    parser = make_parser("audit", "What members did, and what was done to them.", EXAMPLES)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    words = "say whether every row is there as it was written: status 0, or 1 and the first that is not"
    add_site_options(actions.add_parser("verify", help=words, description=words))
    show = actions.add_parser("show", help="print rows, the newest last", description="Print rows, the newest last.")
    show.add_argument("--since", metavar="TIME", type=_seconds, help="no older than this: 90s, 15m, 2h, 7d")
    show.add_argument("--who", metavar="NAME", help="about this member")
    show.add_argument("--event", metavar="EVENT", help='of this kind: "log-in", "role", "refused", …')
    show.add_argument("-n", metavar="N", dest="count", type=_count, default=50, help="at most so many rows (50)")
    show.add_argument("--json", action="store_true", help="print a line of JSON for each row, for programs")
    add_site_options(show)
    return parser


def _verify(database: Path, file: Path | None) -> int:
    match prove(database, file):
        case Broken(row, what):
            exits.say(f"the audit is broken{f' at row {row}' if row else ''}: {one_line(what)}")
            return exits.PROBLEMS
        case Whole(rows, pruned, last, lines):
            gone = f", after pruning up to row {pruned}" if pruned else ""
            print(f"The audit is whole: {count_words(rows, 'row')} up to row {last}{gone}.")
            if file is not None:
                print(f"{file}: " + ("there is no such file yet." if lines is None else _agrees(lines)))
    return exits.OK


def _agrees(lines: int) -> str:
    return f"{count_words(lines, 'line')}, as in the table."


def _show(database: Path, options: argparse.Namespace) -> int:
    for row in trail(database, Wanted(options.count, options.since, options.who, options.event)):
        print(row.line() if options.json else _row(row))
    return exits.OK


def _row(row: Link) -> str:
    moment = datetime.fromtimestamp(row.at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    cells = (one_line(str(text)) for text in (row.event, row.who or "-", row.peer or "-", row.detail))
    event, who, peer, detail = cells
    return f"{moment}  {event:<20}  {who:<20}  {peer:<15}  {detail}".rstrip()


def _seconds(text: str) -> float:
    seconds = seconds_of(text)
    if seconds is None:
        raise argparse.ArgumentTypeError(DURATION_RULE)
    return seconds


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 7 or not 1 <= int(text) <= MOST:
        message = f"expected a number of rows, 1 to {MOST}, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)
