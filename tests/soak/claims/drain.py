"""A daemon that is told to stop tells everybody, lets transfers end, and has ended in time."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sttelnet.server.clients import FAREWELL
from tests.bench.load import PATIENCE, LoadError, lift_descriptor_limit
from tests.bench.people import Person, gather_people
from tests.bench.process import CHECKOUT, Running, python, running
from tests.bench.table import Amount, Goal
from tests.file_pages import PASSWORD, written
from tests.soak.drain_files import IN, MEMBER, OUT, UNDER_WAY, Transfer, go_on, transfer_of, under_way
from tests.soak.drain_late import PAGE, call_for, findings_of
from tests.soak.finding import CannotTryError, Finding, counted, none_of
from tests.soak.scale import Scale
from tests.soak.site import add_member, faults_in, shipped
from tests.soak.transfers_plan import Way

LIMIT: Final = 12  # seconds, server.drain_timeout
GRACE: Final = 3  # seconds more for what is written at the end
SMALL, LARGE = 1_600_000, 12_000_000  # bytes: what ends in time, and what does not
WHOLE: Final = {Way.DOWN: 4, Way.UP: 2}  # transfers that are small; besides, a large one of each way
CALLS: Final = 24  # while transfers keep the daemon from ending
CALLED_FOR: Final = LIMIT - FAREWELL - 1  # seconds
SPARE: Final = 300  # descriptors
NOTICE: Final = b"going down: goodbye"
NOTICED: Final = 3  # seconds of the countdown
WATCHING: Final = 100  # sessions that see it
WORDS: Final = "A new disk."
ONE: Final = Goal(1, "", at_least=True)
_CONFIG: Final = f"""\
drain_timeout = {LIMIT}

[members]
tries = 100

[files]
disk_reserve = 0

[files.areas.{OUT}]
directory = "{OUT}"
download = "guest"
list = "guest"

