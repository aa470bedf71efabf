"""Files on their way, both ways, when a daemon is told to stop; and what is left of them when there is one again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sttelnet.zmodem import Data
from tests.bench.load import PATIENCE
from tests.fault_proxy import proxied
from tests.file_pages import go_to, log_in, mark
from tests.soak.transfers_plan import Way
from tests.toxics import Bandwidth
from tests.transfer.caller import Caller, Giving, Taking, calling

MEMBER: Final = "kim"  # of a guest's upload no half is kept
OUT, IN = "out", "in"  # the areas
RATE: Final = 400_000  # bytes a second of each line
UNDER_WAY: Final = 100_000  # bytes that have come before the daemon is told to stop


@dataclass(slots=True)
class Transfer:
    """One file, and what has come of it."""

    way: Way
    name: str
    content: bytes
    folder: Path  # where it arrives, if it is an upload
    script: Taking | Giving
    over: bool = False  # as the client says, the whole file has been moved
    went_on_at: int = 0  # where it began, the last time

    @property
    def moved(self) -> int:
        """Bytes so far."""
        return len(self.script.content) if isinstance(self.script, Taking) else self.script.supplied

    @property
    def identical(self) -> bool:
        """Whether the whole file has arrived as it is."""
        if isinstance(self.script, Taking):
            return self.script.content == self.content
        path = self.folder / self.name
        return path.exists() and path.read_bytes() == self.content


def transfer_of(way: Way, name: str, content: bytes, folder: Path) -> Transfer:
    """Return a transfer that has not begun."""
    return Transfer(way, name, content, folder, Taking() if way is Way.DOWN else Giving([(name, content)]))


@contextlib.asynccontextmanager
async def under_way(port: int, transfers: Sequence[Transfer]) -> AsyncIterator[None]:
    """Have all of them under way, over slow lines; wait for their ends behind the block."""
    all_there = asyncio.Barrier(len(transfers))
    slow = [Bandwidth(RATE)]
    async with proxied(port, up=slow, down=slow) as proxy, asyncio.TaskGroup() as tasks:
        for transfer in transfers:
            tasks.create_task(_move(proxy.port, transfer, all_there))
        async with asyncio.timeout(PATIENCE):
            while any(transfer.moved < UNDER_WAY for transfer in transfers):
                await asyncio.sleep(0.05)
        yield


async def _move(port: int, transfer: Transfer, all_there: asyncio.Barrier) -> None:
    async with calling(port) as caller:
        await _find_the_way(caller, transfer)
        await all_there.wait()  # a log-in takes its time, and none is to end before the others begin
        with contextlib.suppress(ConnectionError, TimeoutError, EOFError):  # those that are broken off
            await _run(caller, transfer)


async def go_on(port: int, transfer: Transfer) -> None:
    """Move what is missing of a file, over a line that is good."""
    if isinstance(transfer.script, Taking):
        transfer.script = Taking(halves={transfer.name.encode(): bytes(transfer.script.content)})
    else:
        transfer.script = Giving([(transfer.name, transfer.content)])
    async with calling(port) as caller:
        await _find_the_way(caller, transfer)
        await _run(caller, transfer)


async def _find_the_way(caller: Caller, transfer: Transfer) -> None:
    if transfer.way is Way.DOWN:
        await go_to(caller, OUT)
        await mark(caller, transfer.name)
    else:
        await log_in(caller, MEMBER)
        await go_to(caller, IN)


async def _run(caller: Caller, transfer: Transfer) -> None:
    match transfer.script:
        case Taking() as taking:
            await caller.take(taking)
            transfer.over = transfer.name.encode() in taking.files
            transfer.went_on_at = next((event.offset for event in taking.events if isinstance(event, Data)), 0)
        case Giving() as giving:
            await caller.give(giving)
            transfer.over = giving.arrived == 1
            transfer.went_on_at = giving.started[0] if giving.started else 0
