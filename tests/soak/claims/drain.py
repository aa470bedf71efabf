"""A daemon that is told to stop tells everybody, lets transfers end, and has ended in time."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.load import PATIENCE, LoadError, lift_descriptor_limit
from tests.bench.people import Person, gather_people
from tests.bench.process import Running, running
from tests.bench.table import Amount, Goal
from tests.bridge import SENDS
from tests.fault_proxy import proxied
from tests.file_pages import go_to, mark, written
from tests.soak.finding import CannotTryError, Finding, counted, none_of
from tests.soak.scale import Scale
from tests.soak.site import faults_in, shipped
from tests.toxics import Bandwidth
from tests.transfer.caller import Caller, Taking, calling

LIMIT: Final = 12  # seconds, server.drain_timeout
GRACE: Final = 3  # seconds more for what is written at the end
RATE: Final = 400_000  # bytes a second of each line
SMALL, LARGE = 1_600_000, 60_000_000  # bytes: what ends in time, and what does not
TRANSFERS: Final = 5  # the last one is too large
UNDER_WAY: Final = 100_000  # bytes that have come before the daemon is told to stop
SPARE: Final = 300  # descriptors
NOTICE: Final = b"going down: goodbye"
PAGE: Final = b"Your choice: "
_CONFIG: Final = f"""\
drain_timeout = {LIMIT}

[files.areas.out]
directory = "out"
download = "guest"
list = "guest"
"""


@dataclass(slots=True)
class Download:
    """One transfer."""

    name: str
    content: bytes
    script: Taking
    over: bool = False  # the client has the whole file


async def drain(scale: Scale, folder: Path) -> list[Finding]:
    """SIGTERM while so many are on, five of them in a transfer."""
    if sys.platform == "win32":
        message = "Windows has no SIGTERM for others; a service is stopped in another way"
        raise CannotTryError(message)
    lift_descriptor_limit(scale.drained + SPARE)
    contents = {name: random.Random(name).randbytes(size) for name, size in _FILES.items()}
    written(folder / "out", contents)
    log = folder / "log"
    async with running(shipped(folder, _CONFIG), log) as ours:
        people = await gather_people(ours.port, scale.drained, terminal=True, ready=PAGE)
        async with _downloads(ours.port, contents) as downloads:
            for person in people:
                person.text.clear()
            began = time.monotonic()
            ours.process.send_signal(signal.SIGTERM)
            told, let_in = await asyncio.gather(_told(people), _let_in(ours.port))
            status = await _ended(ours)
            took = time.monotonic() - began
    whole = sum(download.over and download.script.content == download.content for download in downloads)
    return [
        counted("sessions at SIGTERM", len(people)),
        none_of("… that were not told", len(people) - told),
        Finding("… told within", Amount(_last_told(people, began), "s")),
        counted("transfers that came to their end, identical", whole, Goal(TRANSFERS - 1, "", at_least=True)),
        none_of("… said to be whole and not identical", sum(d.over for d in downloads) - whole),
        none_of("who came meanwhile and was let in", let_in),
        counted("exit status", status, Goal(0, "")),
        Finding(f"seconds, of {LIMIT} and {GRACE} for the last writes", Amount(took, "s"), Goal(LIMIT + GRACE, "s")),
        none_of("faults in the daemon's log", len(faults_in(log))),
    ]


_FILES: Final = {f"file{at}.bin": SMALL if at < TRANSFERS else LARGE for at in range(1, TRANSFERS + 1)}


@contextlib.asynccontextmanager
async def _downloads(port: int, contents: dict[str, bytes]) -> AsyncIterator[list[Download]]:
    """Have a transfer of each file under way, over a slow line; wait for their ends behind the block."""
    downloads = [Download(name, content, Taking()) for name, content in contents.items()]
    async with proxied(port, down=[Bandwidth(RATE)]) as proxy, asyncio.TaskGroup() as tasks:
        for download in downloads:
            tasks.create_task(_download(proxy.port, download))
        async with asyncio.timeout(PATIENCE):
            while any(len(download.script.content) < UNDER_WAY for download in downloads):
                await asyncio.sleep(0.05)
        yield downloads


async def _download(port: int, download: Download) -> None:
    async with calling(port) as caller:
        await _invited(caller, download.name)
        with contextlib.suppress(ConnectionError, TimeoutError, EOFError):  # the one that is broken off
            await caller.run_script(download.script)
            download.over = download.name.encode() in download.script.files


async def _invited(caller: Caller, name: str) -> None:
    await go_to(caller, "out")
    await mark(caller, name)
    await caller.invited(b"d", SENDS)


async def _told(people: Sequence[Person]) -> int:
    """Return how many are told before they are hung up on."""
    for person in people:
        await person.gone()
    return sum(NOTICE in person.text for person in people)


def _last_told(people: Sequence[Person], began: float) -> float:
    return max(person.gone_at for person in people) - began


async def _let_in(port: int) -> int:
    """Come while the daemon stops; return whether it lets anybody in."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return 0
    try:
        async with asyncio.timeout(PATIENCE):
            return int(PAGE in await reader.read())
    finally:
        writer.close()


async def _ended(ours: Running) -> int:
    try:
        async with asyncio.timeout(LIMIT + PATIENCE):
            return await ours.process.wait()
    except TimeoutError:
        message = "the daemon did not end"
        raise LoadError(message) from None
