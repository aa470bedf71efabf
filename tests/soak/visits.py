"""People who connect, log in, look around and leave, in a process of their own.

    python -m tests.soak.visits PORT COUNT NAME…

Each visit is one of the names', in turn, with the password `PASSWORD`. What goes wrong is an exit status of 1.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from tests.bench.people import TERMINAL, Person

PASSWORD: Final = "correct horse battery"
AT_ONCE: Final = 12
LOG_INS: Final = 3  # from one address more at a time wait for each other, members.tries
# What is entered, and what stands on the page it leads to. The pages are those that ship.
LOG_IN: Final = ((b"l", b"HName:     "), (b"%s\r\0", b"HPassword: "), (PASSWORD.encode() + b"\r\0", b"Your choice: "))
BROWSE: Final = (
    (b"h", b"HEALTH  "),
    (b"q", b"Your choice: "),
    (b"w", b"WHO IS ON"),
    (b"q", b"Your choice: "),
    (b"b", b"BULLETIN"),
    (b"q", b"Your choice: "),
    (b"p", b"PROCESSES"),
    (b"q", b"Your choice: "),
    (b"c", b"CHAT"),
    (b"hello\r\0", b"hello"),
    (b"/leave\r\0", b"Your choice: "),
)


async def visit(port: int, name: str, log_ins: asyncio.Semaphore) -> None:
    """Make one visit. Raises LoadError, TimeoutError, OSError."""
    loop = asyncio.get_running_loop()
    _, person = await loop.create_connection(Person, "127.0.0.1", port)
    person.send(TERMINAL)
    try:
        await person.until(b"Your choice: ")
        async with log_ins:
            for entered, expected in LOG_IN:
                await enter(person, entered.replace(b"%s", name.encode()), expected)
        for entered, expected in BROWSE:
            await enter(person, entered, expected)
        person.send(b"q")
        await person.gone()
    finally:
        person.hang_up()


async def enter(person: Person, data: bytes, expected: bytes) -> None:
    """Send something and wait for what it leads to. Raises LoadError."""
    person.text.clear()
    person.send(data)
    await person.until(expected)


async def _visit_all(port: int, count: int, names: Sequence[str]) -> None:
    turns, log_ins = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(LOG_INS)

    async def one(number: int) -> None:
        async with turns:
            await visit(port, names[number % len(names)], log_ins)

    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            tasks.create_task(one(number))


if __name__ == "__main__":
    asyncio.run(_visit_all(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
