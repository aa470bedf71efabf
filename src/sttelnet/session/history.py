"""The way back: the keywords a client came through."""

from __future__ import annotations

DEPTH = 32


class Trail:
    """A stack of keywords; the oldest falls off the bottom."""

    __slots__ = ("_keywords",)

    def __init__(self) -> None:
        self._keywords: list[str] = []

    def push(self, keyword: str) -> None:
        """Remember a script that is left for another."""
        self._keywords.append(keyword)
        del self._keywords[:-DEPTH]

    def pop(self) -> str | None:
        """Return the script the client came from, and forget it."""
        return self._keywords.pop() if self._keywords else None

    def clear(self) -> None:
        """Forget the way: the client is at root."""
        self._keywords.clear()
