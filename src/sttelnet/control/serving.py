"""The daemon's end of the control socket."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeAlias

from sttelnet.control.places import Gate, gate_file_of, read_gate, socket_of, write_gate
from sttelnet.control.wire import ANSWER_WITHIN, MOST_REQUEST, SEND_WITHIN, Request, Response, pack, read_request

if sys.platform != "win32":
    from sttelnet.control.posix import unix

log = logging.getLogger(__name__)

AT_ONCE: Final = 8  # connections
Answer: TypeAlias = Callable[[Request], Awaitable[Response]]

_NOT_UNDERSTOOD: Final = Response(False, ["The request is not understood."])
_WRONG_TOKEN: Final = Response(False, ["The token is wrong."])
_TOO_SLOW: Final = Response(False, ["That took too long; it may still be done."])
_STOPPING: Final = Response(False, ["The daemon is stopping; it may still be done."])
_FAILED: Final = Response(False, ["That failed; the daemon's log says why."])


@asynccontextmanager
async def open_control(folder: Path, answer: Answer) -> AsyncIterator[None]:
    """Answer requests while the block runs. Raises ControlUnavailable where another daemon has the folder."""
    path = socket_of(folder)
    desk = _Desk(answer, "" if path is not None else secrets.token_hex(32))
    way = _loopback(gate_file_of(folder), desk)
    if sys.platform != "win32" and path is not None:
        way = unix(path, desk.connected)
    async with way, asyncio.TaskGroup() as tasks:
        desk.begin(tasks)
        yield
        desk.end()


class _Desk:
    """Takes connections, one task each."""

    def __init__(self, answer: Answer, token: str) -> None:
        self._answer, self.token = answer, token
        self._tasks: asyncio.TaskGroup | None = None
        self._serving: set[asyncio.Task[None]] = set()

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        """Take connections from now on."""
        self._tasks = tasks

    def end(self) -> None:
        """Let go of the connections there are."""
        self._tasks = None
        for task in self._serving:
            task.cancel()

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection, unless there are too many."""
        if self._tasks is None or len(self._serving) >= AT_ONCE:
            writer.transport.abort()
            return
        task = self._tasks.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(SEND_WITHIN + ANSWER_WITHIN + SEND_WITHIN):
                writer.write(pack(await self._respond(reader)))
                await writer.drain()
        except (OSError, TimeoutError) as error:
            log.info("a control connection broke: %s", error)
        except asyncio.CancelledError:
            writer.write(pack(_STOPPING))
            raise
        except Exception:  # the root of this task: a request that fails is not the daemon's end
            log.exception("a control request failed")
            writer.write(pack(_FAILED))
        finally:
            writer.close()

    async def _respond(self, reader: asyncio.StreamReader) -> Response:
        try:
            async with asyncio.timeout(SEND_WITHIN):
                request = read_request(await reader.readuntil(b"\n"))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            request = None
        if request is None:
            return _NOT_UNDERSTOOD
        if not hmac.compare_digest(request.token.encode(), self.token.encode()):
            log.warning("a control request with a wrong token")
            return _WRONG_TOKEN
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await self._answer(request)
        except TimeoutError:
            return _TOO_SLOW


@asynccontextmanager
async def _loopback(path: Path, desk: _Desk) -> AsyncIterator[None]:
    server = await asyncio.start_server(desk.connected, "127.0.0.1", 0, limit=MOST_REQUEST)
    ours = Gate(server.sockets[0].getsockname()[1], desk.token)
    try:
        await asyncio.to_thread(write_gate, path, ours)
        yield
    finally:
        server.close()
        if await asyncio.to_thread(read_gate, path) == ours:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(path.unlink)
