"""`sttelnet backup`: a copy of the database, made while the daemon runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sttelnet.cli import exits
from sttelnet.cli.folder import data_folder
from sttelnet.cli.parser import add_site_options, make_parser, overrides
from sttelnet.cli.site import find_site, load
from sttelnet.errors import StoreError
from sttelnet.store.backup import back_up
from sttelnet.words import size_words

EXAMPLES: Final = (
    "sttelnet backup /var/backups/sttelnet.db            also while the daemon runs",
    "sttelnet backup --force /var/backups/sttelnet.db    in place of the last one",
)


def run(arguments: Sequence[str]) -> int:
    """Copy the database."""
    parser = make_parser("backup", "Copy the database: members, messages, checks, history, audit.", EXAMPLES)
    parser.add_argument("file", metavar="FILE", type=Path, help="where to; only this account may read it")
    parser.add_argument("--force", action="store_true", help="replace FILE where it is there")
    add_site_options(parser)
    options = parser.parse_args(arguments)
    site = find_site(options.config)
    config = load(site, overrides(options)).config
    database = data_folder(site, config) / config.data.database
    target: Path = options.file
    if not database.exists():
        message = f"there is no database {database} yet (--config or --data names the site; `serve` makes it)"
        raise StoreError(message)
    if target.exists() and not options.force:
        exits.say(f"{target} is there already (--force replaces it)")
        return exits.PROBLEMS
    back_up(database, target)
    print(f"{target}: {size_words(target.stat().st_size)}, the database and nothing else")
    print("Not in it: config.toml, scripts, the files of the areas, the audit's file.")
    return exits.OK
