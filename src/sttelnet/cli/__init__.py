"""The command line: argv to exit status, one module for each command.

A command's module is imported when it is asked for, so that `--version` and `--help` load none of the daemon.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final

from sttelnet import __version__
from sttelnet.cli import exits

COMMANDS: Final = {
    "serve": "serve the site (what happens without a command)",
    "lint": "check a site's scripts, handlers and config.toml",
    "init": "write a new site into a folder",
    "render": "print one page to this terminal",
    "member": "add, list, lock and unlock members, give roles, passwords, tokens",
    "audit": "what members did: show it, and verify that it is whole",
    "backup": "copy the database, also while the daemon runs",
    "restore": "put a copy of the database back",
    "ctl": "a running daemon: who is on, messages, kick, ban, reload, drain",
    "service": "print a systemd unit, or the XML of WinSW, for this site",
    "config": "print the default or the effective configuration",
    "health": "how the host is: exit status 0, 1, 2, 3",
    "check": "run one check once, and explain what it gave",
    "batch": "run a file of commands in one shell",
    "cert": "write a certificate that signs itself, for TLS",
    "connect": "a telnet client, plain or over TLS",
    "smoke": "serve, connect, log in: does it all work here?",
}

_HELP: Final = """usage: sttelnet [COMMAND] [options]

A folder of text scripts becomes a telnet service for a host.

examples:
  sttelnet                        serve; the first lines say where to connect
  sttelnet init mybox             write a site of your own: config.toml and scripts/
  sttelnet lint mybox             check it
  sttelnet serve --config mybox   serve it
  sttelnet connect                look, where there is no telnet client

commands:
{commands}

  sttelnet COMMAND --help tells a command's options
  sttelnet --version [--verbose]

exit status: 0 clean, 1 problems found, 2 usage, 69 port taken or data unusable, 70 the daemon stood still, 78 bad
configuration
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _keep_printing()
    try:
        status = _run(arguments)
        sys.stdout.flush()  # here, where a reader that has gone away can be dealt with
        return status
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        _give_up_output()
        return exits.UNKNOWN if _is_about_health(arguments) else exits.OK
    except SystemExit as end:  # argparse: 0 after --help, 2 for wrong usage
        return end.code if isinstance(end.code, int) else exits.USAGE
    except Exception as error:
        known = exits.status_of(error)
        if known is None and _is_about_health(arguments):  # Python's own status 1 would be WARNING
            import traceback

            traceback.print_exc()
            return exits.unknown(f"{type(error).__name__}: {error}")
        if known is None:
            raise
        exits.report(error)
        return known


def _run(arguments: Sequence[str]) -> int:
    match arguments:
        case ["-h" | "--help" | "help"]:
            print(_HELP.format(commands="\n".join(f"  {name:<9}{text}" for name, text in COMMANDS.items())), end="")
            return exits.OK
        case ["--version", *_] | ["--verbose", "--version", *_]:
            return _print_version(arguments)
        case [name, *rest] if name in COMMANDS:
            return _command(name, rest)
        case [name, *_] if not name.startswith("-"):
            return _unknown(name, arguments)
        case _:
            return _serve(arguments)


def _command(name: str, arguments: Sequence[str]) -> int:
    gc.disable()  # importing makes no garbage, and looking for some takes a fifth of the time
    try:
        run = importlib.import_module(f"sttelnet.cli.{name}").run
    finally:
        gc.enable()
    status: int = run(arguments)
    return status


def _serve(arguments: Sequence[str]) -> int:
    misplaced = next((word for word in arguments if word in COMMANDS), None)
    if misplaced is not None:
        return _misused(arguments, f"the command comes first: sttelnet {misplaced} …")
    return _command("serve", arguments)


def _unknown(name: str, arguments: Sequence[str]) -> int:
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    cure = f'did you mean "{near[0]}"?' if near else "see sttelnet --help"
    return _misused(arguments, f"unknown command {name!r} ({cure})")


def _misused(arguments: Sequence[str], message: str) -> int:
    """Say what is wrong with the command line; a monitoring system must not take it for the state of the host."""
    if _is_about_health(arguments):
        return exits.unknown(message)
    exits.say(message)
    return exits.USAGE


def _is_about_health(arguments: Sequence[str]) -> bool:
    return next((word for word in arguments if word in COMMANDS), None) == "health"


def _print_version(arguments: Sequence[str]) -> int:
    if not {"--version", "--verbose"}.issuperset(arguments):
        return _misused(arguments, "--version stands alone, or with --verbose")
    print(f"sttelnet {__version__}")
    if "--verbose" in arguments:
        from sttelnet.cli.versions import versions

        for name, version in versions():
            print(f"{name:<11}{version}")
    return exits.OK


def _keep_printing() -> None:
    """Let a character the console's code page lacks come out as "?" and not as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _give_up_output() -> None:
    """End quietly when the program behind our pipe (`| head`) has ended."""
    # Python flushes standard output once more at exit: give it somewhere to go (docs.python.org, SIGPIPE note).
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
