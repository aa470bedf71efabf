"""The host's services: systemd's units through systemctl, Windows' through its service manager.

Blocks, so it runs in a lane's thread.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from typing import Final

from sttelnet.health.figures import Service
from sttelnet.health.host import read_windows_services

LIMIT_SECONDS: Final = 5.0
LIMIT_BYTES: Final = 256 * 1024  # about 2,000 units
_ARGUMENTS = (
    "list-units",
    "--type=service",
    "--all",
    "--full",
    "--no-pager",
    "--plain",
    "--no-legend",
)


def read_services() -> tuple[Service, ...] | None:
    """Return the services, failed ones first; none at all where this host has no service manager we know.

    None means that the service manager did not answer.
    """
    if sys.platform == "win32":
        return ranked(read_windows_services())
    systemctl = shutil.which("systemctl")
    # sd_booted(3): this directory is how one knows that systemd runs the host.
    if systemctl is None or not os.path.isdir("/run/systemd/system"):
        return ()
    output = run((systemctl, *_ARGUMENTS), LIMIT_SECONDS, LIMIT_BYTES)
    return None if output is None else ranked(parse_units(output))


def parse_units(output: bytes) -> tuple[Service, ...]:
    """Read what `systemctl list-units --plain --no-legend` prints: UNIT LOAD ACTIVE SUB DESCRIPTION."""
    lines = output.decode("utf-8", "replace").splitlines()
    services = (_unit(line.split(maxsplit=4)) for line in lines)
    return tuple(service for service in services if service)


def ranked(services: tuple[Service, ...]) -> tuple[Service, ...]:
    """Return the services, failed ones first, then by name."""
    return tuple(sorted(services, key=lambda service: (not service.failed, service.name.casefold())))


def run(command: tuple[str, ...], seconds: float, most: int) -> bytes | None:
    """Return what a command writes, cut after `most` bytes; None where it fails or takes too long."""
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed command, nothing in it comes from a client
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C", "SYSTEMD_COLORS": "0"},
        )
    except OSError:
        return None
    with process:
        timer = threading.Timer(seconds, process.kill)
        timer.daemon = True
        timer.start()
        output = process.stdout.read(most) if process.stdout else b""
        was_cut = len(output) == most
        if was_cut:
            process.kill()
            output = output[: output.rfind(b"\n") + 1]
        status = process.wait()
        timer.cancel()
    return output if status == 0 or was_cut else None


def _unit(fields: list[str]) -> Service | None:
    if len(fields) < 4 or fields[1] == "not-found":  # units that others name but nobody installed
        return None
    unit, _, active, sub = fields[:4]
    description = fields[4] if len(fields) == 5 else ""
    return Service(unit.removesuffix(".service"), sub, active == "failed", description)
