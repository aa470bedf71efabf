"""The seam between a shell and what runs it: a Pty, what is started on it, and how it ends.

A real pty is one carrier, Windows' ConPTY another; a test's own is a third. Nothing here behaves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from sttelnet.channel import Size

KILLED: Final = -1  # the exit status of a program whose own is not known: it was ended, and left none
GRACE: Final = 1.0  # seconds between asking a program to end and killing it
LARGEST: Final = 64 * 1024  # bytes one `read` returns at most


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start, and in which surroundings."""

    argv: tuple[str, ...]  # the program and its arguments, as they are: no shell reads them
    environment: Mapping[str, str]  # all of it
    size: Size
    directory: str = ""  # where it starts; "" is where the daemon stands
    user: str = ""  # whose rights it has; "" is the daemon's. Not on Windows


class Pty(Protocol):
    """A program on a pseudo terminal: bytes both ways, UTF-8 on every platform.

    `read` and `write` have one caller each at a time.
    """

    pid: int
    line_feed_is_enter: bool  # a console knows no LF: typed there it is the Enter key (Windows)

    async def read(self) -> bytes:
        """Return what the program has written, LARGEST bytes at most; b"" for ever once no more will come.

        Where nobody reads, the program waits; on Windows, whose console cannot be held up, see `conpty`.
        """

    async def write(self, data: bytes) -> None:
        """Type this, and wait until it has been taken. What is typed at a program that has ended is dropped."""

    def resize(self, size: Size) -> None:
        """Change the window; the program is told."""

    async def wait(self) -> int:
        """Return the exit status once the program has ended: 0..255, 128 + the signal that ended it, or KILLED.

        What it started may still be there, and what it wrote may not have been read yet.
        """

    async def close(self, grace: float = GRACE) -> None:
        """End the program and all it has started: they are asked, and after `grace` seconds killed.

        Windows has no way to ask: there they are killed at once. Returns within `grace` and four seconds, whatever
        they do; the second call does nothing.
        """


Spawn: TypeAlias = Callable[[Launch], Awaitable[Pty]]  # raises ShellFailed with a sentence
