"""What a client may do, least first: guest < member < operator < admin."""

from __future__ import annotations

import enum


class Role(enum.IntEnum):
    """A client's rights; comparable, so `client.role >= Role.OPERATOR` reads as it should."""

    GUEST = 0
    MEMBER = 1
    OPERATOR = 2
    ADMIN = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> Role | None:
        """Return the role a word names, without case, or None."""
        return cls.__members__.get(word.upper())


ROLE_WORDS = tuple(str(role) for role in Role)
