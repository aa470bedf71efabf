"""One SQLite file: reading, and writing in transactions that are whole or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import aiosqlite

from sttelnet.store.faults import busy, sentences
from sttelnet.store.migrations import MIGRATIONS, Migration
from sttelnet.store.upgrade import prepare

BUSY_TIMEOUT = 5.0  # seconds another process may hold the file before we say so
LOG_IN_PATIENCE = 2.0  # seconds of each wait where a member comes in all the same
Row: TypeAlias = "tuple[Any, ...]"

# FULL: what was acknowledged survives power loss too (sqlite.org/pragma.html#pragma_synchronous).
_WRITER = ("PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON")
_READER = ("PRAGMA query_only = ON",)


class Transaction:
    """The statements of one change; see Database.transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def run(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        return [tuple(row) for row in await self._connection.execute_fetchall(sql, values)]

    async def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run one statement for each row of values."""
        cursor = await self._connection.executemany(sql, rows)
        await cursor.close()


class Database:
    """Two connections to one file, so that reading never waits for a writer. Made by `open_database`."""

    def __init__(self, path: Path, reader: aiosqlite.Connection, writer: aiosqlite.Connection, patience: float) -> None:
        self.path = path
        self._reader = reader
        self._writer = writer
        self._patience = patience
        self._writing = asyncio.Lock()

    async def read(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Return the rows of one query, as of the last commit."""
        with sentences(self.path):
            return [tuple(row) for row in await self._reader.execute_fetchall(sql, values)]

    @asynccontextmanager
    async def transaction(self, patience: float | None = None) -> AsyncIterator[Transaction]:
        """Commit what is run inside, or on any exception, cancellation too, none of it.

        `patience`, in seconds, takes the place of the database's own for each of the two waits: for other tasks, and
        for other processes.
        """
        await self._take_turn(self._patience if patience is None else patience)
        try:
            with sentences(self.path):
                async with self._waiting_for(patience), self._begun():
                    yield Transaction(self._writer)
        finally:
            self._writing.release()

    async def data_version(self) -> int:
        """Return a number that changes when another process has changed the file."""
        with sentences(self.path):
            rows = await self._writer.execute_fetchall("PRAGMA data_version")
        return int(next(iter(rows))[0])

    async def _take_turn(self, patience: float) -> None:
        """Wait until no other task writes: it may be waiting for another process, so this has a limit too."""
        try:
            async with asyncio.timeout(patience):
                await self._writing.acquire()
        except TimeoutError as error:
            raise busy(self.path, "others") from error

    @asynccontextmanager
    async def _waiting_for(self, patience: float | None) -> AsyncIterator[None]:
        """Wait for other processes another time than usual, meanwhile."""
        if patience is None:
            yield
            return
        try:
            await self._writer.execute_fetchall(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
            yield
        finally:
            await self._writer.execute_fetchall(f"PRAGMA busy_timeout = {self._patience * 1000:.0f}")

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[None]:
        # A cancelled statement runs on in aiosqlite's thread. The rollback goes into that thread's queue
        # behind it, before anything is awaited, so it is done even if this task is cancelled a second time.
        try:
            await self._writer.execute_fetchall("BEGIN IMMEDIATE")
            yield
            await self._writer.commit()
        except BaseException:
            await self._writer.rollback()
            raise


@asynccontextmanager
async def open_database(
    path: Path, *, patience: float = BUSY_TIMEOUT, steps: Sequence[Migration] = MIGRATIONS
) -> AsyncIterator[Database]:
    """Open a file, made or brought up to date first; close it whatever happens. Raises StoreError."""
    await asyncio.to_thread(prepare, path, patience, steps)
    with sentences(path):
        async with _connection(path, patience, _WRITER) as writer, _connection(path, patience, _READER) as reader:
            yield Database(path, reader, writer, patience)


@asynccontextmanager
async def _connection(path: Path, patience: float, pragmas: Sequence[str]) -> AsyncIterator[aiosqlite.Connection]:
    """Open one connection in a thread of its own; both have ended when this ends, even if it is cancelled."""
    opened: list[sqlite3.Connection] = []

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
        opened.append(connection)
        for pragma in pragmas:
            connection.execute(pragma)
        return connection

    proxy = aiosqlite.Connection(connect, iter_chunk_size=64)
    try:
        async with proxy:
            yield proxy
    finally:
        # aiosqlite 0.22, cancelled while it opens or closes, leaves its thread to report to a loop that may be
        # closed by then, and drops the connection unclosed. What that thread still does is over within the time-out.
        thread: threading.Thread = proxy._thread  # noqa: SLF001 - there is no other way to wait for it
        if thread.is_alive():
            thread.join(patience + 1)
        for connection in opened:
            connection.close()
