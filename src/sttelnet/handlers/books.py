"""What a handler writes down about a client."""

from __future__ import annotations

import time

from sttelnet.client import Client
from sttelnet.errors import StoreError
from sttelnet.store import Entry


async def write_down(client: Client, event: str, detail: str) -> None:
    """Write a row of the audit; where the database cannot, the log has it."""
    try:
        await client.services.store.audit.add(Entry(time.time(), event, client.nick_name, client.peer, detail))
    except StoreError as error:
        client.log.warning("this could not be written down: %s: %s", detail, error)
