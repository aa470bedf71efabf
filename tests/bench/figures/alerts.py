"""One change of state, told to everybody who is on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.bench.checks import late_within, operator_site
from tests.bench.load import PATIENCE
from tests.bench.people import gather_people
from tests.bench.process import running
from tests.bench.table import Amount, Figure, Goal

HELD_GOAL = Goal(50, "ms")


async def alert(folder: Path, count: int) -> list[Figure]:
    """One change of state, told to so many operators who are on; how long nobody else is served meanwhile."""
    stamp = folder / "stamp"
    async with running(await operator_site(folder, count, stamp)) as server:
        everybody = await gather_people(server.port, count, terminal=True, ready=b"> ")
        for at, person in enumerate(everybody):
            person.send(b"op%d\r\0" % at)
            await person.until(b"hello op%d" % at)
        seen: list[float] = []
        for person in everybody:
            person.text.clear()
            person.listen(b"CRITICAL disk", lambda: seen.append(time.time()))
        [guest] = await gather_people(server.port, 1, terminal=True, ready=b"> ")
        async with late_within(guest, 5.0) as late:
            stamp.touch()
            async with asyncio.timeout(PATIENCE):
                while len(seen) < count:
                    await asyncio.sleep(0.01)
        ended = int(stamp.read_text()) / 1e9
        for person in (guest, *everybody):
            person.hang_up()
    name = f"a change of state on the screens of {count} operators"
    return [
        Figure(f"{name}: the first", Amount(1e3 * (min(seen) - ended), "ms")),
        Figure(f"{name}: the last", Amount(1e3 * (max(seen) - ended), "ms")),
        Figure(f"{name}: nobody else is served for", Amount(1e3 * late[0], "ms"), goal=HELD_GOAL),
    ]
