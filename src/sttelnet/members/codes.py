"""Whether what a member typed is a code of their second factor: of their app, or a recovery code. Each counts once."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from collections.abc import Callable
from typing import Final

from sttelnet.errors import StoreError
from sttelnet.members import totp
from sttelnet.store import Entry, Factor, Member, Store

RECOVERY_CODES: Final = 10
_GROUPS: Final = 3  # of four characters, five bits each: 60 bits

_log = logging.getLogger(__name__)


class Codes:
    """Checks codes. Raises StoreError where the second factors cannot be read, or a recovery code not be used up."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock
        self._taken: dict[int, tuple[float, int]] = {}  # member -> when it was made, and the newest step taken here

    async def accept(self, member: Member, typed: str, peer: str) -> bool:
        """Whether that is a code which was not used yet; then it is now."""
        code = compact(typed)
        if not totp.is_code(code):
            entry = Entry(self._clock(), "recovery code used", member.name, peer)
            return await self._store.factors.use_recovery(member.id, hash_of(code), entry)
        factor = await self._store.factors.get(member.id)
        if factor is None:
            return False
        step = totp.step_of(factor.secret, code, self._clock(), factor.step)
        return step is not None and await self._take(factor, step)

    async def _take(self, factor: Factor, step: int) -> bool:
        """Use up a step. Where the database cannot take that it is kept here: an admin may be the one to make room."""
        member_id = factor.member_id
        try:
            taken = await self._store.factors.take_step(member_id, step)
        except StoreError as error:
            _log.warning("the use of a second factor could not be stored: %s", error)
            taken = True
        # Nothing is awaited between the look and the note: of two that come at once one is refused.
        if not taken or (factor.made, step) <= self._taken.get(member_id, (0.0, 0)):
            return False
        self._taken[member_id] = (factor.made, step)
        return True


def new_recovery_codes() -> list[str]:
    """Return codes of random letters and digits, as people read them: "abcd-efgh-2345"."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
    return "-".join(text[at : at + 4] for at in range(0, 4 * _GROUPS, 4))


def compact(typed: str) -> str:
    """Return a code as it is compared: without what people put between its parts, in lower case."""
    return "".join(typed.split()).replace("-", "").lower()


def hash_of(code: str) -> str:
    """Return what is kept of a recovery code; plain SHA-256, for nobody guesses 60 random bits here."""
    return hashlib.sha256(compact(code).encode("utf-8", "replace")).hexdigest()
