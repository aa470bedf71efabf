"""What it costs to look at many checks: the page that lists them, /healthz and /metrics."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path
from typing import Final

from tests.bench.checks import check_site, late_within, scraped_site
from tests.bench.load import LoadError, quantile
from tests.bench.people import Person, gather_people
from tests.bench.process import Running, running
from tests.bench.table import Amount, Figure, Goal

INTERVAL: Final = 10.0  # seconds over which the first runs are spread
LISTED: Final = 200  # checks on the page
DRAWN: Final = 50  # times the page is drawn
ONLOOKERS: Final = 100
REFRESH: Final = 5.0  # seconds: the page's own
SCRAPED, VALUES = 500, 10  # checks, and values of each
FETCHED: Final = 10
PAGE_GOAL, HELD_GOAL = Goal(20, "ms"), Goal(20, "ms")
_ROOT, _PAGE = b"Terminal xterm", b"By name"  # what the two pages end with


async def page(folder: Path) -> list[Figure]:
    """The page of health with many checks, from the key to its last row; and drawn again for those who have it open."""
    async with running(check_site(folder, LISTED, 3600.0)) as server:
        await asyncio.sleep(INTERVAL + 1)
        [person] = await gather_people(server.port, 1, terminal=True, ready=_ROOT)
        alone = await _draw(person)
        people = await gather_people(server.port, ONLOOKERS, terminal=True, ready=_ROOT)
        idle, _ = await _redraws(server, people)
        for one in people:
            one.send(b"h")
            await one.until(_PAGE)
        used, count = await _redraws(server, people)
        among = await _draw(person)
        for one in (person, *people):
            one.hang_up()
    name = f"the page of health with {LISTED} checks"
    crowd = f"{name}, {ONLOOKERS} clients have it open"
    return [
        Figure(f"{name} p50", Amount(1e3 * quantile(alone, 0.5), "ms"), goal=PAGE_GOAL),
        Figure(f"{name} p99", Amount(1e3 * quantile(alone, 0.99), "ms")),
        Figure(f"{crowd} p50", Amount(1e3 * quantile(among, 0.5), "ms"), goal=PAGE_GOAL),
        Figure(f"{crowd} p99", Amount(1e3 * quantile(among, 0.99), "ms")),
        Figure(f"{crowd}: CPU of drawing it again", Amount(1e3 * (used - idle) / max(1, count), "ms")),
    ]


async def _draw(person: Person) -> list[float]:
    took: list[float] = []
    for _ in range(DRAWN):
        took.append(await _drawn(person, b"h", _PAGE))
        await _drawn(person, b"q", _ROOT)
        await asyncio.sleep(2 * REFRESH / DRAWN)  # all through the times at which the others are drawn
    return took


async def _drawn(person: Person, key: bytes, end: bytes) -> float:
    person.text.clear()
    began = time.perf_counter()
    person.send(key)
    await person.until(end)
    return time.perf_counter() - began


async def _redraws(server: Running, people: list[Person]) -> tuple[float, int]:
    """Return the CPU seconds of a while, and how often the page was drawn in it."""
    for one in people:
        one.text.clear()
    before = server.cpu()
    await asyncio.sleep(2 * REFRESH)
    used = server.cpu() - before
    return used, sum(one.text.count(_PAGE) for one in people)


async def scrape(folder: Path) -> list[Figure]:
    """What is told over HTTP, and how long nobody else is served meanwhile."""
    port = _free_port()
    figures: list[Figure] = []
    async with running(scraped_site(folder, SCRAPED, VALUES, port)) as server:
        await asyncio.sleep(INTERVAL + 2)
        [person] = await gather_people(server.port, 1, terminal=True, ready=b"> ")
        for path in ("/healthz", "/metrics"):
            await _fetched(port, path)
            async with late_within(person, 3.0) as late:
                took = [await _fetched(port, path) for _ in range(FETCHED)]
            name = f"{path} of {SCRAPED} checks with {VALUES} values each"
            figures += [
                Figure(f"{name}: p50", Amount(1e3 * quantile(took, 0.5), "ms")),
                Figure(f"{name}: nobody else is served for", Amount(1e3 * late[0], "ms"), goal=HELD_GOAL),
            ]
        person.hang_up()
    return figures


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def _fetched(port: int, path: str) -> float:
    """Return the seconds until everything has come."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path.encode())
    answer = await reader.read()
    took = time.perf_counter() - began
    writer.close()
    if len(answer) < SCRAPED * VALUES:  # a sentence about what is wrong; 503 is an answer, where the disk is full
        raise LoadError(f"{path}: {answer[-100:]!r}")
    return took
