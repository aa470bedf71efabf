"""Those who call a daemon that goes down: what they are told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sttelnet.server.clients import LEAVING
from tests.bench.load import PATIENCE
from tests.bench.table import Amount, Goal
from tests.soak.finding import Finding, counted, none_of

PAGE: Final = b"Your choice: "
AT_LEAST: Final = Goal(10, "", at_least=True)


@dataclass(frozen=True, slots=True)
class Late:
    """One call."""

    heard: bytes  # up to the hang-up; nothing where the port was closed
    seconds: float


async def call_for(port: int, seconds: float, calls: int) -> list[Late]:
    """Call so often, spread over a time."""
    async with asyncio.TaskGroup() as tasks:
        calling = []
        for _ in range(calls):
            calling.append(tasks.create_task(_call(port)))
            await asyncio.sleep(seconds / calls)
    return [call.result() for call in calling]


async def _call(port: int) -> Late:
    began, heard = time.monotonic(), b""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                while data := await reader.read(65536):
                    heard += data
            finally:
                writer.close()
    except (OSError, TimeoutError):
        pass  # what has been heard tells
    return Late(heard, time.monotonic() - began)


def findings_of(late: Sequence[Late], when: str) -> list[Finding]:
    """Return what is to be said of them."""
    return [
        counted(f"who called {when}", len(late), AT_LEAST),
        none_of("… that were not told why they were hung up on", sum(LEAVING not in call.heard for call in late)),
        none_of("… that were let in", sum(PAGE in call.heard for call in late)),
        Finding("… longest call", Amount(max(call.seconds for call in late), "s")),
    ]
