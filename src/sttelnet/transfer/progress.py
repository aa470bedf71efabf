"""How far a transfer is, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass

from sttelnet.words import clock_words, rate_words


@dataclass(slots=True)
class Progress:
    """The file at hand. Times are the event loop's."""

    verb: str  # "sending", "receiving"
    name: str = ""
    size: int | None = None
    offset: int = 0
    errors: int = 0  # places that had to be sent again
    _start: int = 0
    _since: float = 0.0
    _now: float = 0.0

    def begin(self, name: str, size: int | None, offset: int, now: float) -> None:
        """Turn to a file."""
        self.name, self.size, self.errors = name, size, 0
        self.offset = self._start = offset
        self._since = self._now = now

    def at(self, offset: int, now: float) -> None:
        """Tell how far it is."""
        self.offset, self._now = offset, now

    @property
    def moved(self) -> int:
        """How many bytes of the file have been moved, those of an earlier try left out."""
        return max(0, self.offset - self._start)

    @property
    def seconds(self) -> float:
        """How long the file has taken."""
        return self._now - self._since

    @property
    def left(self) -> float | None:
        """How many seconds are left at this rate."""
        if self.size is None or not self.moved or self.seconds <= 0:
            return None
        return max(0, self.size - self.offset) * self.seconds / self.moved

    def words(self) -> str:
        """Return what who is on shows: "sending setup.zip 57 % 310 KB/s, 0:12 left"."""
        if not self.name:
            return f"{self.verb} files"
        share = f" {100 * self.offset // self.size} %" if self.size else ""
        rate = f" {rate_words(self.moved, self.seconds)}" if self.moved and self.seconds >= 1 else ""
        left = f", {clock_words(self.left)} left" if rate and self.left is not None else ""
        return f"{self.verb} {self.name}{share}{rate}{left}"
