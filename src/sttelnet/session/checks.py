"""/ack and /mute: what operators say of a check, from any prompt."""

from __future__ import annotations

from typing import Final

from sttelnet.client import Client
from sttelnet.handlers.checks import acknowledge, mute, nobody
from sttelnet.handlers.ranks import OPERATORS_ONLY
from sttelnet.role import Role
from sttelnet.session.answer import Answer, Reply

ACK: Final = "Write /ack CHECK TEXT: what is being done about it."
MUTE: Final = "Write /mute CHECK 1h, or /mute CHECK off."


async def ack(client: Client, argument: str) -> Answer:
    """Note that somebody knows about a check, so that nobody else is told until it is well again."""
    name, _, text = argument.partition(" ")
    if client.role < Role.OPERATOR:
        return Reply((OPERATORS_ONLY,))
    if not text.strip():
        return Reply((ACK,))
    check = client.services.checks.find(name)
    return Reply((nobody(client, name) if check is None else await acknowledge(client, check, text),))


async def mute_check(client: Client, argument: str) -> Answer:
    """Tell nobody of a check for a time."""
    name, _, text = argument.partition(" ")
    if client.role < Role.OPERATOR:
        return Reply((OPERATORS_ONLY,))
    if not text.strip():
        return Reply((MUTE,))
    check = client.services.checks.find(name)
    return Reply((nobody(client, name) if check is None else await mute(client, check, text),))
