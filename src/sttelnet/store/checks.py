"""The tables of checks: what state each is in, what people have said about it, and how it has changed."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from sttelnet.store.database import Database

CHANGES_KEPT = 10_000
_PRUNE_EVERY = 64  # changes
_COLUMNS = "name, state, since, ack_by, ack_text, muted_until, ack_until, told"  # as the fields of StoredCheck


@dataclass(frozen=True, slots=True)
class StoredCheck:
    """One check. States are the exit statuses of monitoring plugins, 0 to 3."""

    name: str
    state: int
    since: float  # seconds since 1970
    ack_by: str = ""  # the member who knows about it; "" for nobody
    ack_text: str = ""
    muted_until: float = 0.0
    ack_until: float = 0.0  # 0: until it is OK
    told: int | None = None  # the state people know; None: this one


@dataclass(frozen=True, slots=True)
class StoredChange:
    """A confirmed state that has become another."""

    at: float
    name: str
    before: int
    after: int
    text: str


class CheckTable:
    """The tables checks and check_changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[str, StoredCheck]:
        """Return every check there has been, by name."""
        rows = await self._database.read(f"SELECT {_COLUMNS} FROM checks")  # noqa: S608 - names of our own
        return {row[0]: StoredCheck(*row) for row in rows}

    async def save(self, check: StoredCheck, change: StoredChange | None = None) -> None:
        """Store what a check is like now, with the change that led there."""
        async with self._database.transaction() as transaction:
            await transaction.run(
                f"INSERT OR REPLACE INTO checks ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                astuple(check),
            )
            if change is None:
                return
            await transaction.run(
                "INSERT INTO check_changes (at, name, before, after, text) VALUES (?, ?, ?, ?, ?)",
                (change.at, change.name, change.before, change.after, change.text),
            )
            newest = (await transaction.run("SELECT last_insert_rowid()"))[0][0]
            if newest % _PRUNE_EVERY == 0:
                await transaction.run("DELETE FROM check_changes WHERE id <= ?", (newest - CHANGES_KEPT,))

    async def changes(self, count: int, name: str = "") -> list[StoredChange]:
        """Return the newest changes, of one check where it is named, newest first."""
        where, values = ("WHERE name = ? ", (name,)) if name else ("", ())
        sql = f"SELECT at, name, before, after, text FROM check_changes {where}ORDER BY id DESC LIMIT ?"  # noqa: S608
        return [StoredChange(*row) for row in await self._database.read(sql, (*values, count))]
