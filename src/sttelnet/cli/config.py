"""`sttelnet config`: what can be configured, and what is."""

from __future__ import annotations

from collections.abc import Sequence

from sttelnet.cli import exits
from sttelnet.cli.parser import add_server_options, make_parser, overrides
from sttelnet.cli.site import CONFIG_NAME, find_site, load, packaged_folder, read_text
from sttelnet.config import effective_toml

EXAMPLES = (
    "sttelnet config --defaults > config.toml       every key, commented",
    "sttelnet config --effective                    every value, and where it comes from",
    "sttelnet config --effective --config mybox     does mybox/config.toml load? (exit 78: no)",
)


def run(arguments: Sequence[str]) -> int:
    """Print a configuration."""
    parser = make_parser("config", "Print the default or the effective configuration.", EXAMPLES)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--defaults", action="store_true", help="config.toml as it ships")
    which.add_argument("--effective", action="store_true", help="the configuration `serve` would use, with sources")
    add_server_options(parser)
    options = parser.parse_args(arguments)
    if options.defaults:
        print(read_text(packaged_folder() / CONFIG_NAME), end="")
    else:
        loaded = load(find_site(options.config), overrides(options))
        print(effective_toml(loaded.config, loaded.sources), end="")
    return exits.OK
