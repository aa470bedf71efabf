"""Who is told of something watched that has changed: a line on the screen of those who are on, kept for the others."""

from __future__ import annotations

from typing import Final

from sttelnet.errors import StoreError
from sttelnet.health import Alert, State
from sttelnet.hub import LONGEST, Mail, Sender
from sttelnet.logs import event_logger
from sttelnet.members import Members
from sttelnet.role import Role

log = event_logger(__name__)

_SENDER: Final = Sender(0, None, "HEALTH", Role.ADMIN)


class Alerts:
    """Tells members of changes."""

    def __init__(self, members: Members, mail: Mail) -> None:
        self._members, self._mail = members, mail

    async def tell(self, alert: Alert) -> None:
        """Tell everybody whose role the check asks for, unless it is to be quiet."""
        least = Role.parse(alert.tell)
        if alert.quiet or least is None:
            return
        text = sentence(alert)
        try:
            for member in await self._members.all():
                if member.role >= max(least, Role.MEMBER) and not member.locked:
                    urgent = alert.change.after is State.CRITICAL
                    await self._mail.to_member(_SENDER, member.id, text, urgent=urgent)
        except StoreError as error:
            log.warning("not everybody was told of a change: %s", error, name=alert.name)


def sentence(alert: Alert) -> str:
    """Return what people are told."""
    change = alert.change
    return f"{change.after.word} {alert.title} (was {change.before.word}): {alert.text}"[:LONGEST]
