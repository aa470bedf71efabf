"""A full disk is survived: a real one, with the database, the files and, of the second daemon, the log on it."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.bench.load import LoadError
from tests.bench.process import Running, Subject, running
from tests.bench.table import Amount, Goal
from tests.soak.disk_books import Books
from tests.soak.disk_visit import AREA, Emergency
from tests.soak.finding import Finding
from tests.soak.scale import Scale
from tests.soak.site import shipped
from tests.soak.small_disk import SmallDisk, small_disk

SIZE: Final = 8 << 20  # bytes
ENDS_WITHIN: Final = 30.0  # seconds
UNUSABLE: Final = 69  # the exit status where the data cannot be used
SOON: Final = Goal(10, "s")
_LOG: Final = "log"
_CONFIG: Final = """\

[data]
directory = "{disk}"
files = "{disk}/files"

[members]
registration = "open"
tries = 100

[people]
mailbox = 1000

[files]
disk_reserve = 0

[files.areas.{area}]
directory = "{disk}/area"

[audit]
file = "audit.jsonl"

[checks.beat]
use = "uptime"
interval = 1
"""


async def disk(scale: Scale, folder: Path) -> list[Finding]:
    """Fill the disk under a daemon, give the room back, over and over; then stop it while it is full."""
    books = Books()
    for log_on_it in (False, True):
        place = folder / ("log-on-it" if log_on_it else "log-elsewhere")
        place.mkdir()
        async with small_disk(place / "disk", SIZE) as small:
            site = _site(place, small)
            await _filled_and_freed(site, small, books, place, scale.full_disks, log_on_it=log_on_it)
            if log_on_it:
                await _stopped_while_full(site, small, books)
    for remark in books.remarks:
        print(remark, file=sys.stderr)
    return [*books.findings(), Finding("seconds until all worked again", Amount(max(books.seconds), "s"), SOON)]


def _site(place: Path, small: SmallDisk) -> Subject:
    for name in ("files", "area"):
        (small.outside / name).mkdir()
    return shipped(place, _CONFIG.format(disk=small.path, area=AREA))


async def _filled_and_freed(
    site: Subject, small: SmallDisk, books: Books, place: Path, times: int, *, log_on_it: bool
) -> None:
    subject = replace(site, command=small.inside(*site.command, log=_LOG if log_on_it else ""))
    log = small.outside / _LOG if log_on_it else place / _LOG
    async with running(subject, None if log_on_it else log) as daemon:
        emergency = Emergency(daemon.port, small, books)
        await emergency.settle_in()
        for number in range(times):
            await emergency.once(number)
        books.take("daemons that went on without a restart", daemon.process.returncode is None)
        books.take("exit status 0 at SIGTERM", await _ended(daemon) == 0)
    await _looked_at(site, small, books)
    books.look_at_log(log.read_bytes())


async def _stopped_while_full(site: Subject, small: SmallDisk, books: Books) -> None:
    """A daemon stops in order on a full disk, with its log there; one that starts there says why it does not."""
    logging = replace(site, command=small.inside(*site.command, log=_LOG))
    async with running(logging) as daemon:
        emergency = Emergency(daemon.port, small, books)
        small.fill()
        await emergency.press_until_full()
        books.take("exit status 0 at SIGTERM on a full disk", await _ended(daemon) == 0)
    await _start_is_refused(site, small, books)
    small.free()
    async with running(logging) as daemon:
        await Emergency(daemon.port, small, books).settle_in("first")
        books.take("exit status 0 at SIGTERM after that", await _ended(daemon) == 0)
    await _looked_at(site, small, books)


async def _start_is_refused(site: Subject, small: SmallDisk, books: Books) -> None:
    """Whether it starts depends on what SQLite can still write; where it does not, a sentence says why."""
    try:
        async with running(replace(site, command=small.inside(*site.command))) as daemon:
            books.take("starts on a full disk that serve, or say why not", await _ended(daemon) == 0)
    except LoadError as error:
        said = "the disk is full" in str(error) or "No space left" in str(error)
        books.take("starts on a full disk that serve, or say why not", said, str(error))


async def _looked_at(site: Subject, small: SmallDisk, books: Books) -> None:
    """Look at what is on the disk now, from inside."""
    config = site.command[-2:]
    verified = await _told_by(small.inside(sys.executable, "-m", "sttelnet", "audit", "verify", *config))
    books.take("audits that `sttelnet audit verify` finds whole", verified[0] == 0, verified[1])
    program = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchone())"
    whole = await _told_by(small.inside(sys.executable, "-c", program, str(small.path / "sttelnet.db")))
    books.take("databases whose integrity_check is ok", whole == (0, "ok\n"), whole[1])
    show = ("audit", "show", "--json", "-n", "1000000", *config)
    books.close((await _told_by(small.inside(sys.executable, "-m", "sttelnet", *show)))[1])


async def _told_by(command: tuple[str, ...]) -> tuple[int, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    async with asyncio.timeout(ENDS_WITHIN):
        said, _ = await process.communicate()
    return process.returncode or 0, said.decode(errors="replace")


async def _ended(daemon: Running) -> int:
    """Stop it as a service manager does; return its exit status."""
    daemon.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(ENDS_WITHIN):
        return await daemon.process.wait()
