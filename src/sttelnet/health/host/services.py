"""The services of Windows."""

from __future__ import annotations

import sys

import psutil

from sttelnet.health.figures import Service
from sttelnet.health.host.asking import ask


def read_windows_services() -> tuple[Service, ...]:
    """Return the services of Windows; elsewhere none."""
    if sys.platform == "win32":
        services = ask(lambda: list(psutil.win_service_iter())) or []
        return tuple(
            Service(
                service.name(),
                (ask(service.status) or "?").replace("_", " "),
                False,
                service.display_name() or "",
            )
            for service in services
        )
    return ()
