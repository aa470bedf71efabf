"""`sttelnet health`: how the host is, for cron, Nagios and their like."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Final

from sttelnet.cli import remote_health
from sttelnet.cli.folder import data_folder
from sttelnet.cli.parser import add_site_options, make_parser, overrides
from sttelnet.cli.site import find_site, load
from sttelnet.control import Request, ask
from sttelnet.errors import SttelnetError

EXAMPLES: Final = (
    "sttelnet health               one line, and one for each thing that is watched",
    "sttelnet health disk          one check, as it has written it",
    "sttelnet health --json        for programs",
    "sttelnet health --host db01 --token-file /etc/nagios/db01.token",
)
STATES: Final = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}
UNKNOWN: Final = 3  # also whatever keeps us from knowing: who reads the status takes 1 and 2 for the host's


def run(arguments: Sequence[str]) -> int:
    """Ask the daemon; the status is the state's: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN."""
    try:
        options = _options(arguments)
        if options.host is not None:
            found = remote_health.ask(options)
            print(found.text)
            return found.status
        site = find_site(options.config)
        folder = data_folder(site, load(site, overrides(options)).config)
        response = ask(folder, Request("health", {"name": options.name} if options.name else {}))
    except SystemExit as end:
        return 0 if not end.code else UNKNOWN
    except (SttelnetError, OSError) as error:
        print(f"HEALTH UNKNOWN - {error}".replace("|", "/").splitlines()[0])
        return UNKNOWN
    if not response.ok:
        print(f"HEALTH UNKNOWN - {' '.join(response.lines)}")
        return UNKNOWN
    print(json.dumps(response.data, indent=2) if options.json else "\n".join(response.lines))
    data = response.data if isinstance(response.data, dict) else {}
    return STATES.get(str(data.get("state")), UNKNOWN)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = make_parser("health", "How the host is, as the running daemon knows it.", EXAMPLES)
    parser.add_argument("name", metavar="NAME", nargs="?", help="one check, or one thing that is watched")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_site_options(parser)
    remote_health.add_options(parser)
    options = parser.parse_args(arguments)
    remote_health.check(parser, options)
    return options
