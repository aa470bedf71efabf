"""/ack and /mute: what operators say of a check, from any prompt."""

from __future__ import annotations

from typing import Final

from sttelnet.client import Client
from sttelnet.handlers.ranks import OPERATORS_ONLY
from sttelnet.handlers.watching import acknowledge, mute, muted, not_well, timed
from sttelnet.role import Role
from sttelnet.session.answer import Answer, Reply

ACK: Final = "Write /ack CHECK TEXT, /ack CHECK 4h TEXT, or /ack CHECK off."
MUTE: Final = "Write /mute CHECK 1h, or /mute CHECK off."
ALL_WELL: Final = "Every check is OK."
NONE_MUTED: Final = "No check is muted."


async def ack(client: Client, argument: str) -> Answer:
    """Note that somebody knows about a check, so that nobody else is told; alone, list what is not OK."""
    if client.role < Role.OPERATOR:
        return Reply((OPERATORS_ONLY,))
    if not argument.strip():
        return Reply(tuple(not_well(client)) or (ALL_WELL,))
    check, rest = client.services.checks.named(argument)
    if check is None:
        return Reply((rest,))
    seconds, text = timed(rest)
    return Reply((await acknowledge(client, check, text, seconds) if text else ACK,))


async def mute_check(client: Client, argument: str) -> Answer:
    """Tell nobody of a check for a time; alone, list what is muted."""
    if client.role < Role.OPERATOR:
        return Reply((OPERATORS_ONLY,))
    if not argument.strip():
        return Reply(tuple(muted(client)) or (NONE_MUTED,))
    check, rest = client.services.checks.named(argument)
    if check is None:
        return Reply((rest,))
    return Reply((await mute(client, check, rest) if rest else MUTE,))
