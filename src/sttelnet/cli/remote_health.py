"""`sttelnet health --host`: how another host is, asked over telnet.

Blocking sockets and no event loop: this starts anew for every look a monitoring system takes.
"""

from __future__ import annotations

import json
import re
import sys
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sttelnet.charset import one_line
from sttelnet.cli import exits
from sttelnet.cli.call import Answer, Target, Unknown, call

LONGEST_SECRET: Final = 1024  # bytes
LONGEST_REASON: Final = 300  # characters

_NO_TOKEN: Final = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True)
class Found:
    """What is printed, and the exit status."""

    text: str
    status: int


def ask(options: Namespace) -> Found:
    """Ask the host. Never raises for what it does: then the state is UNKNOWN, and the line says why."""
    try:
        return _found(options, call(_target(options), [*_log_in(options), _question(options)]))
    except Unknown as reason:
        return Found(unknown_line(str(reason)), exits.UNKNOWN)


def unknown_line(reason: str) -> str:
    """Return the plugin's line for a state that cannot be told."""
    return f"HEALTH UNKNOWN - {one_line(reason)[:LONGEST_REASON]}".replace("|", "/")


def _target(options: Namespace) -> Target:
    return Target(options.host, options.port, options.timeout, options.tls, options.cafile, options.insecure)


# -- what is asked


def _log_in(options: Namespace) -> list[str]:
    """Return the command that logs in, if any. Raises Unknown."""
    if options.token_file:
        token = _first_line(options.token_file).strip()
        if not token or _NO_TOKEN.search(token):
            message = f"{options.token_file}: no token in its first line"
            raise Unknown(message)
        return [f"/token {token}"]
    if options.user:
        password = _first_line(options.password_file)
        if not password or not (options.user + password).isprintable() or " " in options.user:
            message = f"--user, or the first line of {options.password_file}, is no name or password"
            raise Unknown(message)
        return [f"/auth {options.user} {password}"]
    return []


def _first_line(name: str) -> str:
    try:
        if name == "-":
            data = sys.stdin.buffer.readline(LONGEST_SECRET + 2)
        else:
            with Path(name).open("rb") as file:
                data = file.readline(LONGEST_SECRET + 2)
    except (OSError, ValueError) as error:
        raise Unknown(f"{name}: {getattr(error, 'strerror', None) or error}") from None
    line = data.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
    if len(line) > LONGEST_SECRET:
        raise Unknown(f"{name}: its first line is too long")
    return line.decode("utf-8", "replace")


def _question(options: Namespace) -> str:
    name = options.name or ""
    if not name.isprintable() or "--" in name:
        raise Unknown(f"{name!r} is no name of anything that is watched")
    return " ".join(filter(None, ("/health", name, "--json" if options.json else "")))


# -- what it means


def _found(options: Namespace, answer: Answer) -> Found:
    if answer.code not in exits.STATES.values() or not answer.body:
        raise Unknown(answer.words or f"{options.host} answers {answer.code} and nothing else")
    if not options.json:
        return Found(answer.body.removesuffix("\n"), answer.code)
    try:
        told: Any = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Unknown(f"{options.host} answers something else than JSON") from None
    return Found(json.dumps(told, indent=2), answer.code)
