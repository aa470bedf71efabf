"""Members: registration, passwords, roles, locks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, TypeAlias

from sttelnet.charset import clean
from sttelnet.config import MembersConfig, ShellConfig
from sttelnet.members import rules
from sttelnet.members.door import CODE_NOT_GIVEN, Door
from sttelnet.members.factors import Factors
from sttelnet.members.rules import Refusal, or_refusal
from sttelnet.members.settings import Change, read_settings, settings_text
from sttelnet.members.tokens import Tokens
from sttelnet.passwords import Passwords
from sttelnet.role import Role
from sttelnet.store import Entry, Member, NewMember, Store

FIRST_ADMIN = "sysop"
ALIKE = 200  # names at most that are looked through for one that is nearly it
LONGEST_PROFILE = 400  # characters: five lines of a terminal

Registration: TypeAlias = Literal["open", "approve", "closed"]


class Members:
    """Everybody who has an account.

    What changes something returns a Refusal when it was not done, for whatever reason; then nothing was.
    What only reads raises StoreError when it cannot.
    """

    def __init__(
        self,
        store: Store,
        passwords: Passwords,
        config: MembersConfig,
        *,
        all_loopback: bool,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        on_failure: Callable[[str, bool], None] = lambda peer, known: None,
    ) -> None:
        """`on_failure` is told of each log-in that failed: from which address, and whether not for its name."""
        self.config = config  # a reload of config.toml puts a new one here
        self.shell = ShellConfig()  # and here, from the start on: who may open it must have a second factor
        self.all_loopback = all_loopback  # every listener is on the loopback interface
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._door = Door(store, passwords, clock, monotonic, on_failure)
        self.tokens = Tokens(store, self._door, clock, lambda: self.config)
        self.factors = Factors(
            store, self._door, clock, lambda: self.config, lambda: self.shell, lambda: self.all_loopback
        )

    async def get(self, name: str) -> Member | None:
        """Return the member of that name, without case."""
        known = await self._store.members.credentials(name) if rules.is_name(name) else None
        return known.member if known else None

    async def by_id(self, member_id: int) -> Member | None:
        """Return the member of that number."""
        known = await self._store.members.credentials_by_id(member_id)
        return known.member if known else None

    async def all(self) -> list[Member]:
        """Return every member, by name."""
        return await self._store.members.everyone()

    async def alike(self, name: str) -> list[str]:
        """Return some names that begin as this one does: to suggest one, not to list members. Raises StoreError."""
        return await self._store.members.beginning_with(name[:1], ALIKE)

    async def audit(self, event: str, who: str, peer: str, detail: str = "") -> None:
        """Write an audit row that belongs to no change, now or later. Raises nothing."""
        await self._door.audit(event, who, peer, detail)

    async def trail(self, count: int = 200) -> list[Entry]:
        """Return the newest rows of the audit, newest first."""
        return await self._store.audit.latest(count)

    def registration(self) -> Registration:
        """Return whether strangers may register; "auto" is open while every listener is loopback."""
        if self.config.registration != "auto":
            return self.config.registration
        return "open" if self.all_loopback else "closed"

    def check_name(self, name: str) -> Refusal | None:
        """Return why nobody may be called that; None when they may."""
        return rules.check_name(name)

    def check_password(self, name: str, password: str) -> Refusal | None:
        """Return why a member may not have that password; None when they may."""
        return rules.check_password(name, password, self.config.min_password)

    def delay(self, peer: str) -> float:
        """Return the seconds the next try from an address waits where none of those under way succeeds."""
        return self._door.delay(peer, self.config)

    @or_refusal
    async def log_in(self, name: str, password: str, peer: str, *, code: str | None = None) -> Member | Refusal:
        """Log in from an address. The member returned has the time and address of the log-in before.

        CODE_WANTED says that the password is right, and that this member needs a code of their second factor besides.
        """
        return await self._door.log_in(name, password, peer, self.config, code)

    def notes_refusal(self, peer: str) -> bool:
        """Whether the audit is to have one more page that a guest from there was refused: a few in a minute."""
        return self._door.notes_refusal(peer)

    @or_refusal
    async def log_in_program(self, name: str, password: str, peer: str) -> Member | Refusal:
        """Log in a program, which neither chooses a password nor gives a code: whoever must is refused."""
        return await self._door.log_in(name, password, peer, self.config, bar=self._no_program)

    def _no_program(self, member: Member) -> Refusal | None:
        if member.must_change:
            return Refusal.ONE_TIME
        return Refusal.CODE_WANTED if member.second_factor or self.factors.wanting(member) else None

    async def code_not_given(self, name: str, peer: str) -> None:
        """Write down that somebody had a member's password, and no code. Raises nothing."""
        await self._door.audit("log-in failed", name, peer, CODE_NOT_GIVEN)

    @or_refusal
    async def log_in_by_certificate(self, name: str, peer: str) -> Member | Refusal:
        """Log in whom TLS vouches for. The member returned has the time and address of the log-in before."""
        return await self._door.admit(name, peer)

    @or_refusal
    async def register(self, name: str, password: str, peer: str) -> Member | Refusal:
        """Store a new member; PENDING when an admin must unlock them first."""
        state = self.registration()
        refusal = Refusal.CLOSED if state == "closed" else self.check_name(name)
        refusal = refusal or self.check_password(name, password)
        if refusal is not None:
            return refusal
        if await self.get(name):
            return Refusal.NAME_TAKEN
        hashed = await self._passwords.hash(password)
        if hashed is None:
            return Refusal.BUSY
        new = NewMember(name, Role.MEMBER, hashed, self._clock(), locked=state == "approve")
        member = await self._store.members.add(new, self._entry("registered", name, state, peer))
        if member is None:
            return Refusal.NAME_TAKEN  # by somebody else, while we hashed
        return Refusal.PENDING if member.locked else member

    @or_refusal
    async def add(self, name: str, role: Role, *, by: str = "console") -> tuple[Member, str] | Refusal:
        """Store a new member with a one-time password, and return both."""
        refusal = self.check_name(name) or _check_role(role)
        if refusal is not None:
            return refusal
        password = rules.one_time_password()
        hashed = await self._passwords.hash(password)
        if hashed is None:
            return Refusal.BUSY
        new = NewMember(name, role, hashed, self._clock(), must_change=True)
        member = await self._store.members.add(new, self._entry("added", name, f"{role}, by {by}"))
        return (member, password) if member else Refusal.NAME_TAKEN

    async def first_admin(self, given: str | None = None) -> str | None:
        """Make the admin `sysop` where there is no member yet; return its one-time password. Raises StoreError.

        `given` is that password, where it is not to be made up.
        """
        if await self.all():
            return None
        password = given or rules.one_time_password()
        hashed = await self._passwords.hash(password)
        if hashed is None:
            return None
        new = NewMember(FIRST_ADMIN, Role.ADMIN, hashed, self._clock(), must_change=True)
        entry = self._entry("added", FIRST_ADMIN, "admin, at the first start")
        return password if await self._store.members.add(new, entry, only_as_first=True) else None

    async def has_admin(self) -> bool:
        """Return whether there is an admin who can log in. Raises StoreError."""
        return any(member.role is Role.ADMIN and not member.locked for member in await self.all())

    @or_refusal
    async def verify_password(self, member_id: int, password: str, peer: str = "") -> Member | Refusal:
        """Return the member if that is their password. Failures are throttled by member."""
        return await self._door.verify(member_id, password, peer, self.config)

    @or_refusal
    async def change_password(
        self, member_id: int, old: str | None, new: str, peer: str = "", *, seen: Member | None = None
    ) -> Member | Refusal:
        """Store a password the member chose. `old` None: the caller has made sure of them already.

        `seen` is the member as the caller's log-in or verification returned them: where the password has changed
        since (a reset), the change is refused.
        """
        if old is not None:
            verified = await self._door.verify(member_id, old, peer, self.config)
            if isinstance(verified, Refusal):
                return verified
            seen = verified
        known = await self._store.members.credentials_by_id(member_id)
        if known is None:
            return Refusal.NO_SUCH_MEMBER
        if seen is not None and seen.seal != known.member.seal:
            return Refusal.PASSWORD_CHANGED
        hashed = await self._hash_of_another(new, known.member.name, known.hashed)
        if isinstance(hashed, Refusal):
            return hashed
        entry = self._entry("password", known.member.name, "changed", peer)
        # Hashing takes a while: what is replaced is the password we looked at, never one from a reset meanwhile.
        return await self._store.members.replace_password(known, hashed, entry) or Refusal.PASSWORD_CHANGED

    async def _hash_of_another(self, new: str, name: str, hashed: str) -> str | Refusal:
        """Return the hash of a password that keeps the rules and is not the one in use."""
        refusal = self.check_password(name, new)
        if refusal is not None:
            return refusal
        same = await self._passwords.verify(hashed, new)
        if same is None:
            return Refusal.BUSY
        return Refusal.PASSWORD_SAME if same.ok else await self._passwords.hash(new) or Refusal.BUSY

    @or_refusal
    async def reset_password(self, name: str, *, by: str = "console") -> tuple[Member, str] | Refusal:
        """Give a member a one-time password, and return both."""
        member = await self.get(name)
        if member is None:
            return Refusal.NO_SUCH_MEMBER
        password = rules.one_time_password()
        hashed = await self._passwords.hash(password)
        if hashed is None:
            return Refusal.BUSY
        entry = self._entry("password", member.name, f"reset, by {by}")
        changed = await self._store.members.set_password(member.id, hashed, must_change=True, entry=entry)
        return (changed, password) if changed else Refusal.NO_SUCH_MEMBER

    @or_refusal
    async def set_role(self, name: str, role: Role, *, by: str = "console") -> Member | Refusal:
        """Give a member another role."""
        refusal = _check_role(role)
        if refusal is not None:
            return refusal
        member = await self.get(name)
        if member is None:
            return Refusal.NO_SUCH_MEMBER
        entry = self._entry("role", member.name, f"{member.role} -> {role}, by {by}")
        return await self._store.members.set_role(member.id, role, entry) or Refusal.NO_SUCH_MEMBER

    @or_refusal
    async def set_locked(self, name: str, locked: bool, *, by: str = "console") -> Member | Refusal:
        """Lock a member out, or let them in (again)."""
        member = await self.get(name)
        if member is None:
            return Refusal.NO_SUCH_MEMBER
        entry = self._entry("locked" if locked else "unlocked", member.name, f"by {by}")
        return await self._store.members.set_locked(member.id, locked, entry) or Refusal.NO_SUCH_MEMBER

    @or_refusal
    async def set_charset(self, member_id: int, charset: str | None) -> Member | Refusal:
        """Keep the charset a member chose; None goes by the terminal."""
        return await self._store.members.set_charset(member_id, charset) or Refusal.NO_SUCH_MEMBER

    @or_refusal
    async def set_profile(self, member_id: int, text: str) -> Member | Refusal:
        """Keep what a member says of themselves: one line, cleaned and cut."""
        line = " ".join(clean(text).split())[:LONGEST_PROFILE]
        return await self._store.members.set_profile(member_id, line) or Refusal.NO_SUCH_MEMBER

    @or_refusal
    async def change_settings(self, member_id: int, change: Change) -> Member | Refusal:
        """Keep what a member has chosen about their terminal, beside what they chose where else they are on."""
        known = await self._store.members.credentials_by_id(member_id)
        if known is None:
            return Refusal.NO_SUCH_MEMBER
        text = settings_text(change(read_settings(known.member.settings)))
        return await self._store.members.set_settings(member_id, text) or Refusal.NO_SUCH_MEMBER

    def _entry(self, event: str, who: str, detail: str, peer: str = "") -> Entry:
        return Entry(self._clock(), event, who, peer, detail)


def _check_role(role: Role) -> Refusal | None:
    return Refusal.ROLE_BAD if role is Role.GUEST else None
