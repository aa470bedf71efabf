"""Asking before something is done."""

from __future__ import annotations

from typing import Final

from sttelnet.charset import clean
from sttelnet.client import Client

YES: Final = "yes"
NOT_DONE: Final = "Nothing was done."


async def confirmed(client: Client, what: str) -> bool:
    """Whether the client types "yes" to what hurts somebody: `confirmed(client, "Disconnect kim")`."""
    answer = await client.ask(f"{clean(what)}? Type {YES}: ")
    if answer.strip().casefold() == YES:
        return True
    client.notice(NOT_DONE)
    return False
