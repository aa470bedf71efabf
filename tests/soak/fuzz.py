"""A daemon and those who send it malformed input, in one process, with nothing between them.

    python -m tests.soak.fuzz SEED COUNT

Prints what came of it as JSON.
"""

from __future__ import annotations

import asyncio
import faulthandler
import functools
import gc
import os
import random
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import psutil

from sttelnet import logs
from sttelnet.config import Config, LogConfig
from sttelnet.server import Server
from tests.daemon import config_with, daemon
from tests.soak.attempts import script_attempt, scripts_that_ship, zmodem_attempt
from tests.soak.grammars.dialect import dialect_input
from tests.soak.grammars.keys import CHARSETS, keys_input, opening
from tests.soak.grammars.telnet import telnet_input
from tests.soak.grammars.zmodem import transcripts
from tests.soak.site import enlist, shipped_texts
from tests.soak.trying import Call, Kind, Read, Said, Watched
from tests.soak.visits import PASSWORD
from tests.soak.watch import Faults, Turns

HANG: Final = 300.0  # seconds for one kind's part of a round, which takes a few; then it is told where it stands
NAMES: Final = [f"visitor{number}" for number in range(8)]
MEMBERS: Final = 0.1  # of those who type log in first: they have more pages
ROUNDS: Final = 20  # of all kinds; memory is warm after the first
LEAST_WARM_UP: Final = 2500  # inputs of the first round
EMPTIED_WITHIN: Final = 60.0  # seconds
PEACE: Final = 1.0  # seconds from the start, by which the tasks of its checks are there
SETTLE: Final = 0.01  # seconds a session waits for answers to the opening offer: most clients here give none


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    tried: Mapping[str, int]  # by kind
    suspected: int  # inputs during which the loop was held
    held: int  # … and is each time they are tried
    longest: float  # seconds of a turn of the loop
    longest_cpu: float  # … of its own thread
    faults: Mapping[str, int]  # what must not happen, and how often it did
    before: float  # MiB resident after the first round
    after: float  # … at the end
    sessions: int  # left
    tasks: int  # more than before there was a session

    @property
    def grown(self) -> float:
        """Return the MiB that came after the first round."""
        return max(0.0, self.after - self.before)


def main() -> None:
    """Try COUNT inputs, and print the outcome."""
    _, seed, count = sys.argv
    turns = Turns()
    with (
        tempfile.TemporaryDirectory(prefix="sttelnet-fuzz-") as folder,
        open(os.devnull, "w", encoding="utf-8") as null,
    ):
        with logs.running(LogConfig(), null), asyncio.Runner(loop_factory=turns.loop) as runner:
            outcome = runner.run(fuzz(Path(folder), turns, int(seed), int(count)))
    print(msgspec.json.encode(outcome).decode())


async def fuzz(folder: Path, turns: Turns, seed: int, count: int) -> Outcome:
    """Try the inputs of all kinds in rounds, a fair share of each."""
    faults = Faults()
    with faults.watching(asyncio.get_running_loop()):
        async with daemon(folder, shipped_texts(), _config()) as server:
            await enlist(server, NAMES, PASSWORD)
            await asyncio.sleep(PEACE)
            tasks = len(asyncio.all_tasks())
            watched = Watched(server, turns, faults)
            kinds = _kinds(watched, seed)
            turns.forget()
            before = await _all_tried(watched, kinds.values(), count)
            await _emptied(server, tasks)
            return Outcome(
                tried={name: kind.tried for name, kind in kinds.items()},
                suspected=watched.suspected,
                held=watched.held,
                longest=turns.longest,
                longest_cpu=turns.longest_cpu,
                faults=faults.found,  # those of the daemon's end come yet
                before=before,
                after=_resident(),
                sessions=len(server.clients.sessions),
                tasks=len(asyncio.all_tasks()) - tasks,
            )


async def _all_tried(watched: Watched, kinds: Collection[Kind], count: int) -> float:
    """Try that many inputs of all kinds together; return the MiB that were resident after the first round."""
    warm = 0.0
    for number in range(ROUNDS):
        due = max(LEAST_WARM_UP, count * (number + 1) // ROUNDS) // len(kinds)
        for kind in kinds:
            faulthandler.dump_traceback_later(HANG, exit=True)
            await kind.go_on(due - kind.tried)
            await watched.try_suspects()
        warm = warm or _resident()
    faulthandler.cancel_dump_traceback_later()
    return warm


def _config() -> Config:
    """Return a config with which nobody is kept waiting on purpose: that is what throttles do, and no hang."""
    server = {"settle_timeout": SETTLE}
    return config_with(
        server=server, members={"registration": "open", "throttle_first": SETTLE, "throttle_most": SETTLE}
    )


def _kinds(watched: Watched, seed: int) -> dict[str, Kind]:
    """Return the kinds, each with dice of its own."""
    dice = [random.Random(seed * 10 + number) for number in range(5)]
    shipped, said = scripts_that_ship(), transcripts(seed)
    return {
        "telnet": Said(watched, dice[0], lambda _: Call(b"", telnet_input)),
        "keys": Said(watched, dice[1], _typist),
        "scripts": Read(watched, dice[2], lambda chance: script_attempt(chance, shipped)),
        "ZModem": Read(watched, dice[3], lambda chance: zmodem_attempt(chance, said)),
        "machine dialect": Said(watched, dice[4], lambda _: Call(b"/machine\r\n", dialect_input)),
    }


def _typist(chance: random.Random) -> Call:
    terminal, codec = chance.choice(CHARSETS)
    start = opening(chance, terminal)
    if chance.random() < MEMBERS:
        start += b"l%s\r\0%s\r\0" % (chance.choice(NAMES).encode(), PASSWORD.encode())
    return Call(start, functools.partial(keys_input, codec=codec))


async def _emptied(server: Server, tasks: int) -> None:
    """Wait until nothing is left, if it comes to that. A check of the host's health that runs just now is a task too."""
    until = time.monotonic() + EMPTIED_WITHIN
    while (server.clients.sessions or len(asyncio.all_tasks()) > tasks) and time.monotonic() < until:
        await asyncio.sleep(0.05)


def _resident() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss / 2**20)


if __name__ == "__main__":
    main()
