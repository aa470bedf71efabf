"""What people cost who talk: a room of many, messages to those who type, and what the hub holds for each."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sttelnet.channel import Size
from sttelnet.hub import LOBBY, LocalHub, Message, Presence, Said, Taken
from sttelnet.role import Role
from tests.bench.compare import compared
from tests.bench.load import quantile
from tests.bench.loops import ASYNCIO
from tests.bench.people import Person, bare_room, gather_people, people_site, tell
from tests.bench.process import Running, Subject, all_running, running
from tests.bench.scale import Scale
from tests.bench.subjects import OURS
from tests.bench.table import Amount, Figure, Goal

ROOM: Final = 500  # clients
LINES: Final = 100  # said one after the other, each when the one before has come to all
SUSTAINED: Final = 300  # lines, as fast as they are taken
AHEAD: Final = 5  # of which so many are under way
TYPED: Final = b"the quick brown fox jumps"
PAUSE: Final = 0.02  # seconds between two keys
WRITTEN: Final = 4  # messages of each sender


async def people(scale: Scale, folder: Path) -> list[Figure]:
    """A room, messages mid-typing, and memory."""
    count = min(ROOM, scale.sessions)
    took: dict[Subject, Sequence[float]] = {}
    rates: dict[Subject, Sequence[float]] = {}
    cpu: dict[Subject, Sequence[float]] = {}
    async with all_running([people_site(folder), bare_room()]) as servers:
        for server in servers:
            inside = await _inside(server, count)
            end = b"\r\0" if server.subject.name == OURS else b"\n"
            took[server.subject] = await _one_by_one(inside, end)
            before = server.cpu()
            rates[server.subject] = [await _sustained(inside, end)]
            cpu[server.subject] = [1e6 * (server.cpu() - before) / (SUSTAINED * (count - 1))]
            for person in inside:
                person.hang_up()
    figures: list[Figure] = []
    for share in (0.5, 0.99):
        samples = {subject: [1e3 * quantile(seconds, share)] for subject, seconds in took.items()}
        figures += compared(f"a line to the last of {count} in a room p{share * 100:.0f}", "ms", samples)
    figures += compared(f"lines a second in a room of {count}", "/s", rates)
    figures += compared("CPU of one line to one in it", "us", cpu)
    figures += await _mid_typing(scale, folder / "typing")
    figures.append(_memory())
    return figures


async def _inside(server: Running, count: int) -> list[Person]:
    """Bring so many clients into one room."""
    ours = server.subject.name == OURS
    everybody = await gather_people(server.port, count, terminal=ours, ready=b"> ")
    if ours:
        for person in everybody:
            person.send(b"/chat\r\0")
            await person.until(b"Ctrl-C leaves.")
        await asyncio.sleep(1.0)
    return everybody


async def _one_by_one(inside: Sequence[Person], end: bytes) -> list[float]:
    took: list[float] = []
    for number in range(LINES):
        speaker = inside[number % len(inside)]
        others = [person for person in inside if person is not speaker]
        marker = b"line %d." % number
        took.append(await tell(speaker, others, marker + end, marker))
        for person in inside:
            person.text.clear()
    return took


async def _sustained(inside: Sequence[Person], end: bytes) -> float:
    """Return how many lines a second come to everybody while some are always under way."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    last = inside[-1]
    for number in range(SUSTAINED):
        speaker = inside[number % (len(inside) - 1)]
        speaker.send(b"more %d.%s" % (number, end))
        if number >= AHEAD:
            await last.until(b"more %d." % (number - AHEAD))
    await last.until(b"more %d." % (SUSTAINED - 1))
    return SUSTAINED / (loop.time() - began)


