"""What the commands' argument parsers have in common."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

PROGRAM = "sttelnet"
_UNKNOWN = "unrecognized arguments: "  # argparse's own words


class Parser(argparse.ArgumentParser):
    """A parser that knows what a mistyped option was to be."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end."""
        super().error(self.explained(message))

    def explained(self, message: str) -> str:
        """Return what is wrong, with its cure where there is one."""
        from sttelnet.script.suggest import did_you_mean  # only here: a command line is right more often than wrong

        words = message.removeprefix(_UNKNOWN).split() if message.startswith(_UNKNOWN) else ()
        options = re.findall(r"--[a-z][a-z-]*", self.format_usage())
        cures = (did_you_mean(word.partition("=")[0], options) for word in words if word.startswith("-"))
        cure = next(filter(None, cures), "")
        return f"{message} ({cure})" if cure else message


def make_parser(
    command: str, summary: str, examples: Sequence[str], kind: type[Parser] = Parser
) -> argparse.ArgumentParser:
    """Return a parser whose help ends in examples."""
    return kind(
        prog=f"{PROGRAM} {command}",
        description=summary,
        epilog="examples:\n" + "\n".join(f"  {example}" for example in examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_site_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the site and its data."""
    parser.add_argument("--config", metavar="FILE", help="config.toml of the site (default: ./config.toml, if there)")
    parser.add_argument("--data", metavar="DIR", help="where the database stands (default: data.directory)")


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that stand above config.toml and the environment."""
    add_site_options(parser)
    parser.add_argument("--listen", metavar="ADDRESS", action="append", help="an address to listen on; may be repeated")
    parser.add_argument("--port", metavar="PORT", type=port, help="the port to listen on")
    parser.add_argument("--log-format", choices=("auto", "text", "json"), help="the form of the log")
    parser.add_argument("--log-level", choices=("debug", "info", "warning", "error"), help="what is logged")


def overrides(options: argparse.Namespace) -> dict[str, object]:
    """Return what the options ask for, by the keys of config.toml."""
    given = vars(options)
    data = given.get("data")
    wanted = {
        "server.listen": given.get("listen"),
        "server.port": given.get("port"),
        # Typed in the working directory, so it counts from there and not from config.toml's folder.
        "data.directory": None if data is None else str(Path(data).absolute()),
        "log.format": given.get("log_format"),
        "log.level": given.get("log_level"),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def port(text: str) -> int:
    """Read a port number for argparse."""
    if not text.isascii() or not text.isdecimal() or len(text) > 5 or int(text) > 65535:
        message = f"expected a port from 0 to 65535, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)
