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

from sttelnet.control.asking import is_answered
from sttelnet.control.places import Gate, gate_file_of, read_gate, socket_of, write_gate
from sttelnet.control.wire import (
    ANSWER_WITHIN,
    KNOCK,
    MOST_REQUEST,
    MOST_RESPONSE,
    SEND_WITHIN,
    Request,
    Response,
    pack,
    read_request,
)
from sttelnet.errors import ControlTaken

if sys.platform != "win32":
    from sttelnet.control.posix import unix

log = logging.getLogger(__name__)

AT_ONCE: Final = 8  # connections
Answer: TypeAlias = Callable[[Request], Awaitable[Response]]

_HERE: Final = Response(True, [])
_NOT_UNDERSTOOD: Final = Response(False, ["The request is not understood."])
_WRONG_TOKEN: Final = Response(False, ["The token is wrong."])
_TOO_SLOW: Final = Response(False, ["That took too long; it may still be done."])
_STOPPING: Final = Response(False, ["The daemon is stopping; it may still be done."])
_TOO_LONG: Final = Response(False, ["The answer is too long to be sent; what was asked for may be done."])
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
        try:
            yield
        finally:
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
        task.add_done_callback(lambda done: self._served(done, writer))

    def _served(self, task: asyncio.Task[None], writer: asyncio.StreamWriter) -> None:
        self._serving.discard(task)
        writer.close()  # also of a task that was cancelled before its first step

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=0)  # draining is over when everything is out
        try:
            async with asyncio.timeout(SEND_WITHIN + ANSWER_WITHIN + SEND_WITHIN):
                writer.write(_line(await self._respond(reader)))
                await writer.drain()
        except (OSError, TimeoutError) as error:
            log.info("a control connection broke: %s", str(error) or "its answer was not read")
            writer.transport.abort()  # or what was not read would be kept for as long as they like
        except asyncio.CancelledError:
            if writer.transport.get_write_buffer_size():  # of an answer that is not read
                writer.transport.abort()
            else:
                writer.write(pack(_STOPPING))
            raise
        except Exception:  # the root of this task: a request that fails is not the daemon's end
            log.exception("a control request failed")
            writer.write(pack(_FAILED))

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
        if request.verb == KNOCK:
            return _HERE
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await self._answer(request)
        except TimeoutError:
            return _TOO_SLOW


def _line(response: Response) -> bytes:
    line = pack(response)
    return line if len(line) <= MOST_RESPONSE else pack(_TOO_LONG)


@asynccontextmanager
async def _loopback(path: Path, desk: _Desk) -> AsyncIterator[None]:
    theirs = await asyncio.to_thread(read_gate, path)
    if theirs is not None and await asyncio.to_thread(is_answered, theirs):
        message = f"port {theirs.port} of {path} is answered already: another daemon has its data in that folder"
        raise ControlTaken(message)
    server = await asyncio.start_server(desk.connected, "127.0.0.1", 0, limit=MOST_REQUEST)
    ours = Gate(server.sockets[0].getsockname()[1], desk.token)
    try:
        await asyncio.to_thread(write_gate, path, ours)
        yield
    finally:
        server.close()
        with contextlib.suppress(OSError):
            if await asyncio.to_thread(read_gate, path) == ours:
                await asyncio.to_thread(path.unlink)
