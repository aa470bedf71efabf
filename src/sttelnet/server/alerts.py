"""Who is told of something watched that has changed: members on their screens or in their mailboxes, and others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from sttelnet.errors import StoreError
from sttelnet.health import Alert, State
from sttelnet.health.track import Change
from sttelnet.hub import LONGEST, Delivery, Mail, Sender
from sttelnet.logs import event_logger
from sttelnet.members import Members
from sttelnet.role import Role
from sttelnet.server.outgoing import Failure, Outgoing
from sttelnet.store import ALERTS
from sttelnet.words import count_words

log = event_logger(__name__)

FINISH_SECONDS: Final = 3.0  # for what waits to be told when the daemon stops
TEST_SECONDS: Final = 50.0

_SENDER: Final = Sender(0, None, ALERTS, Role.ADMIN)


class Alerts:
    """Tells of changes. `others` are the ways out of this host."""

    def __init__(self, members: Members, mail: Mail, others: Sequence[Outgoing]) -> None:
        self._members, self._mail, self._others = members, mail, tuple(others)

    async def tell(self, alert: Alert) -> None:
        """Tell everybody whose role the check asks for, and whom config.toml names."""
        for way in self._others:  # also where `tell` is "nobody": that is about members
            way.put(alert)
        least = Role.parse(alert.tell)
        if least is not None:
            await self._tell_members(alert, max(least, Role.MEMBER))

    def tasks(self) -> list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]]:
        """Return what is to run as long as the daemon: a task for each way, so that none waits for another."""
        return [(way.name, way.run) for way in self._others]

    async def finish(self) -> None:
        """Tell of what waits, for a short time: the daemon stops."""
        async with asyncio.TaskGroup() as tasks:
            for way in self._others:
                tasks.create_task(way.finish(FINISH_SECONDS))

    async def test(self) -> dict[str, Failure | None]:
        """Tell of something that is none on every way that is configured; return what has failed, None where nothing.

        Takes a minute at most.
        """
        change = Change(State.OK, State.OK, time.time())
        words = "Nothing is wrong: somebody tries whether you are told."
        alert = Alert("test", "TEST", words, change, "nobody", note="a test")
        log.info("a test is sent on every way")
        async with asyncio.TaskGroup() as tasks:
            tries = {way.name: tasks.create_task(way.test(alert, TEST_SECONDS)) for way in self._others if way.on}
        return {name: tried.result() for name, tried in tries.items()}

    async def _tell_members(self, alert: Alert, least: Role) -> None:
        urgent = alert.change.after is State.CRITICAL
        try:
            told = [one.id for one in await self._members.all() if one.role >= least and not one.locked]
            became = await self._mail.to_members(_SENDER, told, sentence(alert), urgent=urgent)
        except StoreError as error:
            log.warning("a change was not told to every member: %s", error, name=alert.name)
            return
        full = len(set(told) - became.keys()) + sum(delivery is Delivery.FULL for delivery in became.values())
        if full:
            count = count_words(full, "member")
            log.warning("a change was not told to %s: too many messages wait for them", count, name=alert.name)


def sentence(alert: Alert) -> str:
    """Return what people are told."""
    return f"{alert.headline}: {alert.text}"[:LONGEST]
