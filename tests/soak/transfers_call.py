"""One call to the daemon over a bad line, and one file moved in it: what came of that."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sttelnet.zmodem.frames import Frame
from tests.bench.load import LoadError
from tests.bridge import RECEIVES, SENDS
from tests.fault_proxy import Link, proxied
from tests.file_pages import go_to, log_in, mark
from tests.soak.transfers_log import SessionLog, Told
from tests.soak.transfers_plan import Case, Peer, Toxics, Way
from tests.transfer.caller import DATE, Caller, Giving, Taking, calling

MEMBER: Final = "kim"
OUT, IN = "out", "in"  # the areas
MINE, THEIRS = "mine", "theirs"  # where clients receive, and what they send
ENDS_WITHIN: Final = 20.0  # seconds for the daemon to have done with a client that has left
# Seconds for it to have done with one of whom nothing comes: 120 while a person may be choosing a file, and the rest.
ENDS_ALONE_WITHIN: Final = 200.0
LEAVING: Final = 1.0  # seconds from the end of the line to that of the client's program
_SIGHTS: Final = {Way.DOWN: (b"d", SENDS), Way.UP: (b"u", RECEIVES)}
_COMMANDS: Final = {Way.DOWN: ("rz", "-q", "-r"), Way.UP: ("sz", "-q", "-r")}
_ZRPOS: Final = re.compile(rb"\*\*\x18B%02x([0-9a-f]{8})" % Frame.RPOS)


@dataclass(frozen=True, slots=True)
class Site:
    """The daemon that is called."""

    port: int
    log: SessionLog
    folder: Path  # of out and in, and of what the clients have

    def source(self, case: Case) -> Path:
        """Return the file that is sent."""
        return self.folder / (OUT if case.way is Way.DOWN else THEIRS) / case.name

    def arriving(self, case: Case) -> Path:
        """Return where it arrives."""
        return self.folder / (IN if case.way is Way.UP else MINE) / case.name


@dataclass(frozen=True, slots=True)
class Call:
    """What came of a call."""

    finished: bool  # as the client says
    hung: bool  # the client's program did not end by itself
    told: Told | None  # as the daemon says
    broken: bool  # a toxic ended the line
    ended: bool  # the daemon's session, while the client waited or hung up
    offset: int | None  # of the first ZRPOS
    wire: int  # bytes of the direction of the data, from the transfer's beginning on


async def call(site: Site, case: Case, data: Toxics, answers: Toxics) -> Call:
    """Make one. Raises LoadError where it does not come to the transfer."""
    async with _line(site, case) as (caller, link):
        session = await site.log.session(link.port)
        carrying, answering = (link.down, link.up) if case.way is Way.DOWN else (link.up, link.down)
        carrying.poison(*data)
        answering.poison(*answers)
        before = len(carrying.passed), len(answering.passed)
        finished, hung = await _moved(site, case, caller, link, session)
        broken = bool(carrying.ending or answering.ending)
        if finished:
            ended = await _within(ENDS_WITHIN, site.log.has_told(session))
        else:  # a daemon at a half-open line must find out by itself
            ended = link.cut or not broken or await _within(ENDS_ALONE_WITHIN, site.log.has_ended(session))
    ended = await _within(ENDS_WITHIN, site.log.has_ended(session)) and ended
    asked = _ZRPOS.search(answering.passed, before[1])
    return Call(
        finished,
        hung,
        site.log.told.get(session),
        broken,
        ended,
        int.from_bytes(bytes.fromhex(asked[1].decode()), "little") if asked else None,
        len(carrying.passed) - before[0],
    )


@contextlib.asynccontextmanager
async def _line(site: Site, case: Case) -> AsyncIterator[tuple[Caller, Link]]:
    """Call, log in and have the transfer begin, over a line that is good so far."""
    async with proxied(site.port) as proxy, calling(proxy.port, binary=case.binary) as caller:
        try:
            await log_in(caller, MEMBER)
            await go_to(caller, OUT if case.way is Way.DOWN else IN)
            if case.way is Way.DOWN:
                await mark(caller, case.name)
            await caller.invited(*_SIGHTS[case.way])
        except (AssertionError, ConnectionError, TimeoutError) as error:
            message = f"{case}: not even on the way there: {error!r}"
            raise LoadError(message) from error
        caller.terminates = True
        yield caller, proxy.links[0]


async def _within(seconds: float, wait: Awaitable[None]) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await wait
    except TimeoutError:
        return False
    return True


async def _moved(site: Site, case: Case, caller: Caller, link: Link, session: int) -> tuple[bool, bool]:
    """Have the client move the file; return whether it says that it has, and whether it never ended."""
    finished = hung = False
    try:
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(_watched(site.log, caller, link, session))
            finished = await (_by_lrzsz if case.peer is Peer.LRZSZ else _by_us)(site, case, caller)
            watching.cancel()
    except* ConnectionError:
        finished = False
    except* TimeoutError:
        hung = True
    finally:
        await _gone(caller)
    return finished, hung


async def _by_lrzsz(site: Site, case: Case, caller: Caller) -> bool:
    files = [str(site.source(case))] if case.way is Way.UP else []
    outcome = await caller.run([*_COMMANDS[case.way], *files], site.arriving(case).parent)
    return outcome.status == 0


async def _by_us(site: Site, case: Case, caller: Caller) -> bool:
    if case.way is Way.UP:
        giving = Giving([(case.name, case.content())], date=DATE)
        await caller.run_script(giving)
        return giving.arrived == 1
    path = site.arriving(case)
    taking = Taking(halves={case.name.encode(): path.read_bytes()} if path.exists() else {})
    try:
        await caller.run_script(taking)
    finally:
        if taking.dates:  # it was offered
            path.write_bytes(taking.content)
    return case.name.encode() in taking.files


async def _watched(log: SessionLog, caller: Caller, link: Link, session: int) -> None:
    """End the client's program once its line has ended, as a terminal program does."""
    while not link.cut and session not in log.ended:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await log.has_ended(session)
    await asyncio.sleep(LEAVING)
    caller.cut()
    caller.terminate()


async def _gone(caller: Caller) -> None:
    """End the client's program, whatever state it is in."""
    if caller.program is None:
        return
    caller.terminate()
    try:
        async with asyncio.timeout(LEAVING):
            await caller.program.wait()
    except TimeoutError:
        caller.program.kill()
        await caller.program.wait()