[files.areas.{IN}]
directory = "{IN}"
"""


async def drain(scale: Scale, folder: Path) -> list[Finding]:
    """SIGTERM while so many are on, some of them in a transfer; then a stop that is announced."""
    if sys.platform == "win32":
        message = "Windows has no SIGTERM for others; a service is stopped in another way"
        raise CannotTryError(message)
    lift_descriptor_limit(scale.drained + SPARE)
    transfers = _laid_out(folder)
    log, subject = folder / "log", shipped(folder, _CONFIG)
    await add_member(folder, MEMBER, PASSWORD)
    async with running(subject, log) as ours:
        findings = await _stopped(ours, scale.drained, transfers)
    async with running(subject, log) as ours:
        findings += await _gone_on_with(ours.port, [one for one in transfers if not one.over])
        findings += await _counted_down(ours, folder)
    return [*findings, none_of("faults in the daemon's log", len(faults_in(log)))]


def _laid_out(folder: Path) -> list[Transfer]:
    (folder / IN).mkdir()
    transfers = [
        transfer_of(way, name, random.Random(name).randbytes(size), folder / IN)
        for way, count in WHOLE.items()
        for at, size in enumerate([*[SMALL] * count, LARGE])
        for name in [f"{way.value}{at}.bin"]
    ]
    written(folder / OUT, {one.name: one.content for one in transfers if one.way is Way.DOWN})
    return transfers


async def _stopped(ours: Running, count: int, transfers: Sequence[Transfer]) -> list[Finding]:
    """Send SIGTERM, and see how all of them fare."""
    people = await gather_people(ours.port, count, terminal=True, ready=PAGE)
    async with under_way(ours.port, transfers):
        moving = sum(not transfer.over for transfer in transfers)
        for person in people:
            person.text.clear()
        began = time.monotonic()
        ours.process.send_signal(signal.SIGTERM)
        await _first_told(people, NOTICE)
        late, told = await asyncio.gather(call_for(ours.port, CALLED_FOR, CALLS), _told(people))
        status = await _ended(ours)
        took = time.monotonic() - began
    return [
        counted("sessions at SIGTERM", len(people)),
        none_of("… that were not told", len(people) - told),
        Finding("… told within", Amount(max(person.gone_at for person in people) - began, "s")),
        counted("transfers under way at SIGTERM", moving, Goal(len(transfers), "", at_least=True)),
        *(_whole(transfers, way) for way in Way),
        none_of("… said to be whole and not identical", sum(one.over and not one.identical for one in transfers)),
        *findings_of(late, "while it waited for transfers"),
        counted("exit status", status, Goal(0, "")),
        Finding(f"seconds, of {LIMIT} and {GRACE} for the last writes", Amount(took, "s"), Goal(LIMIT + GRACE, "s")),
    ]


def _whole(transfers: Sequence[Transfer], way: Way) -> Finding:
    whole = sum(one.over and one.identical for one in transfers if one.way is way)
    return counted(f"{way.value}s that came to their end, identical", whole, Goal(WHOLE[way], "", at_least=True))


async def _gone_on_with(port: int, broken_off: Sequence[Transfer]) -> list[Finding]:
    """Go on with what was too large."""
    for transfer in broken_off:
        await go_on(port, transfer)
    kept = [one.way for one in broken_off if one.went_on_at >= UNDER_WAY and one.over and one.identical]
    return [
        counted(f"{way.value}s broken off, gone on with after a restart, identical", kept.count(way), ONE)
        for way in Way
    ]


async def _counted_down(ours: Running, folder: Path) -> list[Finding]:
    """Announce a stop, and see who sees it."""
    people = await gather_people(ours.port, WATCHING, terminal=True, ready=PAGE)
    began = time.monotonic()
    await _ctl(folder, "drain", "--in", f"{NOTICED}s", "--message", WORDS)
    notice = f"The service goes down in {NOTICED}s. {WORDS}".encode()
    await _first_told(people, notice)
    late, told = await asyncio.gather(call_for(ours.port, NOTICED / 2, CALLS // 2), _told(people))
    status = await _ended(ours)
    ended = time.monotonic() - began
    seen = sum(notice in person.text and person.text.count(WORDS.encode()) > 1 for person in people)
    soonest = min(person.gone_at for person in people) - began
    return [
        counted(f"sessions at ctl drain --in {NOTICED}s", len(people)),
        none_of("… that did not see how long is left, and the words at the end", len(people) - seen),
        none_of("… that were not told when it was over", len(people) - told),
        Finding("… hung up on no sooner than", Amount(soonest, "s"), Goal(NOTICED, "s", at_least=True)),
        *findings_of(late, "in the countdown"),
        counted("exit status of that", status, Goal(0, "")),
        Finding(
            f"seconds, of {NOTICED} and {GRACE} for the last writes", Amount(ended, "s"), Goal(NOTICED + GRACE, "s")
        ),
    ]


async def _ctl(folder: Path, *words: str) -> None:
    """Tell the daemon something. Raises LoadError."""
    command = python("-m", "sttelnet", "ctl", *words, "--config", str(folder / "config.toml"))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT, stdout=pipe, stderr=pipe)
    said = await process.communicate()
    if process.returncode:
        message = f"ctl {words[0]}: {said!r}"
        raise LoadError(message)


async def _first_told(people: Sequence[Person], words: bytes) -> None:
    async with asyncio.timeout(PATIENCE):
        while not any(words in person.text for person in people):
            await asyncio.sleep(0.02)


async def _told(people: Sequence[Person]) -> int:
    """Return how many are told before they are hung up on."""
    for person in people:
        await person.gone()
    return sum(NOTICE in person.text for person in people)


async def _ended(ours: Running) -> int:
    try:
        async with asyncio.timeout(LIMIT + PATIENCE):
            return await ours.process.wait()
    except TimeoutError:
        message = "the daemon did not end"
        raise LoadError(message) from None
