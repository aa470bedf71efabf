"""A Unix socket for the control connections; this module has nothing on Windows."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import stat
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeAlias

from sttelnet.control.wire import MOST_REQUEST
from sttelnet.errors import ControlTaken, ControlUnavailable

Connected: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]

_NOBODY: Final = frozenset({errno.ECONNREFUSED, errno.ENOENT})

if sys.platform != "win32":

    @asynccontextmanager
    async def unix(path: Path, connected: Connected) -> AsyncIterator[None]:
        """Listen on a Unix socket while the block runs. Raises ControlUnavailable, OSError."""
        listening, inode = await asyncio.to_thread(_bind, path)
        server = await asyncio.start_unix_server(connected, sock=listening, limit=MOST_REQUEST)
        try:
            yield
        finally:
            try:
                await asyncio.to_thread(_unlink, path, inode)  # before its inode is free to be another daemon's
            finally:
                server.close()

    def _bind(path: Path) -> tuple[socket.socket, int]:
        """Return a Unix socket of mode 0600 and its inode. Nobody can connect before it listens, so none is let by."""
        _make_room(path)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(str(path))
            path.chmod(0o600)
            listening.listen()  # already here: a daemon that starts at the same time shall find it answered
            return listening, path.stat().st_ino
        except OSError:
            listening.close()
            raise

    def _make_room(path: Path) -> None:
        """Remove the socket of a dead daemon. Raises ControlUnavailable for anything else that stands there."""
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(mode):
            message = f"{path} is no socket (the control socket's place is there: move it away)"
            raise ControlUnavailable(message)
        if not _is_dead(path):
            message = f"{path} is answered already: another daemon has its data in that folder"
            raise ControlTaken(message)
        path.unlink(missing_ok=True)

    def _is_dead(path: Path) -> bool:
        """Whether nobody listens there; a daemon of another account, or one that is busy, only does not let us in."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            return probe.connect_ex(str(path)) in _NOBODY

    def _unlink(path: Path, inode: int) -> None:
        """Remove the socket, unless another daemon has put its own there."""
        with contextlib.suppress(OSError):
            if path.stat().st_ino == inode:
                path.unlink()
