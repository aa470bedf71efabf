"""The tokens table: what programs log in with in a member's name. Of a token only its hash is kept."""

from __future__ import annotations

from dataclasses import dataclass

from sttelnet.role import Role
from sttelnet.store.audit import Entry, write_entry
from sttelnet.store.database import LOG_IN_PATIENCE, Database, Row, Transaction


@dataclass(frozen=True, slots=True)
class Token:
    """One token; times are seconds since 1970."""

    id: int
    member_id: int
    member: str  # the name
    role: Role  # the most it may do, whatever the member may
    note: str
    created: float
    expires: float | None  # None: never
    used: float | None
    peer: str | None  # from where it was used last


@dataclass(frozen=True, slots=True)
class NewToken:
    """What a token starts with."""

    member_id: int
    hashed: str
    role: Role
    note: str
    created: float
    expires: float | None


_SELECT = (
    "SELECT tokens.id, member, name, tokens.role, note, tokens.created, expires, used, peer"
    " FROM tokens JOIN members ON members.id = member"
)
_BY_ID = _SELECT + " WHERE tokens.id = ?"
_BY_HASH = _SELECT + " WHERE hash = ?"
_ALL = _SELECT + " ORDER BY tokens.id"


class TokenTable:
    """The tokens table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Token]:
        """Return every token, the oldest first."""
        return [_token(row) for row in await self._database.read(_ALL)]

    async def by_id(self, token_id: int) -> Token | None:
        """Return the token of that number."""
        return _first(await self._database.read(_BY_ID, (token_id,)))

    async def by_hash(self, hashed: str) -> Token | None:
        """Return the token with that hash."""
        return _first(await self._database.read(_BY_HASH, (hashed,)))

    async def add(self, new: NewToken, entry: Entry) -> Token | None:
        """Store a new token; None where the member is gone."""
        async with self._database.transaction() as transaction:
            await transaction.run(
                "INSERT INTO tokens (member, hash, role, note, created, expires)"
                " SELECT id, ?, ?, ?, ?, ? FROM members WHERE id = ?",
                (new.hashed, str(new.role), new.note, new.created, new.expires, new.member_id),
            )
            stored = _first(await transaction.run(_BY_HASH, (new.hashed,)))
            if stored is not None:
                await write_entry(transaction, entry)
        return stored

    async def record_use(self, token_id: int, entry: Entry) -> bool:
        """Store time and address of a log-in; False, and nothing is stored, where it no longer counts."""
        async with self._database.transaction(LOG_IN_PATIENCE) as transaction:
            counts = await transaction.run(
                "SELECT 1 FROM tokens JOIN members ON members.id = member WHERE tokens.id = ? AND NOT locked",
                (token_id,),
            )
            if not counts:
                return False
            await transaction.run("UPDATE tokens SET used = ?, peer = ? WHERE id = ?", (entry.at, entry.peer, token_id))
            await write_entry(transaction, entry)
        return True

    async def remove(self, token_id: int, entry: Entry) -> bool:
        """Drop a token; False, and no audit row, where there is none."""
        async with self._database.transaction() as transaction:
            if not await _exists(transaction, token_id):
                return False
            await transaction.run("DELETE FROM tokens WHERE id = ?", (token_id,))
            await write_entry(transaction, entry)
        return True


async def _exists(transaction: Transaction, token_id: int) -> bool:
    return bool(await transaction.run("SELECT 1 FROM tokens WHERE id = ?", (token_id,)))


def _first(rows: list[Row]) -> Token | None:
    return _token(rows[0]) if rows else None


def _token(row: Row) -> Token:
    number, member_id, name, role, note, created, expires, used, peer = row
    rights = Role.parse(role) or Role.MEMBER  # the table's CHECK knows the same words
    return Token(number, member_id, name, rights, note, created, expires, used, peer)
