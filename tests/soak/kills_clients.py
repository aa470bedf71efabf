"""The clients of a daemon that is about to be killed: each does one thing over and over, and notes what it was told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Final

from tests.bench.people import TERMINAL, Person
from tests.file_pages import go_to
from tests.program import program_on
from tests.soak.kills_ledger import DOWN, FLIPS, Ledger, content_of
from tests.transfer.caller import Giving, calling

PASSWORD: Final = "correct horse 1"
OPERATOR: Final = "olga"
PAGE: Final = b"Your choice: "
MESSAGES: Final = 4  # of each new member; eight at once are allowed
LOOK: Final = 0.005  # seconds between two looks at the check: what is told too early is seen for as long at most
_STATES: Final = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}


async def register(port: int, names: Iterator[str], ledger: Ledger) -> None:
    """Have one after the other become a member and write to the one before."""
    before = OPERATOR
    for name in names:
        person = await _on_first_page(port)
        await _say(person, b"n", b"HName: ")
        await _say(person, name.encode() + b"\r\0", b"HPassword: ")
        await _say(person, PASSWORD.encode() + b"\r\0", b"HPassword again: ")
        await _say(person, PASSWORD.encode() + b"\r\0", f"Welcome, {name}.".encode())
        ledger.members.add(name)
        await person.until(PAGE)
        for number in range(MESSAGES if before != OPERATOR else 0):
            text = f"{number} from {name}"
            await _say(person, f"/msg {before} {text}\r\0".encode(), b"delivered at the next log-in")
            ledger.messages.add((before, text))
        before = name
        person.hang_up()


async def upload(port: int, names: Iterator[str], ledger: Ledger) -> None:
    """Give one file after the other, in a call each."""
    for name in names:
        async with calling(port) as caller:
            await go_to(caller, "in")
            giving = await caller.give(Giving([(name, content_of(name))]))
        if giving.arrived:
            ledger.uploads.add(name)


async def watch(port: int, wanted: int, ledger: Ledger, told_so: asyncio.Event) -> None:
    """Ask how the check is until it is as it should be by now."""
    async with program_on(port) as program:
        await program.begin()
        while True:
            told = _STATES[json.loads((await program.ask(f"/health {FLIPS} --json")).body)["state"]]
            if told == wanted:
                ledger.sees(told)
                told_so.set()
                return
            await asyncio.sleep(LOOK)


async def acknowledge(port: int, words: str, ledger: Ledger) -> None:
    """Log in as the operator and acknowledge the check that is down."""
    person = await _on_first_page(port)
    await _say(person, b"l", b"HName: ")
    await _say(person, OPERATOR.encode() + b"\r\0", b"HPassword: ")
    await _say(person, PASSWORD.encode() + b"\r\0", PAGE)
    ledger.known = None  # from here on it may be either
    await _say(person, f"/ack {DOWN} {words}\r\0".encode(), b"is known to you")
    ledger.known, ledger.acknowledged = words, ledger.acknowledged + 1
    person.hang_up()


async def _on_first_page(port: int) -> Person:
    _, person = await asyncio.get_running_loop().create_connection(Person, "127.0.0.1", port)
    person.send(TERMINAL)
    await person.until(PAGE)
    return person


async def _say(person: Person, data: bytes, expected: bytes) -> None:
    person.text.clear()
    person.send(data)
    await person.until(expected)
