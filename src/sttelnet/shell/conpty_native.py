"""What is used of `winpty.PTY`; a test's own console is another. pywinpty ships no types."""

from __future__ import annotations

from typing import Protocol


class NativePty(Protocol):
    """A program in a pseudo console. Sizes are columns, rows; calls raise at the end of it."""

    @property
    def pid(self) -> int | None:
        """The number of the program's process."""

    def read(self, blocking: bool = False) -> str:
        """Return what the console shows; "" at the end, or where there is nothing. May raise at the end."""

    def write(self, to_write: str) -> int:
        """Type; the number returned leaves out what is still on its way."""

    def set_size(self, cols: int, rows: int) -> None:
        """Change the size."""

    def isalive(self) -> bool:
        """Whether the program runs."""

    def iseof(self) -> bool:
        """Whether no output will come."""

    def get_exitstatus(self) -> int | None:
        """Return the exit status; None while it runs, and for STILL_ACTIVE."""

    def cancel_io(self) -> bool:
        """Make a read that blocks return."""
