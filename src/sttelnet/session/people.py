"""/who and /invisible."""

from __future__ import annotations

from typing import Final

from sttelnet.client import Client
from sttelnet.handlers.table import table, width_of
from sttelnet.handlers.who import who as rows_of
from sttelnet.role import Role
from sttelnet.session.answer import Answer, Reply

VISIBLE: Final = "Everybody sees you in /who again."
INVISIBLE: Final = "Only operators see you in /who now; /invisible again takes it back."
NOT_YOU: Final = "Your role does not allow that."


async def who(client: Client, argument: str) -> Answer:
    """List who is on."""
    columns, rows = rows_of(client)
    return Reply(tuple(table(columns, rows, width_of(client))))


async def invisible(client: Client, argument: str) -> Answer:
    """Leave who is on, or come back to it."""
    least = Role.parse(client.services.config.people.invisible)
    if least is None or client.role < max(least, Role.MEMBER):
        return Reply((NOT_YOU,))
    client.invisible = not client.invisible
    return Reply((INVISIBLE if client.invisible else VISIBLE,))
