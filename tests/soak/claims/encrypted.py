"""Sessions over TLS that only stand there cost little memory."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

from sttelnet.server.door import spare_memory
from tests.bench.process import running
from tests.bench.table import Goal
from tests.daemon import free_port
from tests.soak.crowded import crowded, make_room
from tests.soak.finding import Finding, none_of
from tests.soak.scale import Scale
from tests.soak.site import add_certificate, faults_in, standing, tls_config

MEMORY: Final = Goal(100, "KiB")


async def encrypted(scale: Scale, folder: Path) -> list[Finding]:
    """Sessions on the first page that ships, over TLS: memory."""
    make_room(scale.encrypted)
    await add_certificate(folder)
    spare_memory()  # of the clients here
    log, port = folder / "log", free_port()
    async with (
        running(standing(folder, f"idle_timeout = 3600\n\n{tls_config(port)}"), log) as ours,
        crowded(ours, scale.encrypted, port, _trusting()) as stood,
    ):
        pass
    return [
        *stood.findings("sessions over TLS on the first page", MEMORY),
        none_of("faults in the daemon's log", len(faults_in(log))),
    ]


def _trusting() -> ssl.SSLContext:
    """Return what takes any certificate: the one here is of this minute."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
