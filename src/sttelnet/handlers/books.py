"""What a handler writes down about a client."""

from __future__ import annotations

import time

from sttelnet.client import Client
from sttelnet.store import Entry


async def write_down(client: Client, event: str, detail: str) -> None:
    """Write a row of the audit, now or later. Raises nothing."""
    await client.services.store.audit.add(Entry(time.time(), event, client.nick_name, client.peer, detail))
