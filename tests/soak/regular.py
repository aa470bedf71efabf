"""A member who logs in, reads pages and leaves, again and again.

    python -m tests.soak.regular HOST PORT SOURCE NAME SECONDS

Prints what each log-in took, from the call to the first page of a member, as JSON. What goes wrong is exit status 1.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Final

from tests.bench.people import TERMINAL, Person
from tests.soak.visits import BROWSE, LOG_IN, enter

PAUSE: Final = 0.2  # seconds between two visits


async def visits(place: tuple[str, int], source: str, name: str, seconds: float) -> list[float]:
    """Visit for so long, once at least; return the seconds each log-in took. Raises LoadError, OSError."""
    took: list[float] = []
    until = time.monotonic() + seconds
    while not took or time.monotonic() < until:
        took.append(await _visit(place, source, name))
        await asyncio.sleep(PAUSE)
    return took


async def _visit(place: tuple[str, int], source: str, name: str) -> float:
    began = time.monotonic()
    _, person = await asyncio.get_running_loop().create_connection(Person, *place, local_addr=(source, 0))
    person.send(TERMINAL)
    try:
        await person.until(b"Your choice: ")
        for entered, expected in LOG_IN:
            await enter(person, entered.replace(b"%s", name.encode()), expected)
        took = time.monotonic() - began
        for entered, expected in BROWSE:
            await enter(person, entered, expected)
        person.send(b"q")
        await person.gone()
    finally:
        person.hang_up()
    return took


if __name__ == "__main__":
    host, port, source, name, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(visits((host, int(port)), source, name, float(seconds)))))
