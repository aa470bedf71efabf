"""A disk that is small and can be filled: a tmpfs in a mount namespace of its own, which needs no rights."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.load import PATIENCE
from tests.bench.process import CHECKOUT
from tests.soak.finding import CannotTryError

_BALLAST: Final = "ballast"
_PIECES: Final = (65536, 4096, 1)  # bytes: up to the last page, and into it
# The namespace lives for as long as this shell's standard input is open.
_HOLD: Final = 'mount -t tmpfs -o "size=$1" tmpfs "$0" && echo mounted && exec cat'
_RUN: Final = 'cd "$0" && exec "$@"'
_RUN_LOGGED: Final = 'log=$1 && shift && cd "$0" && exec "$@" 2>>"$log"'


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """One that is mounted; nobody but those `inside` sees it at its path."""

    path: Path
    holder: int  # the number of the process that keeps it

    @property
    def outside(self) -> Path:
        """Where everybody else sees it. SQLite does not: it resolves links by itself."""
        return Path(f"/proc/{self.holder}/root{self.path}")

    def inside(self, *command: str, log: str = "") -> tuple[str, ...]:
        """Return the command that runs another where the disk is; `log`, a file on it, takes its standard error."""
        enter = ("nsenter", "--user", "--mount", "--preserve-credentials", "--target", str(self.holder), "--")
        run = (_RUN_LOGGED, str(CHECKOUT), str(self.path / log)) if log else (_RUN, str(CHECKOUT))
        return (*enter, "sh", "-c", *run, *command)

    def fill(self) -> int:
        """Take all the room that is left; return how many bytes."""
        taken = 0
        with (self.outside / _BALLAST).open("ab", buffering=0) as ballast:
            for piece in _PIECES:
                with contextlib.suppress(_FullError):
                    while True:
                        taken += _written(ballast.fileno(), piece)
        return taken

    def free(self) -> None:
        """Give the room back."""
        (self.outside / _BALLAST).unlink()


class _FullError(Exception):
    """Nothing more goes in."""


def _written(handle: int, count: int) -> int:
    try:
        return os.write(handle, bytes(count))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise _FullError from error


@contextlib.asynccontextmanager
async def small_disk(path: Path, size: int) -> AsyncIterator[SmallDisk]:
    """Mount an empty disk of so many bytes on a folder, which is made. Raises CannotTryError."""
    path.mkdir()
    pipe = asyncio.subprocess.PIPE
    try:
        holder = await asyncio.create_subprocess_exec(
            "unshare", "-rm", "sh", "-c", _HOLD, str(path), str(size), stdin=pipe, stdout=pipe, stderr=pipe
        )
    except OSError as error:
        message = f"there is no unshare: {error}"
        raise CannotTryError(message) from error
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            said = await holder.stdout.readline()
        if said != b"mounted\n":
            _, why = await holder.communicate()
            message = f"no tmpfs in a namespace: {why.decode(errors='replace').strip()}"
            raise CannotTryError(message)
        yield SmallDisk(path, holder.pid)
    finally:
        holder.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            holder.kill()
        await holder.wait()
