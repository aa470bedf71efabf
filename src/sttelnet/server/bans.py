"""Addresses that are turned away for a time."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from typing import Final

from sttelnet.administration import Actor, Ban, Done, plain_address
from sttelnet.errors import StoreError
from sttelnet.logs import event_logger
from sttelnet.store import Entry, Store, StoredBan

log = event_logger(__name__)

LONGEST: Final = 366 * 24 * 3600.0  # seconds


class Bans:
    """The bans that count, known without asking the database: a client is looked at when it connects."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._table, self._audit, self._clock = store.bans, store.audit, clock
        self._bans: dict[str, Ban] = {}

    async def load(self) -> None:
        """Take up what the database has: at the start, and when another process has changed it. Raises StoreError."""
        self._bans = {b.address: Ban(b.address, b.until, b.by, b.reason) for b in await self._table.all()}

    def all(self) -> list[Ban]:
        """Return the bans that count now, the next to end first."""
        now = self._clock()
        return sorted((ban for ban in self._bans.values() if ban.until > now), key=lambda ban: ban.until)

    def of(self, peer: str) -> Ban | None:
        """Return the ban of an address, None where it may come in."""
        if not self._bans:
            return None
        ban = self._bans.get(plain_address(peer) or peer)
        return ban if ban is not None and ban.until > self._clock() else None

    async def add(self, address: str, seconds: float, reason: str, by: Actor) -> Done:
        """Turn an address away for a time. The ban counts even where it cannot be stored: until the next start."""
        plain = plain_address(address)
        if plain is None:
            return Done.NOT_AN_ADDRESS
        if ipaddress.ip_address(plain).is_loopback:
            return Done.LOOPBACK
        if seconds <= 0:
            return Done.NO_TIME
        if seconds > LONGEST:
            return Done.TOO_LONG
        now = self._clock()
        ban = self._bans[plain] = Ban(plain, now + seconds, by.name, reason)
        entry = Entry(
            now, "banned", plain, by.peer, f"for {seconds:.0f} s, by {by.name}{f': {reason}' if reason else ''}"
        )
        try:
            await self._table.add(StoredBan(ban.address, ban.until, ban.by, ban.reason), entry)
        except StoreError as error:
            log.error("the ban counts until the next start only: %s", error, address=plain, by=by.name, reason=reason)
            await self._audit.add(entry)
        return Done.DONE

    async def lift(self, address: str, by: Actor) -> Done:
        """Let an address in again."""
        plain = plain_address(address)
        if plain is None:
            return Done.NOT_AN_ADDRESS
        known = self._bans.pop(plain, None)
        entry = Entry(self._clock(), "unbanned", plain, by.peer, f"by {by.name}")
        try:
            removed = await self._table.remove(plain, entry)
        except StoreError as error:
            log.error("the ban will count again at the next start: %s", error, address=plain, by=by.name)
            await self._audit.add(entry)
            return Done.NOT_STORED
        if removed:
            return Done.DONE
        if known is None:
            return Done.NOT_BANNED
        await self._audit.add(entry)  # of one that could not be stored
        return Done.DONE
