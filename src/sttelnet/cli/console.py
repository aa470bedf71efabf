"""This process's own terminal, key by key, on every OS: what `connect` types on."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Protocol

from sttelnet.channel import DEFAULT_SIZE, Size


class Console(Protocol):
    """A terminal in raw mode between `__enter__` and `__exit__`."""

    terminal_type: str | None  # what the other end is told; None where standard output is no terminal

    def __enter__(self) -> Console:
        """Take the terminal."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the terminal back as it was."""

    def read(self) -> bytes:
        """Wait for keys and return them; b"" at the end of input."""

    def write(self, data: bytes) -> None:
        """Show bytes as they are."""


def open_console() -> Console:
    """Return this OS's console."""
    if sys.platform == "win32":
        from sttelnet.cli.console_windows import WindowsConsole

        return WindowsConsole()
    else:  # noqa: RET505 - mypy leaves a platform out by whole branches
        from sttelnet.cli.console_posix import PosixConsole

        return PosixConsole()


def console_size() -> Size:
    """Return the terminal's size now."""
    try:
        return Size(*os.get_terminal_size(sys.stdout.fileno()))
    except (OSError, ValueError):  # no terminal; no file at all
        return DEFAULT_SIZE


def show_sequences() -> None:
    """Make the Windows console act on colours and cursor moves; elsewhere terminals do."""
    if sys.platform == "win32":
        from sttelnet.cli.console_windows import enable_sequences

        enable_sequences()
