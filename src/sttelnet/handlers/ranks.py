"""Who may: operators and those above, or admins."""

from __future__ import annotations

from typing import Final

from sttelnet.client import Client
from sttelnet.role import Role

OPERATORS_ONLY: Final = "That is for operators."
ADMINS_ONLY: Final = "That is for admins."


def refused(client: Client, least: Role) -> bool:
    """Whether a client's role is too low; then they are told."""
    if client.role >= least:
        return False
    client.notice(ADMINS_ONLY if least is Role.ADMIN else OPERATORS_ONLY)
    return True
