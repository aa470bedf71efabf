"""The files table: what is known of a file in an area besides what its directory says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from sttelnet.store.database import Database, Row, Transaction
from sttelnet.store.transfers import TransferRow, write_transfer


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of an area; there is one of a name in an area, without case."""

    area: str
    name: str
    size: int  # bytes
    sha256: str  # in hexadecimal
    uploader: int | None  # the member's number; None where they are gone or it came another way
    uploader_name: str
    uploaded: float  # seconds since 1970
    description: str = ""  # the uploader's words, "" for none


_SELECT = "SELECT area, name, size, sha256, uploader, uploader_name, uploaded, description FROM files WHERE area = ?"
_IN_AREA = _SELECT + " ORDER BY id"
_ONE = _SELECT + " AND name = ?"  # without case: the column is NOCASE

# The uploader is looked up: their account may have gone while the file came, and the file is whole all the same.
_RECORD = """
    INSERT INTO files (area, name, size, sha256, uploader, uploader_name, uploaded, description)
    VALUES (?, ?, ?, ?, (SELECT id FROM members WHERE id = ?), ?, ?, ?)
    ON CONFLICT (area, name) DO UPDATE SET
        name = excluded.name, size = excluded.size, sha256 = excluded.sha256, uploader = excluded.uploader,
        uploader_name = excluded.uploader_name, uploaded = excluded.uploaded, description = excluded.description
"""


_SLICE = 500  # rows made into files before others have their turn


class FileTable:
    """The files table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def in_area(self, area: str) -> dict[str, StoredFile]:
        """Return what is known of the files of an area, by `name.casefold()`."""
        files: dict[str, StoredFile] = {}
        for number, row in enumerate(await self._database.read(_IN_AREA, (area,)), 1):
            file = _stored(row)
            files[file.name.casefold()] = file
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        return files

    async def find(self, area: str, name: str) -> StoredFile | None:
        """Return what is known of one file; its name is taken without the case of a-z."""
        rows = await self._database.read(_ONE, (area, name))
        return _stored(rows[0]) if rows else None

    async def record(self, file: StoredFile, transfer: TransferRow) -> None:
        """Store a file that has come, in place of one of that name, together with the transfer it came by.

        An upload lasts from here on: only now may the client be told that it is done.
        """
        async with self._database.transaction() as transaction:
            await _write_file(transaction, file)
            await write_transfer(transaction, transfer)

    async def describe(self, area: str, name: str, text: str) -> bool:
        """Store another description; False when nothing is known of such a file."""
        async with self._database.transaction() as transaction:
            await transaction.run("UPDATE files SET description = ? WHERE area = ? AND name = ?", (text, area, name))
            changed = int((await transaction.run("SELECT changes()"))[0][0])
        return changed > 0

    async def forget(self, area: str, names: Iterable[str]) -> None:
        """Drop what is known of files that were taken away."""
        async with self._database.transaction() as transaction:
            for name in names:
                await transaction.run("DELETE FROM files WHERE area = ? AND name = ?", (area, name))

    async def forget_gone(self, files: Iterable[StoredFile]) -> None:
        """Drop what is known of files found gone, but not where one of that name has come since it was read."""
        sql = "DELETE FROM files WHERE area = ? AND name = ? AND uploaded = ? AND sha256 = ?"
        async with self._database.transaction() as transaction:
            for file in files:
                await transaction.run(sql, (file.area, file.name, file.uploaded, file.sha256))

    async def used_by(self, member_id: int) -> int:
        """Return how many bytes the files a member uploaded take."""
        rows = await self._database.read("SELECT coalesce(sum(size), 0) FROM files WHERE uploader = ?", (member_id,))
        return int(rows[0][0])


async def _write_file(transaction: Transaction, file: StoredFile) -> None:
    values = (
        file.area,
        file.name,
        file.size,
        file.sha256,
        file.uploader,
        file.uploader_name,
        file.uploaded,
        file.description,
    )
    await transaction.run(_RECORD, values)


def _stored(row: Row) -> StoredFile:
    return StoredFile(*row)
