"""Who is told of something watched that has changed: members on their screens or in their mailboxes, and a program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sttelnet.errors import StoreError
from sttelnet.health import Alert, State
from sttelnet.health.runner import run_program
from sttelnet.hub import LONGEST, Mail, Sender
from sttelnet.logs import event_logger
from sttelnet.members import Members
from sttelnet.role import Role

log = event_logger(__name__)

MOST_WAITING: Final = 100  # changes for the program; further ones are logged and left out
PROGRAM_SECONDS: Final = 30.0
TRIES: Final = 3
PAUSE: Final = 5.0  # seconds between two tries

_SENDER: Final = Sender(0, None, "HEALTH", Role.ADMIN)


class Alerts:
    """Tells of changes. `program` gives what is run at each, () for nothing; `home` is where it runs."""

    def __init__(
        self, members: Members, mail: Mail, program: Callable[[], tuple[str, ...]], home: Path, *, pause: float = PAUSE
    ) -> None:
        self._members, self._mail, self._program, self._home, self._pause = members, mail, program, home, pause
        self._waiting: asyncio.Queue[Alert] = asyncio.Queue(MOST_WAITING)

    async def tell(self, alert: Alert) -> None:
        """Tell everybody whose role the check asks for, and the program, unless it is to be quiet."""
        if alert.quiet:
            return
        if self._program():
            try:
                self._waiting.put_nowait(alert)
            except asyncio.QueueFull:
                log.warning("health.on_change is too slow: it is not told", name=alert.name)
        least = Role.parse(alert.tell)
        if least is not None:
            await self._tell_members(alert, max(least, Role.MEMBER))

    async def run(self) -> None:
        """Run the program for what has changed, one at a time, as long as the daemon runs."""
        while True:
            await self._run_program(await self._waiting.get())

    async def _tell_members(self, alert: Alert, least: Role) -> None:
        text, urgent = sentence(alert), alert.change.after is State.CRITICAL
        try:
            for member in await self._members.all():
                if member.role >= least and not member.locked:
                    await self._mail.to_member(_SENDER, member.id, text, urgent=urgent)
        except StoreError as error:
            log.warning("not everybody was told of a change: %s", error, name=alert.name)

    async def _run_program(self, alert: Alert) -> None:
        change = alert.change
        for attempt in range(TRIES):
            command = self._program()
            if not command:
                return
            if attempt:
                await asyncio.sleep(self._pause)
            told = (alert.name, change.before.word, change.after.word, alert.text)
            ran = await run_program((*command, *told), PROGRAM_SECONDS, directory=self._home)
            if ran.status == 0:
                return
            log.warning("health.on_change failed: %s", ran.result.text, name=alert.name, errors=ran.errors[-200:])


def sentence(alert: Alert) -> str:
    """Return what people are told."""
    change = alert.change
    return f"{change.after.word} {alert.title} (was {change.before.word}): {alert.text}"[:LONGEST]
