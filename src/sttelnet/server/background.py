"""Tasks that go on as long as the daemon: each is restarted when it fails, with growing pauses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sttelnet.logs import event_logger

log = event_logger(__name__)

FIRST_PAUSE = 1.0  # seconds
LONGEST_PAUSE = 60.0
CALM = 300.0  # a task that ran this long has recovered: its next failure pauses shortly again


async def keep_running(name: str, body: Callable[[], Awaitable[None]]) -> None:
    """Run a background task for ever."""
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE
    while True:
        started = loop.time()
        try:
            await body()
        except Exception:  # the supervisor: a background task's crash is not the daemon's
            log.exception("%s failed; it starts again in %.0f s", name, pause)
        if loop.time() - started > CALM:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
