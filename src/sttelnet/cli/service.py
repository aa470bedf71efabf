"""`sttelnet service`: what a service manager must be told to run this site."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sttelnet.cli import exits
from sttelnet.cli.folder import data_folder
from sttelnet.cli.installed import Service
from sttelnet.cli.parser import add_site_options, make_parser, overrides
from sttelnet.cli.site import find_site, load
from sttelnet.cli.unit import systemd
from sttelnet.cli.winsw import winsw

EXAMPLES: Final = (
    "sttelnet service print --config /srv/mybox > sttelnet.service   a systemd unit",
    "sttelnet service print --kind winsw > sttelnet-service.xml      for WinSW, on Windows",
)
_KINDS: Final = {"systemd": systemd, "winsw": winsw}
_NAME: Final = "sttelnet"  # of the account, where the data folder tells none


def run(arguments: Sequence[str]) -> int:
    """Print it."""
    options = _parser().parse_args(arguments)
    site = find_site(options.config)
    config = load(site, overrides(options)).config
    data = data_folder(site, config)
    home = site.home.resolve() if site.config_path is not None else data
    areas = sorted({(home / area.directory).resolve() for area in config.files.areas.values()})
    service = Service(
        python=Path(sys.executable),
        base=Path(sys.executable).resolve(),
        config=None if site.config_path is None else site.config_path.absolute(),
        data=data,
        folders=tuple(folder for folder in areas if not folder.is_relative_to(data)),
        user=options.user or (_owner(data) if options.kind == "systemd" else ""),
        settings=config,
    )
    print(_KINDS[options.kind](service), end="")
    return exits.OK


def _owner(folder: Path) -> str:
    """Return whose the data are; root's are given to an account of the service's own."""
    if sys.platform == "win32":
        return ""
    try:
        owner = folder.owner()
    except (OSError, KeyError):  # it is not there yet, or its owner has no name
        return _NAME
    return _NAME if owner == "root" else owner


def _parser() -> argparse.ArgumentParser:
    parser = make_parser("service", "What a service manager must be told to run this site.", EXAMPLES)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    printing = actions.add_parser("print", help="print the file", description="Print the file.", allow_abbrev=False)
    here = "winsw" if sys.platform == "win32" else "systemd"
    printing.add_argument("--kind", choices=tuple(_KINDS), default=here, help=f"default: {here}")
    printing.add_argument("--user", metavar="NAME", help="the account it runs as (default: the data folder's owner)")
    add_site_options(printing)
    return parser