async def _mid_typing(scale: Scale, folder: Path) -> list[Figure]:
    """Write to clients who type; count the keys that were lost and the lines that were damaged."""
    typists, senders = scale.sessions, max(1, scale.sessions // WRITTEN)
    async with running(people_site(folder)) as server:
        crowd = await gather_people(server.port, typists + senders, terminal=True, ready=b"> ")
        numbers = {person: await _number(person) for person in crowd}
        typing, writing = crowd[:typists], crowd[typists:]
        for sender in writing:
            sender.send(b"sender\r\0")
            await sender.until(b"echo: sender")
        async with asyncio.TaskGroup() as tasks:
            for at, person in enumerate(typing):
                tasks.create_task(_type(person, delay=at % 50 / 100))
            for at, sender in enumerate(writing):
                targets = [numbers[person] for person in typing[at * WRITTEN : (at + 1) * WRITTEN]]
                tasks.create_task(_write(sender, targets))
        for at, person in enumerate(typing):
            if at < len(writing) * WRITTEN:
                await person.until(b"hello, number %d" % numbers[person])
        damaged = sum(not _whole(person, numbers[person]) for person in typing[: len(writing) * WRITTEN])
        for person in typing:
            person.send(b"\r\0")
        lost = 0
        for person in typing:
            try:
                await person.until(b"echo: " + TYPED)
            except TimeoutError:
                lost += 1
        for person in crowd:
            person.hang_up()
    sent = len(writing) * WRITTEN
    name = f"{sent:,} messages to {typists:,} who type"
    return [
        Figure(f"{name}: lines damaged, {ASYNCIO}", Amount(damaged, ""), goal=Goal(0, "lines")),
        Figure(f"{name}: lines with keys lost, {ASYNCIO}", Amount(lost, ""), goal=Goal(0, "lines")),
    ]


async def _number(person: Person) -> int:
    """Return the number /who shows for a client: it enters its line, and the prompt's echo tells."""
    person.send(b"number\r\0")
    await person.until(b"echo: number ")
    number = bytes(person.text).rpartition(b"echo: number ")[2].split()[0]
    return int(number)


async def _type(person: Person, delay: float) -> None:
    await asyncio.sleep(delay)
    for key in TYPED:
        person.send(bytes((key,)))
        await asyncio.sleep(PAUSE)


async def _write(sender: Person, targets: Sequence[int]) -> None:
    for number in targets:
        await asyncio.sleep(PAUSE * 4)
        sender.send(b"/msg #%d hello, number %d\r\0" % (number, number))


def _whole(person: Person, number: int) -> bool:
    """Whether the message stands on a row of its own and the line typed, whole, on the last."""
    rows = [row.rstrip() for row in person.screen().display if row.strip()]
    came = any(row.startswith("sender") and row.endswith(f": hello, number {number}") for row in rows)
    return came and rows[-1] == f"> {TYPED.decode()}"


class _Quiet:
    """A session that keeps nothing."""

    __slots__ = ("number",)
    user_id: int | None = None

    def __init__(self, number: int) -> None:
        self.number = number

    def presence(self) -> Presence:
        return Presence(self.number, "x", Role.GUEST, "", "telnet", "", Size(80, 24), 0.0, 0.0, "")

    def notice(self, text: str) -> None:
        """Nothing."""

    def message(self, message: Message) -> Taken:
        return Taken.SHOWN

    def said(self, said: Said) -> bool:
        return True

    def account_changed(self) -> None:
        """Nothing."""


def _memory(count: int = 10_000) -> Figure:
    """What the hub itself holds for a client who is on, in a room, and has written."""
    inboxes = [_Quiet(number) for number in range(count)]
    names = [f"GUEST#{number}" for number in range(count)]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        hub = LocalHub()
        for inbox in inboxes:
            hub.join(inbox)
        room = hub.room_of(0) or hub.enter(0, LOBBY, "x", 0.0)
        assert room is not None
        for inbox, name in zip(inboxes[1:], names[1:], strict=True):
            hub._rooms[LOBBY].inside[inbox.number] = inbox  # as `enter` does, without telling 10,000 others
            hub._rooms[LOBBY].names[inbox.number] = name
            hub._room_of[inbox.number] = hub._rooms[LOBBY]
            hub.may_write(inbox.number, 0.0)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return Figure("memory of the hub per client", Amount((after - before) / count, "bytes"))
