"""The tables of second factors: secrets, the steps they were used at, and recovery codes.

A code can only be checked by who knows the secret, so it stands here as it is: whoever reads the database has every
second factor in it, unlike the passwords beside it, which are hashed. Of recovery codes only hashes are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sttelnet.store.audit import Entry, write_entry
from sttelnet.store.database import LOG_IN_PATIENCE, Database, Transaction


@dataclass(frozen=True, slots=True)
class Factor:
    """A member's second factor."""

    member_id: int
    secret: bytes = field(repr=False)
    step: int  # the newest that was used, as members/totp.py counts them
    made: float  # seconds since 1970


class FactorTable:
    """The tables second_factors and recovery_codes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, member_id: int) -> Factor | None:
        """Return a member's second factor, None where they have none."""
        rows = await self._database.read(
            "SELECT member, secret, step, made FROM second_factors WHERE member = ?", (member_id,)
        )
        return Factor(*rows[0]) if rows else None

    async def add(self, new: Factor, recovery: Sequence[str], entry: Entry) -> bool:
        """Store a second factor and the hashes of its recovery codes; False where the member has one already."""
        async with self._database.transaction() as transaction:
            if await _exists(transaction, new.member_id):
                return False
            await transaction.run(
                "INSERT INTO second_factors (member, secret, step, made) VALUES (?, ?, ?, ?)",
                (new.member_id, new.secret, new.step, new.made),
            )
            for hashed in recovery:
                await transaction.run(
                    "INSERT INTO recovery_codes (member, hash) VALUES (?, ?)", (new.member_id, hashed)
                )
            await write_entry(transaction, entry)
        return True

    async def take_step(self, member_id: int, step: int) -> bool:
        """Store that a step was used; False, and nothing is stored, where it or a later one was used before."""
        async with self._database.transaction(LOG_IN_PATIENCE) as transaction:
            if not await transaction.run(
                "SELECT 1 FROM second_factors WHERE member = ? AND step < ?", (member_id, step)
            ):
                return False
            await transaction.run("UPDATE second_factors SET step = ? WHERE member = ?", (step, member_id))
        return True

    async def use_recovery(self, member_id: int, hashed: str, entry: Entry) -> bool:
        """Drop a recovery code because it is used; False, and no audit row, where there is none such."""
        async with self._database.transaction(LOG_IN_PATIENCE) as transaction:
            values = (member_id, hashed)
            if not await transaction.run("SELECT 1 FROM recovery_codes WHERE member = ? AND hash = ?", values):
                return False
            await transaction.run("DELETE FROM recovery_codes WHERE member = ? AND hash = ?", values)
            await write_entry(transaction, entry)
        return True

    async def recovery_left(self, member_id: int) -> int:
        """Return how many recovery codes a member has left."""
        rows = await self._database.read("SELECT count(*) FROM recovery_codes WHERE member = ?", (member_id,))
        return int(rows[0][0])

    async def remove(self, member_id: int, entry: Entry) -> bool:
        """Drop a second factor and its recovery codes; False, and no audit row, where there is none."""
        async with self._database.transaction() as transaction:
            if not await _exists(transaction, member_id):
                return False
            await transaction.run("DELETE FROM recovery_codes WHERE member = ?", (member_id,))
            await transaction.run("DELETE FROM second_factors WHERE member = ?", (member_id,))
            await write_entry(transaction, entry)
        return True


async def _exists(transaction: Transaction, member_id: int) -> bool:
    return bool(await transaction.run("SELECT 1 FROM second_factors WHERE member = ?", (member_id,)))
