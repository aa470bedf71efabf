"""`sttelnet render`: one page, printed to this terminal."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from sttelnet.channel import DEFAULT_SIZE, Size
from sttelnet.charset import Charset
from sttelnet.cli import exits
from sttelnet.cli.console import show_sequences
from sttelnet.cli.parser import add_site_options, make_parser, overrides
from sttelnet.cli.plan import make_plan
from sttelnet.cli.site import find_site, load
from sttelnet.role import ROLE_WORDS, Role
from sttelnet.script.suggest import did_you_mean
from sttelnet.server.page import render_page
from sttelnet.tree import site_files

EXAMPLES = (
    "sttelnet render root",
    "sttelnet render health --size 80x24 --charset ascii > health.txt",
    "sttelnet render admin/members --as admin",
)
LARGEST = Size(500, 200)


def run(arguments: Sequence[str]) -> int:
    """Print one page."""
    parser = make_parser("render", "Print a page. Its `get` handlers run, `set` and `post` do not.", EXAMPLES)
    parser.add_argument("script", metavar="SCRIPT", help="the page's keyword: root, health, admin/members, …")
    parser.add_argument("--size", metavar="COLUMNSxROWS", type=_size, help="default: this terminal's, else 80x24")
    parser.add_argument("--charset", choices=[charset.value for charset in Charset], help="default: this terminal's")
    parser.add_argument(
        "--as", dest="role", choices=ROLE_WORDS, default=str(Role.GUEST), help="whose page (default: guest)"
    )
    add_site_options(parser)
    options = parser.parse_args(arguments)

    site = find_site(options.config)
    plan = make_plan(site, load(site, overrides(options)).config)
    size = options.size or _own_size()
    charset = Charset(options.charset) if options.charset else _own_charset()
    role = Role.parse(options.role) or Role.GUEST
    keyword = options.script.removesuffix(".txt")
    keywords = [name.removesuffix(".txt") for name in site_files(plan.scripts, ".txt")]
    if keyword not in keywords:
        cure = did_you_mean(keyword, keywords)
        exits.say(f"there is no page {keyword!r} in {plan.scripts}" + (f" ({cure})" if cure else ""))
        return exits.USAGE

    show_sequences()
    sys.stdout.buffer.write(asyncio.run(render_page(plan, keyword, size, charset, role)).rstrip(b"\r\n") + b"\r\n")
    sys.stdout.buffer.flush()
    return exits.OK


def _size(text: str) -> Size:
    columns, _, rows = text.lower().partition("x")
    if not (columns.isdecimal() and rows.isdecimal() and len(text) < 10):
        message = f"expected COLUMNSxROWS as in 80x24, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    size = Size(int(columns), int(rows))
    if not (0 < size.columns <= LARGEST.columns and 0 < size.rows <= LARGEST.rows):
        message = f"expected a size from 1x1 to {LARGEST.columns}x{LARGEST.rows}, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return size


def _own_size() -> Size:
    try:
        return Size(*os.get_terminal_size(sys.stdout.fileno()))
    except (OSError, ValueError):
        return DEFAULT_SIZE


def _own_charset() -> Charset:
    encoding = (sys.stdout.encoding or "").lower().replace("_", "-")
    return {"utf-8": Charset.UTF_8, "cp437": Charset.CP437}.get(encoding, Charset.ASCII)
