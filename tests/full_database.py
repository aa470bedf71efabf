"""A database that is full, as on a disk without room, and one that has room again."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable

from sttelnet.errors import StoreError
from sttelnet.store import NewMessage, Store, StoredChange, StoredCheck

_FILLED = "%xxxxxxxx"


async def fill_up(store: Store, member: int = 0) -> None:
    """Let the database be no bigger than it is, and fill the last pages of checks, changes and a member's messages."""
    writer = store.checks._database._writer
    [(pages,)] = await writer.execute_fetchall("PRAGMA page_count")
    await writer.execute_fetchall(f"PRAGMA max_page_count = {pages}")
    for size in (1000, 10):
        text = "x" * size

        async def check(number: int, text: str = text) -> None:
            await store.checks.save(StoredCheck(f"{number}{text}", 0, 0.0), StoredChange(0.0, text, 0, 0, text))

        async def message(number: int, text: str = text) -> None:
            await store.messages.add(member, NewMessage(member, "x", text, 0.0, ignorable=False), 10**6)

        await _until_full(check)
        if member:
            await _until_full(message)


async def make_room(store: Store) -> None:
    """Let it grow, and take away what it was filled with."""
    writer = store.checks._database._writer
    await writer.execute_fetchall("PRAGMA max_page_count = 1000000")
    for table, column in (("checks", "name"), ("check_changes", "text"), ("messages", "text")):
        await writer.execute_fetchall(f"DELETE FROM {table} WHERE {column} LIKE '{_FILLED}'")
    await writer.commit()


async def _until_full(write: Callable[[int], Awaitable[None]]) -> None:
    for number in itertools.count():
        try:
            await write(number)
        except StoreError:
            return
