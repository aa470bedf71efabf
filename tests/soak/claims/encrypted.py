"""Sessions over TLS that only stand there cost little memory."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Final

from sttelnet.server.door import spare_memory
from tests.bench.load import Crowd, LoadError, lift_descriptor_limit
from tests.bench.process import running
from tests.bench.table import Amount, Goal
from tests.daemon import free_port
from tests.soak.finding import CannotTryError, Finding, counted, none_of
from tests.soak.scale import Scale
from tests.soak.site import add_certificate, faults_in, standing, tls_config

MEMORY: Final = Goal(100, "KiB")
SPARE: Final = 300  # descriptors
WARM_UP: Final = 20  # connections before the first look at memory
SETTLE: Final = 2.0  # seconds


async def encrypted(scale: Scale, folder: Path) -> list[Finding]:
    """Sessions on the first page that ships, over TLS: memory."""
    try:
        lift_descriptor_limit(scale.encrypted + SPARE)
    except LoadError as error:
        raise CannotTryError(str(error)) from None
    await add_certificate(folder)
    spare_memory()  # of the clients here
    log, port = folder / "log", free_port()
    async with running(standing(folder, f"idle_timeout = 3600\n\n{tls_config(port)}"), log) as ours:
        await _come_and_go(port)
        before = ours.memory()
        crowd = Crowd(port, tls=_trusting())
        took = await crowd.open(scale.encrypted)
        await asyncio.sleep(SETTLE)
        used = ours.memory().per_session(before, scale.encrypted)
        left = sum(caller.hung_up for caller in crowd.callers)
        crowd.close()
    return [
        counted("sessions over TLS on the first page", scale.encrypted),
        Finding("… opened in", Amount(took, "s")),
        none_of("… that were hung up on", left),
        Finding("resident memory of each (RSS)", Amount(used.rss, "KiB"), MEMORY),
        none_of("faults in the daemon's log", len(faults_in(log))),
    ]


async def _come_and_go(port: int) -> None:
    crowd = Crowd(port, tls=_trusting())
    await crowd.open(WARM_UP)
    crowd.close()
    await asyncio.sleep(SETTLE)


def _trusting() -> ssl.SSLContext:
    """Return what takes any certificate: the one here is of this minute."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
