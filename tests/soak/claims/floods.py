"""No client before log-in delays another by more than 100 ms."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from tests.bench.load import PATIENCE, LoadError, Talk
from tests.bench.process import CHECKOUT, Running, python, running
from tests.bench.table import Amount, Goal
from tests.soak.delay import control_process, delays, least_excess
from tests.soak.finding import Finding, counted, none_of
from tests.soak.hostile import KINDS
from tests.soak.hostile_site import open_to_all
from tests.soak.hostile_streams import STREAMS, Door, door_of
from tests.soak.scale import Scale
from tests.soak.site import faults_in

LONGEST: Final = Goal(100, "ms")
HEAD_START: Final = 0.3  # seconds for the flood to stand
ECHO: Final = Talk(b"ping\r\n", b"echo: ping")
LEAST_SIGNS: Final = 2  # answers that show that a kind is what its name says


async def floods(scale: Scale, folder: Path) -> list[Finding]:
    """Kinds of hostile clients, one after the other, and what a bystander waits while each is there."""
    log = folder / "log"
    kinds = KINDS[:: scale.every_flood]
    site = await open_to_all(folder)
    async with running(site.subject, log) as ours, control_process() as control:
        ports = {Door.TELNET: ours.port, Door.TLS: site.tls, Door.HTTP: site.http}
        waits = [await _bothered(kind, ports, control, scale.flood) for kind in kinds]
        alive = ours.process.returncode is None
    return [
        counted(f"kinds of hostile clients, of {len(KINDS)}", len(kinds)),
        *waits,
        none_of("ends of the daemon", int(not alive)),
        none_of("faults in the daemon's log", len(faults_in(log))),
    ]


async def _bothered(kind: str, ports: Mapping[Door, int], control: Running, seconds: float) -> Finding:
    async def measure() -> tuple[list[float], list[float]]:
        async with _hostile(kind, ports[door_of(kind)], seconds + 2 * HEAD_START):
            return await delays((ports[Door.TELNET], control.port), (ECHO, ECHO), seconds)

    excess = await least_excess(LONGEST.limit / 1e3, measure)
    return Finding(f"longest wait of others by: {kind}", Amount(1e3 * excess, "ms"), LONGEST)


@contextlib.asynccontextmanager
async def _hostile(kind: str, port: int, seconds: float) -> AsyncIterator[None]:
    """Have a hostile client there. Raises LoadError where it did not do what its name says."""
    command = python("-m", "tests.soak.hostile", kind, str(port), str(seconds))
    process = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            await process.stdout.readline()
        await asyncio.sleep(HEAD_START)
        yield
        async with asyncio.timeout(seconds + PATIENCE):
            _look_at(kind, await process.stdout.readline())
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        async with asyncio.timeout(PATIENCE):
            await process.wait()


def _look_at(kind: str, said: bytes) -> None:
    taken, signs = map(int, said.split() or (b"0", b"0"))
    stream = STREAMS.get(kind)
    if not taken or (signs < LEAST_SIGNS and (stream is None or stream().sign)):
        message = f"the hostile client {kind!r} was none: {taken} taken, {signs} answers of its kind"
        raise LoadError(message)
