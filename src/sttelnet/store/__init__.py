"""The database of members, messages, files and transfers: all the SQL there is, and the only door to SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from sqlite3 import sqlite_version as SQLITE_VERSION  # noqa: N812 - it is a constant

from sttelnet.store.ageing import HistoryAge
from sttelnet.store.audit import Entry
from sttelnet.store.bans import BanTable, StoredBan
from sttelnet.store.chain import BEGINS, MAX_ROW, Link
from sttelnet.store.checks import CheckTable, StoredChange, StoredCheck
from sttelnet.store.database import BUSY_TIMEOUT, Database, open_database
from sttelnet.store.factors import Factor, FactorTable
from sttelnet.store.files import FileTable, StoredFile
from sttelnet.store.history import HistoryTable, Measured, SeriesName
from sttelnet.store.ignores import GUESTS, IgnoreTable
from sttelnet.store.members import Credentials, Member, MemberTable, NewMember
from sttelnet.store.messages import ALERTS, MOST_AT_ONCE, Kept, MessageTable, NewMessage, StoredMessage
from sttelnet.store.migrations import MIGRATIONS, Migration
from sttelnet.store.oneliners import Oneliner, OnelinerTable
from sttelnet.store.tokens import NewToken, Token, TokenTable
from sttelnet.store.transfers import Direction, TransferRow, TransferTable
from sttelnet.store.waiting import Audit


class Store:
    """The database's tables.

    async with Store.open(path) as store:
        member = await store.members.credentials("kim")

    A method that fails raises StoreError (StoreBusy: another process writes for too long); then nothing was done.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.members = MemberTable(database)
        self.audit = Audit(database)
        self.messages = MessageTable(database)
        self.checks = CheckTable(database)
        self.history = HistoryTable(database)
        self.history_age = HistoryAge(database)
        self.bans = BanTable(database)
        self.ignores = IgnoreTable(database)
        self.oneliners = OnelinerTable(database)
        self.files = FileTable(database)
        self.transfers = TransferTable(database)
        self.tokens = TokenTable(database)
        self.factors = FactorTable(database)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, *, patience: float = BUSY_TIMEOUT, steps: Sequence[Migration] = MIGRATIONS
    ) -> AsyncIterator[Store]:
        """Open the file, made or brought up to date first. Raises StoreError, StoreTooNew, StoreBusy."""
        async with open_database(path, patience=patience, steps=steps) as database:
            store = cls(database)
            try:
                yield store
            finally:
                await store.audit.finish()

    async def data_version(self) -> int:
        """Return a number that changes when another process has changed the file."""
        return await self._database.data_version()


__all__ = [
    "ALERTS",
    "BEGINS",
    "GUESTS",
    "MAX_ROW",
    "MOST_AT_ONCE",
    "SQLITE_VERSION",
    "Audit",
    "BanTable",
    "CheckTable",
    "Credentials",
    "Direction",
    "Entry",
    "Factor",
    "HistoryAge",
    "HistoryTable",
    "Kept",
    "Link",
    "Measured",
    "Member",
    "NewMember",
    "NewMessage",
    "NewToken",
    "Oneliner",
    "SeriesName",
    "Store",
    "StoredBan",
    "StoredChange",
    "StoredCheck",
    "StoredFile",
    "StoredMessage",
    "Token",
    "TransferRow",
]
