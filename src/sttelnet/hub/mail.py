"""The mail: brings messages to members' screens, and keeps them until they were seen.

A member's message is in the database before its sender is told anything, and leaves the unread ones when it has been
on the member's screen: a hang-up or a kill in between costs nothing, at most it is shown twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sttelnet.errors import StoreError
from sttelnet.hub.bus import Hub
from sttelnet.hub.people import Delivery, Message, Presence, Sender, Taken
from sttelnet.logs import event_logger
from sttelnet.role import Role
from sttelnet.store import MOST_AT_ONCE, Kept, NewMessage, Store

LONGEST: Final = 400  # characters of a message
GATHER: Final = 0.2  # seconds in which what was shown is collected, to be written down at once

log = event_logger(__name__)

_BY_TAKEN: Final = {Taken.SHOWN: Delivery.DELIVERED, Taken.WAITS: Delivery.WAITS}
_TO_GUEST: Final = {**_BY_TAKEN, Taken.FULL: Delivery.FULL, Taken.REFUSED: Delivery.IGNORED}
_BY_KEPT: Final = {Kept.FULL: Delivery.FULL, Kept.GONE: Delivery.GONE, Kept.IGNORED: Delivery.IGNORED}


class Mail:
    """Messages to members and guests. `mailbox` says how many unread ones a member may have."""

    def __init__(
        self, hub: Hub, store: Store, mailbox: Callable[[], int], clock: Callable[[], float] = time.time
    ) -> None:
        self._hub, self._store, self._mailbox, self._clock = hub, store, mailbox, clock
        self._seen: list[int] = []
        self._any_seen = asyncio.Event()

    async def to_member(self, sender: Sender, member: int, text: str, *, urgent: bool = False) -> Delivery:
        """Bring a message to a member, or keep it. Raises StoreError where it can be neither kept nor shown."""
        return (await self.to_members(sender, (member,), text, urgent=urgent))[member]

    async def to_members(
        self, sender: Sender, members: Iterable[int], text: str, *, urgent: bool = False
    ) -> dict[int, Delivery]:
        """Bring a message to several members, first to those who are on; return what became of it, by their numbers.

        Where too many alerts wait, the oldest of them make room.
        Raises StoreError where it can be neither kept nor shown for one of them; all others have it by then.
        """
        ignorable = sender.role < Role.OPERATOR
        new = NewMessage(sender.user_id or 0, sender.name, text, self._clock(), ignorable=ignorable)
        wanted = list(dict.fromkeys(members))
        here = self._hub.sessions_of_each(wanted)
        wanted.sort(key=lambda member: member not in here)
        became: dict[int, Delivery] = {}
        failure: StoreError | None = None
        for start in range(0, len(wanted), MOST_AT_ONCE):
            portion = wanted[start : start + MOST_AT_ONCE]
            kept: Mapping[int, int | Kept] = {}
            if failure is None:
                try:
                    kept = await self._store.messages.add_for(portion, new, self._mailbox())
                except StoreError as error:
                    failure = error  # the database cannot be written: the screens have it, or nobody
            became |= self._to_screens(Message(sender, text, urgent=urgent), portion, kept)
            await asyncio.sleep(0)  # others are served between two portions
        if failure is not None and len(became) < len(wanted):
            try:
                raise failure
            finally:
                del failure  # its traceback holds this frame
        return became

    def _to_screens(
        self, message: Message, members: Sequence[int], kept: Mapping[int, int | Kept]
    ) -> dict[int, Delivery]:
        """Show a message to those it is kept for, and, where none is kept, to those who are on."""
        here = self._hub.sessions_of_each(members)
        became: dict[int, Delivery] = {}
        for member in members:
            match kept.get(member):
                case Kept() as why_not:
                    became[member] = _BY_KEPT[why_not]
                case None if member not in here:
                    pass
                case number:
                    became[member] = self._to_screen(here.get(member, []), replace(message, stored=number))
        return became

    def to_guest(self, sender: Sender, number: int, text: str, *, urgent: bool = False) -> Delivery:
        """Bring a message to a session of a guest."""
        taken = self._hub.deliver(number, Message(sender, text, None, urgent))
        return _TO_GUEST.get(taken, Delivery.GONE)

    def _to_screen(self, here: list[Presence], message: Message) -> Delivery:
        """Show it where the member was active last; who is invisible to the sender seems to be away."""
        sender, kept = message.sender, Delivery.KEPT if message.stored is not None else Delivery.FULL
        seen = [presence for presence in here if presence.seen_by(sender.number, sender.role)]
        for presence in [*seen, *(presence for presence in here if presence not in seen)]:
            delivery = _BY_TAKEN.get(self._hub.deliver(presence.number, message))
            if delivery is not None:
                return delivery if presence in seen else kept
        return Delivery.LATER if seen and message.stored is not None else kept

    # -- what was seen

    def seen(self, stored: Iterable[int]) -> None:
        """Note that messages have been on their members' screens; it is written down soon."""
        self._seen.extend(stored)
        self._any_seen.set()

    async def run(self) -> None:
        """Write down what was seen, as long as the daemon runs."""
        while True:
            await self._any_seen.wait()
            await asyncio.sleep(GATHER)
            await self.flush()

    async def flush(self) -> None:
        """Write down now what was seen; where that cannot be, those messages are shown once more."""
        seen, self._seen = self._seen, []
        self._any_seen.clear()
        if not seen:
            return
        try:
            await self._store.messages.mark_shown(seen)
        except StoreError as error:
            log.warning("%d messages will be shown again: %s", len(seen), error)
