"""The door: whether a name, a password and a code let somebody in, how fast they may try, and the record of it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from sttelnet.config import MembersConfig
from sttelnet.errors import StoreError
from sttelnet.members.codes import Codes
from sttelnet.members.rules import Refusal, is_name
from sttelnet.members.throttle import MOST_SOURCES, Throttle, source_key
from sttelnet.passwords import Passwords
from sttelnet.store import Credentials, Entry, Member, Store

MOST_REFUSALS: Final = 5  # pages refused to guests of one source that are written down in a minute
CODE_NOT_GIVEN: Final = "right password, no code"
_BARRED: Final = {Refusal.CODE_WANTED: CODE_NOT_GIVEN, Refusal.ONE_TIME: "one-time password, by a program"}

_log = logging.getLogger(__name__)


class Door:
    """Verifies passwords for Members. Raises StoreError where the members cannot be read."""

    def __init__(
        self,
        store: Store,
        passwords: Passwords,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        on_failure: Callable[[str, bool], None],
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._monotonic = monotonic
        self._on_failure = on_failure
        self._throttle = Throttle()
        self._codes = Codes(store, clock)
        self._minute = 0
        self._refusals: Counter[str] = Counter()  # of guests in this minute, by source

    def delay(self, peer: str, config: MembersConfig) -> float:
        """Return the seconds the next try from an address waits."""
        return self._throttle.delay(peer, self._monotonic(), config)

    async def log_in(
        self,
        name: str,
        password: str,
        peer: str,
        config: MembersConfig,
        code: str | None = None,
        bar: Callable[[Member], Refusal | None] = lambda member: None,
    ) -> Member | Refusal:
        """Let somebody in, or not. The member returned has the time and address of the log-in before.

        `bar` says why a member whose password is right does not come in this way.
        """
        async with self.turn(peer, config) as taken:
            if not taken:
                return Refusal.THROTTLED
            known = await self._proved(name, password, peer)
            if isinstance(known, Refusal):
                return known
            member = known[0].member
            if (barred := bar(member)) is not None:
                await self.audit("log-in failed", member.name, peer, _BARRED.get(barred, barred.name.lower()))
                return barred
            refusal = await self._second(member, code, peer, config)
            return refusal or await self._let_in(*known, peer)

    async def _proved(self, name: str, password: str, peer: str) -> tuple[Credentials, str] | Refusal:
        """Return whose password that is, with the hash to keep of it; or why nobody comes in by it."""
        known = await self._store.members.credentials(name) if is_name(name) else None
        verified = await self._passwords.verify(known.hashed if known else None, password)
        if verified is None:
            return Refusal.BUSY
        if known is None or not verified.ok:
            return await self._failed(known, peer)
        if known.member.locked:
            await self.audit("log-in failed", known.member.name, peer, "locked")
            return Refusal.LOCKED
        # With other parameters than today's the hash is made anew; being too busy for that keeps nobody out.
        hashed = await self._passwords.hash(password) if verified.needs_rehash else None
        return known, hashed or known.hashed

    async def _let_in(self, known: Credentials, hashed: str, peer: str) -> Member | Refusal:
        entry = Entry(self._clock(), "log-in", known.member.name, peer)
        try:
            member = await self._store.members.record_log_in(known, hashed, entry)
        except StoreError as error:
            member = await self._unrecorded(known, entry, error)
        return member or Refusal.WRONG  # None: locked or given another password since we looked

    async def _second(self, member: Member, code: str | None, peer: str, config: MembersConfig) -> Refusal | None:
        """Return why a member whose password was right does not come in yet."""
        if not member.second_factor:
            return None
        if code is None:
            return Refusal.CODE_WANTED
        refusal = await self.prove(member, code, peer, config)
        if refusal is Refusal.CODE_WRONG:
            self.failed(peer)
        return refusal

    async def prove(self, member: Member, code: str, peer: str, config: MembersConfig) -> Refusal | None:
        """Use up a code of a member's second factor; return why it does not count.

        Throttled by member too: who has the password could guess from a thousand addresses, three codes at a time.
        """
        source = f"second factor of {member.id}"
        async with self.turn(source, config) as taken:
            if not taken:
                return Refusal.THROTTLED
            if await self._codes.accept(member, code, peer):
                return None
            self.failed(source)
            await self.audit("second factor failed", member.name, peer)
            return Refusal.CODE_WRONG

    async def _unrecorded(self, known: Credentials, entry: Entry, error: StoreError) -> Member | None:
        """Let somebody in whose log-in the database cannot take: an admin may be the one to make room there."""
        now = await self._store.members.credentials_by_id(known.member.id)
        if now is None or now.member.locked or now.hashed != known.hashed:
            return None
        _log.warning("a log-in could not be stored: %s", error)
        await self._store.audit.add(entry)
        return now.member

    async def admit(self, name: str, peer: str) -> Member | Refusal:
        """Let in whom a certificate names that was verified: without a password, but not where they are locked."""
        known = await self._store.members.credentials(name) if is_name(name) else None
        if known is None:
            await self.audit("log-in failed", "", peer, "certificate of nobody here")
            return Refusal.NO_SUCH_MEMBER
        if known.member.locked:
            await self.audit("log-in failed", known.member.name, peer, "certificate, but locked")
            return Refusal.LOCKED
        entry = Entry(self._clock(), "log-in", known.member.name, peer, "by certificate")
        try:
            member = await self._store.members.record_log_in(known, known.hashed, entry)
        except StoreError as error:
            member = await self._unrecorded(known, entry, error)
        return member or Refusal.LOCKED  # since we looked; or their password has changed, and the next call will do

    async def verify(self, member_id: int, password: str, peer: str, config: MembersConfig) -> Member | Refusal:
        """Return the member if that is their password. Throttled by member: a session left open is no oracle."""
        source = f"member {member_id}"
        async with self.turn(source, config) as taken:
            return await self._verify(member_id, password, peer, source) if taken else Refusal.THROTTLED

    async def _verify(self, member_id: int, password: str, peer: str, source: str) -> Member | Refusal:
        known = await self._store.members.credentials_by_id(member_id)
        verified = await self._passwords.verify(known.hashed if known else None, password)
        if verified is None:
            return Refusal.BUSY
        if known is None or not verified.ok:
            self.failed(source)
            await self.audit("password refused", known.member.name if known else "", peer)
            return Refusal.WRONG
        return known.member

    def notes_refusal(self, peer: str) -> bool:
        """Count a refusal of a guest; whether there were few from there in this minute."""
        key, minute = source_key(peer), int(self._monotonic() / 60)
        if minute != self._minute or len(self._refusals) > MOST_SOURCES:
            self._minute = minute
            self._refusals.clear()
        self._refusals[key] += 1
        return self._refusals[key] <= MOST_REFUSALS

    async def audit(self, event: str, who: str, peer: str, detail: str = "") -> None:
        """Write an audit row that belongs to no change, now or later. Raises nothing."""
        await self._store.audit.add(Entry(self._clock(), event, who, peer, detail))

    @asynccontextmanager
    async def turn(self, source: str, config: MembersConfig) -> AsyncIterator[bool]:
        """Wait as long as earlier tries demand, and hold a turn; False when too many wait from there already."""
        turn = self._throttle.enter(source, self._monotonic(), config)
        if turn is None:
            yield False
            return
        try:
            while wait := self._throttle.wait(turn, self._monotonic(), config):
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await turn.news.wait()
                turn.news.clear()
            yield wait is not None
        finally:
            self._throttle.leave(turn)

    def failed(self, source: str) -> None:
        """Remember a try that failed; to be told within its turn."""
        self._throttle.failed(source, self._monotonic())

    def stranger_failed(self, peer: str, *, known: bool) -> None:
        """Remember a log-in that failed; `known`: not for its name. To be told within its turn."""
        self.failed(peer)
        self._on_failure(peer, known)

    async def _failed(self, known: Credentials | None, peer: str) -> Refusal:
        self.stranger_failed(peer, known=known is not None)
        # A name nobody has is not kept: it may well be a password typed on the wrong line.
        who, detail = (known.member.name, "wrong password") if known else ("", "unknown name")
        await self.audit("log-in failed", who, peer, detail)
        return Refusal.WRONG
