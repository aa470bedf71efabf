"""Tokens: what programs log in with in a member's name, without the member's password and with no more than a role."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from sttelnet.charset import one_line
from sttelnet.config import MembersConfig
from sttelnet.errors import StoreError
from sttelnet.logs import event_logger
from sttelnet.members import rules
from sttelnet.members.door import Door
from sttelnet.members.rules import Refusal, or_refusal
from sttelnet.role import Role
from sttelnet.store import Entry, Member, NewToken, Store, Token

log = event_logger(__name__)

PREFIX: Final = "stt_"  # so that people, and programs that look for leaked secrets, know one when they see it
RANDOM_BYTES: Final = 24  # 192 bits: 32 characters
LONGEST_NOTE: Final = 60
MOST_DAYS: Final = 3660
DAY: Final = 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class Pass:
    """A log-in by token."""

    token: Token
    member: Member  # with the role the token allows


class Tokens:
    """The rules over the tokens. What changes something returns a Refusal when it was not done."""

    def __init__(
        self, store: Store, door: Door, clock: Callable[[], float], config: Callable[[], MembersConfig]
    ) -> None:
        self._store, self._door, self._clock, self._config = store, door, clock, config

    async def all(self) -> list[Token]:
        """Return every token, the oldest first. Raises StoreError."""
        return await self._store.tokens.all()

    @or_refusal
    async def make(
        self, name: str, role: Role | None = None, *, days: int | None = None, note: str = "", by: str = "console"
    ) -> tuple[Token, str] | Refusal:
        """Make a token for a member and return it with its secret, which nobody can be told again.

        Without `role` it may do what the member may, but no more than an operator; without `days` it lasts.
        """
        known = await self._store.members.credentials(name) if rules.is_name(name) else None
        if known is None:
            return Refusal.NO_SUCH_MEMBER
        member = known.member
        role = min(member.role, Role.OPERATOR) if role is None else role
        if role > member.role or role is Role.GUEST:
            return Refusal.TOKEN_ROLE
        secret = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
        now = self._clock()
        expires = None if days is None else now + days * DAY
        note = one_line(note)[:LONGEST_NOTE]
        entry = Entry(now, "token made", member.name, "", f"{role}{f', {note}' if note else ''}, by {by}")
        token = await self._store.tokens.add(NewToken(member.id, hash_of(secret), role, note, now, expires), entry)
        return (token, secret) if token is not None else Refusal.NO_SUCH_MEMBER

    @or_refusal
    async def revoke(self, token_id: int, *, by: str = "console") -> Token | Refusal:
        """Drop a token: it counts no more, in sessions that are on neither."""
        token = await self._store.tokens.by_id(token_id)
        if token is None:
            return Refusal.NO_SUCH_TOKEN
        entry = Entry(self._clock(), "token revoked", token.member, "", f"number {token.id}, by {by}")
        return token if await self._store.tokens.remove(token_id, entry) else Refusal.NO_SUCH_TOKEN

    @or_refusal
    async def log_in(self, secret: str, peer: str) -> Pass | Refusal:
        """Log in from an address. Wrong ones are throttled and written down as wrong passwords are.

        A right one has no turn to wait for: whoever shares its address, and guesses, would keep it out.
        """
        token = await self._store.tokens.by_hash(hash_of(secret))
        if token is not None:
            return await self._use(token, peer)
        async with self._door.turn(peer, self._config()) as taken:
            if not taken:
                return Refusal.THROTTLED
            self._door.stranger_failed(peer, known=True)
            await self._door.audit("log-in failed", "", peer, "unknown token")
            return Refusal.TOKEN_WRONG

    async def _use(self, token: Token, peer: str) -> Pass | Refusal:
        found = await self._judge(token)
        if isinstance(found, Pass):
            entry = Entry(self._clock(), "token used", token.member, peer, f"number {token.id}")
            return found if await self._recorded(token, entry) else Refusal.TOKEN_WRONG
        await self._door.audit("log-in failed", token.member, peer, f"token {token.id}: {found.name.lower()}")
        return found

    async def _recorded(self, token: Token, entry: Entry) -> bool:
        """Store a log-in; where the database cannot take it, its row is written later, and the token counts."""
        try:
            return await self._store.tokens.record_use(token.id, entry)
        except StoreError as error:
            log.warning("a log-in could not be stored: %s", error)
        if not isinstance(await self.still(token.id), Pass):  # revoked, or the member locked, since we looked
            return False
        await self._store.audit.add(entry)
        return True

    async def still(self, token_id: int) -> Pass | Refusal:
        """Return what a token that was logged in with allows now. Raises StoreError."""
        token = await self._store.tokens.by_id(token_id)
        return Refusal.TOKEN_WRONG if token is None else await self._judge(token)

    async def _judge(self, token: Token) -> Pass | Refusal:
        known = await self._store.members.credentials_by_id(token.member_id)
        if known is None:
            return Refusal.TOKEN_WRONG
        if token.expires is not None and self._clock() >= token.expires:
            return Refusal.TOKEN_OVER
        if known.member.locked:
            return Refusal.LOCKED
        return Pass(token, replace(known.member, role=min(known.member.role, token.role)))


def hash_of(secret: str) -> str:
    """Return what is kept of a token.

    A plain SHA-256: argon2 makes guessing slow where people choose the secret. Nobody guesses 192 random bits, and
    looking one up by its hash tells nothing by the time it takes.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
