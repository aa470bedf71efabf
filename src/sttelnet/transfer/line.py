"""How a transfer takes over the connection it borrows from a session, and gives it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from sttelnet.channel import Channel
from sttelnet.zmodem import NVT, TELNET, Link

QUIET: Final = 1.0  # seconds without input after a failure: what comes until then is the transfer's own tail
LONGEST_TAIL: Final = 10.0  # seconds …
MOST_TAIL: Final = 32 * 1024 * 1024  # … and bytes of it that are swallowed: kernels hold some MiB on both sides
NEGOTIATION: Final = 2.0  # seconds for the answer about BINARY


@asynccontextmanager
async def taken_over(channel: Channel, *, escape_ff: bool) -> AsyncIterator[Link]:
    """Make the connection fit for files (RFC 856), and afterwards what it was. The link says what it does to bytes."""
    channel.interrupts = False
    channel.bulk(True)
    try:
        if await channel.binary(True, NEGOTIATION):
            yield TELNET if escape_ff else Link()
        else:
            yield replace(NVT, rubout=escape_ff)
    finally:
        await channel.binary(False)
        channel.bulk(False)
        channel.interrupts = True


async def swallow(channel: Channel) -> bool:
    """Read what a failed transfer still sends, until it is quiet: at a prompt it would be taken for commands.

    False where it does not become quiet: then nothing must read on.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_TAIL
    swallowed = 0
    while swallowed < MOST_TAIL:
        now = loop.time()
        try:
            async with asyncio.timeout_at(min(until, now + QUIET)):
                data = await channel.receive()
        except TimeoutError:
            return now + QUIET <= until
        if data == b"":
            return True
        swallowed += len(data or b"")
    return False
