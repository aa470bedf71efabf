"""The members table. What may be stored is decided above; here it is stored, with its audit row, or not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from sttelnet.role import Role
from sttelnet.store.audit import Entry, write_entry
from sttelnet.store.database import LOG_IN_PATIENCE, Database, Row, Transaction


@dataclass(frozen=True, slots=True)
class Member:
    """One member; the password's hash stays in the store."""

    id: int
    name: str
    role: Role
    locked: bool
    charset: str | None  # what they chose with /charset; None goes by the terminal
    must_change: bool  # the password is a one-time one
    created: float  # seconds since 1970
    last_login: float | None
    last_peer: str | None
    profile: str
    seal: str = field(default="", repr=False, compare=False)  # of the password: another one, another seal
    settings: str = "{}"  # what they have chosen, as JSON
    second_factor: bool = False  # a log-in by password needs a code besides


@dataclass(frozen=True, slots=True)
class NewMember:
    """What a member starts with."""

    name: str
    role: Role
    hashed: str
    created: float
    locked: bool = False
    must_change: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """A member, and the hash their password must match."""

    member: Member
    hashed: str


_SELECT = (
    "SELECT id, name, role, locked, charset, must_change, created, last_login, last_peer, profile, settings,"
    " password, EXISTS (SELECT 1 FROM second_factors WHERE second_factors.member = members.id)"
    " FROM members"
)
_BY_ID = _SELECT + " WHERE id = ?"
_BY_NAME = _SELECT + " WHERE name = ?"  # without case: the column is NOCASE
_ALL = _SELECT + " ORDER BY name"


def _credentials(row: Row) -> Credentials:
    (number, name, role, locked, charset, must_change, created, last_login, last_peer, *rest) = row
    profile, settings, hashed, second_factor = rest
    rights = Role.parse(role) or Role.MEMBER  # the table's CHECK knows the same words
    member = Member(
        number,
        name,
        rights,
        bool(locked),
        charset,
        bool(must_change),
        created,
        last_login,
        last_peer,
        profile,
        _seal(hashed),
        settings,
        bool(second_factor),
    )
    return Credentials(member, hashed)


def _seal(hashed: str) -> str:
    """Return what tells one password's hash from another's without being of use for guessing it."""
    return hashlib.sha256(hashed.encode()).hexdigest()


class MemberTable:
    """The members table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def credentials(self, name: str) -> Credentials | None:
        """Return the member of that name, without case, and their password's hash."""
        return _first(await self._database.read(_BY_NAME, (name,)))

    async def credentials_by_id(self, member_id: int) -> Credentials | None:
        """Return the member of that number and their password's hash."""
        return _first(await self._database.read(_BY_ID, (member_id,)))

    async def everyone(self) -> list[Member]:
        """Return every member, by name."""
        return [_credentials(row).member for row in await self._database.read(_ALL)]

    async def beginning_with(self, letters: str, most: int) -> list[str]:
        """Return so many names at most that begin with these letters, whatever their case."""
        sql = "SELECT name FROM members WHERE name >= ? AND name < ? ORDER BY name LIMIT ?"
        return [row[0] for row in await self._database.read(sql, (letters, letters + "\x7f", most))]

    async def add(self, new: NewMember, entry: Entry, *, only_as_first: bool = False) -> Member | None:
        """Store a new member; None when the name is taken (or, on demand, when there is any member)."""
        async with self._database.transaction() as transaction:
            in_the_way = "SELECT 1 FROM members LIMIT 1" if only_as_first else "SELECT 1 FROM members WHERE name = ?"
            if await transaction.run(in_the_way, () if only_as_first else (new.name,)):
                return None
            await transaction.run(
                "INSERT INTO members (name, role, password, locked, must_change, created) VALUES (?, ?, ?, ?, ?, ?)",
                (new.name, str(new.role), new.hashed, new.locked, new.must_change, new.created),
            )
            stored = _first(await transaction.run(_BY_NAME, (new.name,)))
            await write_entry(transaction, entry)
        return stored.member if stored else None

    async def record_log_in(self, known: Credentials, hashed: str, entry: Entry) -> Member | None:
        """Store time and address of a log-in, and the hash (a new one where its parameters changed).

        Returns the member with the time and address of the log-in before; None, and nothing is stored, when
        the password or the lock has changed since `known` was read.
        """
        async with self._database.transaction(LOG_IN_PATIENCE) as transaction:
            now = _first(await transaction.run(_BY_ID, (known.member.id,)))
            if now is None or now.member.locked or now.hashed != known.hashed:
                return None
            await transaction.run(
                "UPDATE members SET last_login = ?, last_peer = ?, password = ? WHERE id = ?",
                (entry.at, entry.peer, hashed, known.member.id),
            )
            await write_entry(transaction, entry)
        return replace(now.member, seal=_seal(hashed))

    async def set_password(self, member_id: int, hashed: str, *, must_change: bool, entry: Entry) -> Member | None:
        """Store another password's hash."""
        sql = "UPDATE members SET password = ?, must_change = ? WHERE id = ?"
        return await self._change(sql, (hashed, must_change), member_id, entry)

    async def replace_password(self, known: Credentials, hashed: str, entry: Entry) -> Member | None:
        """Store the hash of a password a member chose; None, and nothing is, when `known`'s is no longer theirs."""
        async with self._database.transaction() as transaction:
            await transaction.run(
                "UPDATE members SET password = ?, must_change = 0 WHERE id = ? AND password = ?",
                (hashed, known.member.id, known.hashed),
            )
            now = _first(await transaction.run(_BY_ID, (known.member.id,)))
            if now is None or now.hashed != hashed:  # hashes are salted: no two are alike
                return None
            await write_entry(transaction, entry)
        return now.member

    async def set_role(self, member_id: int, role: Role, entry: Entry) -> Member | None:
        """Store another role."""
        return await self._change("UPDATE members SET role = ? WHERE id = ?", (str(role),), member_id, entry)

    async def set_locked(self, member_id: int, locked: bool, entry: Entry) -> Member | None:
        """Lock a member out, or let them in again."""
        return await self._change("UPDATE members SET locked = ? WHERE id = ?", (locked,), member_id, entry)

    async def set_charset(self, member_id: int, charset: str | None) -> Member | None:
        """Store the charset a member chose."""
        return await self._change("UPDATE members SET charset = ? WHERE id = ?", (charset,), member_id)

    async def set_profile(self, member_id: int, profile: str) -> Member | None:
        """Store what a member says of themselves."""
        return await self._change("UPDATE members SET profile = ? WHERE id = ?", (profile,), member_id)

    async def set_settings(self, member_id: int, settings: str) -> Member | None:
        """Store what a member has chosen."""
        return await self._change("UPDATE members SET settings = ? WHERE id = ?", (settings,), member_id)

    async def _change(
        self, sql: str, values: tuple[object, ...], member_id: int, entry: Entry | None = None
    ) -> Member | None:
        """Do one UPDATE with its audit row; None when there is no such member."""
        async with self._database.transaction() as transaction:
            await transaction.run(sql, (*values, member_id))
            changed = await _by_id(transaction, member_id)
            if changed is not None and entry is not None:
                await write_entry(transaction, entry)
        return changed


async def _by_id(transaction: Transaction, member_id: int) -> Member | None:
    found = _first(await transaction.run(_BY_ID, (member_id,)))
    return found.member if found else None


def _first(rows: list[Row]) -> Credentials | None:
    return _credentials(rows[0]) if rows else None
