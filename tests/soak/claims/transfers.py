"""Transfers survive bad lines: what arrives is what was sent, and what was cut off is gone on with."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil

from tests.bench.load import LoadError
from tests.bench.process import descriptors_of, running
from tests.bench.table import Amount, Goal
from tests.file_pages import PASSWORD, written
from tests.soak.finding import CannotTryError, Finding, counted, none_of
from tests.soak.scale import Scale
from tests.soak.site import add_member, faults_in, shipped
from tests.soak.transfers_call import IN, MEMBER, MINE, OUT, THEIRS, Site, call
from tests.soak.transfers_log import SessionLog
from tests.soak.transfers_plan import Case, Peer, Way, planned
from tests.soak.transfers_tally import Tally

AT_ONCE: Final = 8  # transfers
WAITING: Final = 32  # besides, half-open ones: next to nothing happens in them
WARM_UP: Final = [replace(planned(9000), number=9000 + at, way=way, peer=Peer.OURS) for at, way in enumerate(Way)]
MOST_THREADS: Final = Goal(14, "")  # the pools of the event loop and of handlers fill as they are needed
# Of a line that is half open the daemon's limit for idle clients, where it is shorter than the 5 seconds between its
# looks at a transfer, breaks the transfer off; where it is longer, ZModem's own 15 seconds do, and then it the session.
SHORT_LIMIT, LONG_LIMIT = 4, 8
MANY: Final = 100  # transfers
_CONFIG: Final = """\
idle_timeout = {limit}
send_timeout = {limit}

[members]
tries = 100

[files]
disk_reserve = 0

[files.areas.{out}]
directory = "{out}"

[files.areas.{inward}]
directory = "{inward}"
"""


async def transfers(scale: Scale, folder: Path) -> list[Finding]:
    """Move so many files, over lines that are cut, reset, half open, noisy, slow."""
    _need_lrzsz()
    began = time.monotonic()
    cases = [planned(number) for number in range(scale.transfers)]
    log = folder / "daemon.log"
    _lay_out(folder, cases)
    limit = LONG_LIMIT if len(cases) >= MANY else SHORT_LIMIT
    subject = shipped(folder, _CONFIG.format(limit=limit, out=OUT, inward=IN))
    await add_member(folder, MEMBER, PASSWORD)
    async with running(subject, log) as daemon:
        site = Site(daemon.port, SessionLog(log), folder)
        process = psutil.Process(daemon.pid)
        await _warm_up(site)
        before = descriptors_of(process), process.num_threads()
        tally = await _tried(site, cases)
        await asyncio.sleep(1)
        after = descriptors_of(process), process.num_threads()
    faults = faults_in(log)
    for remark in (*tally.remarks, *faults):
        print(remark, file=sys.stderr)
    return [
        *tally.findings(),
        none_of("sessions left", site.log.open),
        none_of("descriptors more", max(0, after[0] - before[0])),
        counted("threads more", max(0, after[1] - before[1]), MOST_THREADS),
        none_of("faults in the log", len(faults)),
        Finding("taken", Amount(time.monotonic() - began, "s")),
    ]


def _need_lrzsz() -> None:
    if not (shutil.which("sz") and shutil.which("rz")):
        message = "lrzsz is not installed"
        raise LoadError(message) if os.environ.get("REQUIRE_PEERS") == "1" else CannotTryError(message)


def _lay_out(folder: Path, cases: Sequence[Case]) -> None:
    """Write the files where they are sent from."""
    for name in (OUT, IN, MINE, THEIRS):
        (folder / name).mkdir()
    for case in (*cases, *WARM_UP):
        written(folder / (OUT if case.way is Way.DOWN else THEIRS), {case.name: case.content()})


async def _warm_up(site: Site) -> None:
    """Have made what is made on first use, so that it is not counted as left over."""
    for case in WARM_UP:
        await call(site, case, (), ())


async def _tried(site: Site, cases: Sequence[Case]) -> Tally:
    tally = Tally(site)
    places = {False: asyncio.Semaphore(AT_ONCE), True: asyncio.Semaphore(WAITING)}

    async def one(case: Case) -> None:
        async with places[case.half_open]:
            await tally.tries(case)

    async with asyncio.TaskGroup() as tasks:
        for case in sorted(cases, key=lambda case: not case.half_open):  # they take longest
            tasks.create_task(one(case))
    return tally
