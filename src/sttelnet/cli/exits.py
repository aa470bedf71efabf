"""Exit statuses, and which of them an exception stands for."""

from __future__ import annotations

import errno
import re
import socket
import sys
from typing import Final

from sttelnet.errors import (
    ConfigError,
    ControlUnavailable,
    HttpUnavailable,
    StoreError,
    SttelnetError,
    TlsUnavailable,
    TreeError,
)

OK: Final = 0
PROBLEMS: Final = 1  # lint found some; smoke failed; a member command was refused
USAGE: Final = 2
UNKNOWN: Final = 3  # of `health`: whatever keeps us from knowing, for who reads its status takes 1 and 2 for the host's
UNAVAILABLE: Final = 69  # sysexits.h EX_UNAVAILABLE: the port is taken, the data cannot be used
CONFIG: Final = 78  # sysexits.h EX_CONFIG: starting again will not help
STATES: Final = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": UNKNOWN}  # of `health`, as of any plugin
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it


def say(message: str) -> None:
    """Tell the person at the console what is wrong."""
    print(f"sttelnet: {message}", file=sys.stderr)


def unknown(reason: str) -> int:
    """Tell a monitoring system, which reads standard output, why nothing is known; return the status that says so."""
    line = "; ".join(filter(None, map(str.strip, reason.splitlines()))).replace("|", "/")
    print("HEALTH UNKNOWN - " + "".join(letter if letter.isprintable() else "?" for letter in line))
    return UNKNOWN


def status_of(error: Exception) -> int | None:
    """Return the status for a deliberate exception or the OS's refusal; None for a bug."""
    match error:
        case ExceptionGroup(exceptions=[only]):  # what ended a TaskGroup
            return status_of(only)
        case ConfigError() | TreeError():
            return CONFIG
        case StoreError() | ControlUnavailable() | HttpUnavailable() | TlsUnavailable() | OSError():
            return UNAVAILABLE
        case SttelnetError():
            return PROBLEMS
        case _:
            return None


def report(error: Exception) -> None:
    """Say what an exception means for the person at the console."""
    match error:
        case ExceptionGroup(exceptions=[only]):
            report(only)
        case ConfigError():
            for problem in error.problems:
                print(problem, file=sys.stderr)
        case OSError(errno=errno.EADDRINUSE):
            say(f"{_address(error)} is taken (is another sttelnet running? --port chooses another)")
        case OSError(errno=errno.EACCES) if error.filename is None:
            say(f"not allowed to listen: {_address(error)} (ports below 1024 are for root; --port chooses another)")
        case OSError(errno=errno.EADDRNOTAVAIL):
            say(f"cannot listen: {_address(error)} is none of this machine's (server.listen names the addresses)")
        case socket.gaierror():
            say(f"cannot listen: {error.strerror} (server.listen has a host name nobody knows)")
        case OSError(filename=str(path), strerror=str(why)):
            say(f"{path}: {why}")
        case _:
            say(str(error))


def _address(error: OSError) -> str:
    """Return "port 6023 of 127.0.0.1" for the address that asyncio names in its words, as a tuple."""
    found = re.search(r"\('([^']*)', (\d+)", error.strerror or "")
    return f"port {found[2]} of {found[1]}" if found else "the port"
