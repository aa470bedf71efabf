"""Second factors: who must have one, how a member gets one, and how it goes again."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sttelnet.config import MembersConfig, ShellConfig
from sttelnet.members import rules, totp
from sttelnet.members.codes import compact, hash_of, new_recovery_codes
from sttelnet.members.door import Door
from sttelnet.members.rules import Refusal, or_refusal
from sttelnet.role import Role
from sttelnet.store import Entry, Factor, Member, Store


class Factors:
    """The rules over second factors. What changes something returns a Refusal when it was not done."""

    def __init__(
        self,
        store: Store,
        door: Door,
        clock: Callable[[], float],
        config: Callable[[], MembersConfig],
        shell: Callable[[], ShellConfig],
        all_loopback: Callable[[], bool],
    ) -> None:
        self._store, self._door, self._clock = store, door, clock
        self._config, self._shell, self._all_loopback = config, shell, all_loopback

    def wanting(self, member: Member) -> bool:
        """Whether a member has no second factor, and must have one because of their role."""
        return not member.second_factor and self.demanded_of(member.role)

    def demanded_of(self, role: Role) -> bool:
        """Whether whoever has a role must have a second factor; that of the shell always, where any must."""
        least, shell = self._config().second_factor, self._shell()
        if least == "auto":
            least = "never" if self._all_loopback() else "admin"
        if least == "never":
            return False
        return role >= Role[least.upper()] or (shell.enabled and role >= Role[shell.role.upper()])

    async def get(self, member_id: int) -> Factor | None:
        """Return a member's second factor, None where they have none. Raises StoreError."""
        return await self._store.factors.get(member_id)

    async def recovery_left(self, member_id: int) -> int:
        """Return how many recovery codes a member has left. Raises StoreError."""
        return await self._store.factors.recovery_left(member_id)

    def new_secret(self) -> bytes:
        """Return a secret for somebody's app. It counts once `enrol` has seen a code of it."""
        return secrets.token_bytes(totp.SECRET_BYTES)

    def step_of(self, secret: bytes, typed: str) -> int | None:
        """Return the step in which that is the code of a secret, None where it is not now."""
        code = compact(typed)
        return totp.step_of(secret, code, self._clock(), after=-1) if totp.is_code(code) else None

    @or_refusal
    async def enrol(self, member: Member, secret: bytes, step: int, peer: str) -> list[str] | Refusal:
        """Store a secret whose code of a step was typed; return the recovery codes, which nobody can be told again."""
        codes = new_recovery_codes()
        now = self._clock()
        entry = Entry(now, "second factor enrolled", member.name, peer)
        hashes = [hash_of(code) for code in codes]
        stored = await self._store.factors.add(Factor(member.id, secret, step, now), hashes, entry)
        return codes if stored else Refusal.FACTOR_THERE

    @or_refusal
    async def remove(self, member: Member, answer: str, peer: str) -> Member | Refusal:
        """Take the second factor away of a member who gives a code of their app, or their password."""
        config = self._config()
        if totp.is_code(compact(answer)):
            refusal = await self._door.prove(member, answer, peer, config)
        else:
            found = await self._door.verify(member.id, answer, peer, config)
            refusal = found if isinstance(found, Refusal) else None
        return refusal or await self._drop(member, Entry(self._clock(), "second factor removed", member.name, peer))

    @or_refusal
    async def turn_off(self, name: str, *, by: str = "console") -> Member | Refusal:
        """Take away the second factor of a member who has lost it."""
        known = await self._store.members.credentials(name) if rules.is_name(name) else None
        if known is None:
            return Refusal.NO_SUCH_MEMBER
        entry = Entry(self._clock(), "second factor removed", known.member.name, "", f"by {by}")
        return await self._drop(known.member, entry)

    async def _drop(self, member: Member, entry: Entry) -> Member | Refusal:
        if not await self._store.factors.remove(member.id, entry):
            return Refusal.NO_FACTOR
        known = await self._store.members.credentials_by_id(member.id)
        return known.member if known else Refusal.NO_SUCH_MEMBER
