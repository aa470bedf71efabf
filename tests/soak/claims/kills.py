"""Nothing that was acknowledged is lost when the daemon is killed."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, Final

from tests.bench.load import LoadError
from tests.bench.process import Running, Subject, running
from tests.bench.table import Amount
from tests.soak.finding import Finding, counted, none_of
from tests.soak.kills_clients import OPERATOR, PASSWORD, acknowledge, register, upload, watch
from tests.soak.kills_ledger import DOWN, FLIPS, Ledger
from tests.soak.scale import Scale
from tests.soak.site import add_member, faults_in, shipped

SEED: Final = 1
SOONEST, LATEST = 0.3, 1.8  # seconds from the start of the clients to the kill
AT_ONCE: Final = 2  # who register, and who upload
ENDS_WITHIN: Final = 20.0  # seconds for a client whose daemon is dead
# What a client says whose daemon has been killed.
_CUT_OFF: Final = (ConnectionError, LoadError, AssertionError, EOFError, TimeoutError)
_CONFIG: Final = f"""\
name = "soak"

[members]
registration = "open"
tries = 100

[files]
disk_reserve = 0

[files.areas.in]
directory = "in"
list = "guest"
upload = "guest"

[checks.{FLIPS}]
command = ["sh", "-c", "cat state; exit $(cut -c1 state)"]
interval = 1
retries = 1

[checks.{DOWN}]
command = ["sh", "-c", "echo down; exit 2"]
interval = 1
retries = 1
"""


async def kills(scale: Scale, folder: Path) -> list[Finding]:
    """Kill the daemon, over and over, while members register, write, upload, and checks change."""
    chance, log = random.Random(SEED), folder / "log"
    (folder / "in").mkdir()
    subject = shipped(folder, _CONFIG)
    _flip(folder, 0)
    await add_member(folder, OPERATOR, PASSWORD, "operator")
    ledger = Ledger(folder / "sttelnet.db", folder / "in")
    members, files = (map(form.format, itertools.count()) for form in ("m{:06}", "{:06}.bin"))
    slowest = 0.0
    for number in range(scale.kills):
        async with running(subject, log) as daemon:
            slowest = max(slowest, daemon.started_in)
            await asyncio.to_thread(ledger.verify)
            _flip(folder, state := (0, 2)[number % 2], ledger)
            at_once = asyncio.Event()
            clients = _clients(daemon.port, ledger, members, files, number, state, at_once)
            await _until_killed(daemon, clients, chance.uniform(SOONEST, LATEST), at_once if number % 4 > 1 else None)
    await _come_back(subject, log, ledger)
    for line in ledger.broken[:10]:
        print(f"kills: {line}", file=sys.stderr)
    told = {"members": len(ledger.members), "messages": len(ledger.messages), "uploads": len(ledger.uploads)}
    told |= {"check changes": ledger.changes, "acknowledgements": ledger.acknowledged}
    return [
        counted("kill -9", scale.kills),
        *(counted(f"{kind} that were told to be done", count) for kind, count in told.items()),
        *(none_of(f"lost of {kind}", ledger.lost[kind]) for kind in (*told, "audit rows", "check states")),
        none_of("files offered that are not whole", ledger.lost["files offered that are not whole"]),
        none_of("faults of the database or of the audit's chain", len(ledger.broken)),
        Finding("slowest start", Amount(slowest, "s")),
        none_of("faults in the daemon's log", len(faults_in(log))),
    ]


def _flip(folder: Path, state: int, ledger: Ledger | None = None) -> None:
    """Have the check be in another state; until it is told it may be either."""
    if ledger is not None:
        ledger.state = None
    fresh = folder / "state.new"
    fresh.write_text(f"{state} is the state\n", encoding="utf-8")
    fresh.replace(folder / "state")


Client = Coroutine[Any, Any, None]


def _clients(
    port: int,
    ledger: Ledger,
    members: Iterator[str],
    files: Iterator[str],
    number: int,
    state: int,
    told: asyncio.Event,
) -> list[Client]:
    return [
        *(register(port, members, ledger) for _ in range(AT_ONCE)),
        *(upload(port, files, ledger) for _ in range(AT_ONCE)),
        watch(port, state, ledger, told),
        acknowledge(port, f"round {number}", ledger),
    ]


async def _until_killed(daemon: Running, clients: list[Client], seconds: float, at_once: asyncio.Event | None) -> None:
    """Let them have the daemon for so long, or until that event. Whoever fails before it is killed fails the claim."""
    killed = False

    async def one(client: Client) -> None:
        try:
            await client
        except _CUT_OFF:
            if not killed:
                raise

    async with asyncio.timeout(LATEST + ENDS_WITHIN), asyncio.TaskGroup() as tasks:
        for client in clients:
            tasks.create_task(one(client))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LATEST if at_once else seconds):
                await (at_once or asyncio.Event()).wait()
        killed = True
        daemon.process.kill()
        await daemon.process.wait()


async def _come_back(subject: Subject, log: Path, ledger: Ledger) -> None:
    """Start once more and look at everything, also through the door: one that was registered logs in."""
    async with running(subject, log) as daemon:
        await asyncio.to_thread(ledger.verify)
        await acknowledge(daemon.port, "the end", ledger)
        daemon.process.terminate()
        if await daemon.process.wait():
            message = f"the last daemon ended with {daemon.process.returncode}"
            raise LoadError(message)
