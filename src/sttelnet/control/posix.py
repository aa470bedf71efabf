"""A Unix socket for the control connections; this module has nothing on Windows."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

from sttelnet.control.wire import MOST_REQUEST
from sttelnet.errors import ControlUnavailable

Connected: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]

if sys.platform != "win32":

    @asynccontextmanager
    async def unix(path: Path, connected: Connected) -> AsyncIterator[None]:
        """Listen on a Unix socket while the block runs. Raises ControlUnavailable, OSError."""
        listening, inode = await asyncio.to_thread(_bind, path)
        server = await asyncio.start_unix_server(connected, sock=listening, limit=MOST_REQUEST)
        try:
            yield
        finally:
            server.close()
            await asyncio.to_thread(_unlink, path, inode)

    def _bind(path: Path) -> tuple[socket.socket, int]:
        """Return a Unix socket of mode 0600 and its inode. Nobody can connect before it listens, so none is let by."""
        if path.exists() and _answers(path):
            message = f"{path} is answered already: another daemon has its data in that folder"
            raise ControlUnavailable(message)
        path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(str(path))
            path.chmod(0o600)
            return listening, path.stat().st_ino
        except OSError:
            listening.close()
            raise

    def _answers(path: Path) -> bool:
        """Whether a daemon listens there."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            return probe.connect_ex(str(path)) == 0

    def _unlink(path: Path, inode: int) -> None:
        """Remove the socket, unless another daemon has put its own there."""
        with contextlib.suppress(OSError):
            if path.stat().st_ino == inode:
                path.unlink()
