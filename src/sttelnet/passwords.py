"""Passwords as argon2id hashes, worked out off the event loop, never too many at a time."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST_PASSWORD = 1024  # bytes, as OpenSSH has it: past this a password is a way to keep us busy
MOST_WAITING = 64  # OWASP's parameters take about 20 ms each: the last of these waits about a second
MOST_THREADS = 4
_HASH_BYTES = 32
_SALT_BYTES = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs; the defaults are OWASP's for argon2id (Password Storage Cheat Sheet)."""

    memory: int = 19 * 1024  # KiB
    passes: int = 2
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether a password was right, and whether its hash was made with other parameters than today's."""

    ok: bool
    needs_rehash: bool


class Passwords:
    """Makes and verifies hashes in threads of its own.

    Both methods return None, at once, when too many are waiting already.
    """

    def __init__(
        self, cost: Cost | None = None, *, threads: int | None = None, most_waiting: int = MOST_WAITING
    ) -> None:
        cost = cost or Cost()
        self._hasher = PasswordHasher(
            time_cost=cost.passes,
            memory_cost=cost.memory,
            parallelism=cost.lanes,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
            type=Type.ID,
        )
        self._nobody = _hash_of_nothing(cost)
        self._threads = threads or min(MOST_THREADS, os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="argon2")
        self._most_waiting = most_waiting
        self._under_way = 0

    async def hash(self, password: str) -> str | None:
        """Return the hash to store. The password is at most LONGEST_PASSWORD bytes."""
        data = as_bytes(password)
        if len(data) > LONGEST_PASSWORD:
            message = f"a password of {len(data)} bytes is past the limit: check it before hashing"
            raise ValueError(message)
        return await self._run(lambda: self._hasher.hash(data))

    async def verify(self, hashed: str | None, password: str) -> Verified | None:
        """Compare a password with a hash. None for a hash (an unknown name) takes as long and is never ok."""
        data = as_bytes(password)
        known = hashed if hashed is not None and len(data) <= LONGEST_PASSWORD else None
        return await self._run(lambda: self._verify(known, data[:LONGEST_PASSWORD]))

    def close(self) -> None:
        """End the threads; what waits is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, known: str | None, data: bytes) -> Verified:
        try:
            self._hasher.verify(known or self._nobody, data)
        except (VerificationError, InvalidHashError):
            return Verified(ok=False, needs_rehash=False)
        if known is None:
            return Verified(ok=False, needs_rehash=False)
        return Verified(ok=True, needs_rehash=self._hasher.check_needs_rehash(known))

    async def _run(self, work: Callable[[], T]) -> T | None:
        # The pool's size is the semaphore. Work whose client has gone is taken out of the pool's queue again
        # (cancelling the future does that), so counting those who wait here bounds that queue as well.
        if self._under_way >= self._most_waiting + self._threads:
            return None
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._under_way -= 1


def as_bytes(password: str) -> bytes:
    """Return what is hashed: one form for one text, however the terminal composed its accents (NFC)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _hash_of_nothing(cost: Cost) -> str:
    """Return a hash that no password matches and that takes as long to verify as a real one."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(count)).rstrip(b"=").decode() for count in (_SALT_BYTES, _HASH_BYTES)
    )
    return f"$argon2id$v=19$m={cost.memory},t={cost.passes},p={cost.lanes}${salt}${digest}"
