"""`sttelnet restore`: a copy of the database put back, while no daemon runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sttelnet.cli import exits
from sttelnet.cli.folder import data_folder
from sttelnet.cli.parser import add_site_options, make_parser, overrides
from sttelnet.cli.site import find_site, load
from sttelnet.control import Request, ask
from sttelnet.control.wire import KNOCK
from sttelnet.errors import ControlUnavailable, StoreError
from sttelnet.store.backup import BEFORE, check, restore

EXAMPLES: Final = ("sttelnet restore /var/backups/sttelnet.db    the database there was stands beside it then",)


def run(arguments: Sequence[str]) -> int:
    """Put a copy of the database back."""
    parser = make_parser("restore", "Put a copy of the database back, while no daemon runs.", EXAMPLES)
    parser.add_argument("file", metavar="FILE", type=Path, help="what `sttelnet backup` wrote")
    parser.add_argument("--force", action="store_true", help=f"replace what an earlier restore kept as *{BEFORE}")
    add_site_options(parser)
    options = parser.parse_args(arguments)
    site = find_site(options.config)
    config = load(site, overrides(options)).config
    folder = data_folder(site, config)
    if _runs(folder):
        message = f"a daemon runs with its data in {folder}: stop it first (`sttelnet ctl stop`)"
        raise StoreError(message)
    check(options.file)
    aside = _aside(folder / config.audit.file, again=options.force) if config.audit.file else None
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / config.data.database
    kept = restore(options.file, database, again=options.force)
    print(f"{database} is {options.file} now; the next start brings it up to date.")
    if kept is not None:
        print(f"The database there was: {kept}")
    if aside is not None:
        (folder / config.audit.file).replace(aside)
        print(f"The audit's file there was: {aside}")
    return exits.OK


def _runs(folder: Path) -> bool:
    """Whether a daemon answers there; one that does not still has the database open, which `restore` notices."""
    try:
        ask(folder, Request(KNOCK))
    except ControlUnavailable:
        return False
    return True


def _aside(file: Path, *, again: bool) -> Path | None:
    """Return where the audit's file goes, for its rows are those of the database there was; None where there is none.

    Raises StoreError where an earlier restore has kept one there.
    """
    kept = file.with_name(file.name + BEFORE)
    if not file.exists():
        return None
    if kept.exists() and not again:
        message = f"{kept} is there already, from an earlier restore (move it away, or --force replaces it)"
        raise StoreError(message)
    return kept
