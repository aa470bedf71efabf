"""How far a transfer is, on standard error."""

from __future__ import annotations

import sys
import time
from typing import Final

_PAUSE: Final = 0.1  # seconds between two looks
_WIDTH: Final = 30
_UNITS: Final = ("B", "KiB", "MiB", "GiB")


def amount(count: float) -> str:
    """Return a number of bytes as people read it."""
    for unit in _UNITS[:-1]:
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} {_UNITS[-1]}"


class Progress:
    """A bar where somebody watches, and a line for each file."""

    def __init__(self, *, bar: bool, quiet: bool) -> None:
        self._bar, self._quiet = bar and not quiet, quiet
        self._name, self._size, self._from = "", 0, 0
        self._began = self._next = 0.0

    def begin(self, name: str, size: int | None, offset: int = 0) -> None:
        """Turn to a file."""
        self._name, self._size, self._from = name, size or 0, offset
        self._began = self._next = time.monotonic()

    def at(self, offset: int) -> None:
        """Tell how far it is."""
        if self._bar and (now := time.monotonic()) >= self._next:
            self._next = now + _PAUSE
            share = min(1.0, offset / self._size) if self._size else 0.0
            filled = "#" * int(share * _WIDTH)
            self._show(f"\r{self._name}  [{filled:<{_WIDTH}}] {share:4.0%}  {self._rate(offset)}\x1b[K")

    def end(self, offset: int) -> None:
        """The file arrived."""
        if not self._quiet:
            self.say(f"{self._name}: {amount(offset)}, {self._rate(offset)}")

    def say(self, text: str) -> None:
        """Write a line."""
        if not self._quiet:
            self._show(f"\r{text}\x1b[K\n" if self._bar else f"{text}\n")

    def _rate(self, offset: int) -> str:
        passed = max(time.monotonic() - self._began, 1e-6)
        return f"{amount((offset - self._from) / passed)}/s"

    def _show(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
