"""`sttelnet health`: how the host is, for cron, Nagios and their like."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Final, NoReturn

from sttelnet.cli import exits, remote_options
from sttelnet.cli.folder import data_folder
from sttelnet.cli.parser import Parser, add_site_options, make_parser, overrides
from sttelnet.cli.site import find_site, load
from sttelnet.control import Request, ask
from sttelnet.errors import SttelnetError

EXAMPLES: Final = (
    "sttelnet health               one line, and one for each thing that is watched",
    "sttelnet health disk          one check, as it has written it",
    "sttelnet health --json        for programs",
    "sttelnet health --host db01 --token-file /etc/nagios/db01.token",
)


class _WrongUsage(SttelnetError):  # noqa: N818 - says what was done
    """The command line cannot be understood."""


class _Parser(Parser):
    """A parser that leaves it to us how wrong usage is told."""

    def error(self, message: str) -> NoReturn:
        """Raise _WrongUsage."""
        raise _WrongUsage(self.explained(message))


def run(arguments: Sequence[str]) -> int:
    """Ask the daemon; the status is the state's: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN."""
    try:
        options = _options(arguments)
        if options.host is not None:
            from sttelnet.cli import remote_health  # here: it loads more than the rest together

            found = remote_health.ask(options)
            print(found.text)
            return found.status
        site = find_site(options.config)
        folder = data_folder(site, load(site, overrides(options)).config)
        response = ask(folder, Request("health", {"name": options.name} if options.name else {}))
    except (SttelnetError, OSError) as error:
        return exits.unknown(str(error))
    if not response.ok:
        return exits.unknown(" ".join(response.lines))
    print(json.dumps(response.data, indent=2) if options.json else "\n".join(response.lines))
    data = response.data if isinstance(response.data, dict) else {}
    return exits.STATES.get(str(data.get("state")), exits.UNKNOWN)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = make_parser("health", "How the host is, as the running daemon knows it.", EXAMPLES, _Parser)
    parser.add_argument("name", metavar="NAME", nargs="?", help="one check, or one thing that is watched")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_site_options(parser)
    remote_options.add_options(parser)
    options = parser.parse_args(arguments)
    remote_options.check(parser, options)
    return options
