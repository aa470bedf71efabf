"""The connections: one request and one response on each, then it is closed.

No keep-alive, no pipelining, no body: RFC 9112 9.6 lets a server close after any response that says so. The close is
in stages, as that section asks: what is still being sent is read for a moment, or the reset that unread bytes cause
would destroy the response on its way.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from email.utils import formatdate
from http import HTTPStatus
from typing import Final, Protocol

from sttelnet.administration import plain_address
from sttelnet.http.request import MOST_HEAD, Refused, Request, is_whole, read_request
from sttelnet.http.response import Response, encode, sentence

log = logging.getLogger(__name__)

AT_ONCE: Final = 32  # connections that are served; as many again are told that there are too many
ASK_WITHIN: Final = 5.0  # seconds for the request to arrive
ANSWER_WITHIN: Final = 10.0  # seconds for the answer to be made …
SEND_WITHIN: Final = 10.0  # … and to be taken
LINGER: Final = 1.0  # seconds for the other side to close

_TOO_SLOW: Final = Refused(HTTPStatus.REQUEST_TIMEOUT, "The request took too long to arrive.")
_TOO_MANY: Final = Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too many are asking at the same time.")
_NO_ANSWER: Final = Refused(HTTPStatus.SERVICE_UNAVAILABLE, "That took too long.")
_FAILED: Final = Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "That failed; the daemon's log says why.")


class Answer(Protocol):
    """Whoever answers requests."""

    def __call__(self, request: Request, *, near: bool) -> Awaitable[Response]:
        """Answer a request; `near` is one from this machine."""


class Desk:
    """Takes connections, one task each."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._tasks: asyncio.TaskGroup | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._asking: dict[asyncio.Task[None] | None, None] = {}  # whose request has not arrived, the oldest first

    def protocol(self) -> asyncio.Protocol:
        """Return what takes a new connection."""
        reader = asyncio.StreamReader(limit=MOST_HEAD)
        return asyncio.StreamReaderProtocol(reader, self._connected)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve while the block runs; connections made before are dropped, those that are left cut off."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                self._tasks = None
                for task in self._open:
                    task.cancel()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._tasks is None or len(self._open) >= 2 * AT_ONCE:
            writer.transport.abort()
            return
        refused = None
        if len(self._open) >= AT_ONCE:
            refused = _TOO_MANY
            oldest = next(iter(self._asking), None)
            if oldest is not None and oldest.cancel():  # who only holds a place makes room for who asks
                del self._asking[oldest]
                refused = None
        task = self._tasks.create_task(self._serve(reader, writer, refused))
        self._open.add(task)
        task.add_done_callback(lambda done: self._closed(done, writer))

    def _closed(self, task: asyncio.Task[None], writer: asyncio.StreamWriter) -> None:
        self._open.discard(task)
        writer.close()  # also of a task that was cancelled before its first step

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, refused: Refused | None) -> None:
        writer.transport.set_write_buffer_limits(high=0)  # draining is over when everything is out
        try:
            answer = encode(sentence(refused), _now()) if refused else await self._response(reader, writer)
            async with asyncio.timeout(SEND_WITHIN):
                writer.write(answer)
                await writer.drain()
                writer.write_eof()
            await _linger(reader)
        except (OSError, TimeoutError) as error:
            log.debug("an HTTP connection broke: %s", error)
            writer.transport.abort()  # or what was not taken would be kept for as long as they like
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        except Exception:  # the root of this task: a request that fails is not the daemon's end
            log.exception("an HTTP request failed")
            writer.write(encode(sentence(_FAILED), _now()))

    async def _response(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        task: asyncio.Task[None] | None = asyncio.current_task()
        self._asking[task] = None
        try:
            request = await _request(reader)
        finally:
            self._asking.pop(task, None)
        if isinstance(request, Refused):
            return encode(sentence(request), _now())
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                response = await self._answer(request, near=_is_near(writer))
        except TimeoutError:
            response = sentence(_NO_ANSWER)
        return encode(response, _now(), head_only=request.head_only)


async def _request(reader: asyncio.StreamReader) -> Request | Refused:
    data = b""
    try:
        async with asyncio.timeout(ASK_WITHIN):  # of the whole head: a byte now and then buys no more time
            while not is_whole(data):
                piece = await reader.read(MOST_HEAD)
                if not piece:
                    break
                data += piece
    except TimeoutError:
        return _TOO_SLOW
    return read_request(data)


async def _linger(reader: asyncio.StreamReader) -> None:
    async with asyncio.timeout(LINGER):
        while await reader.read(65536):
            pass


def _is_near(writer: asyncio.StreamWriter) -> bool:
    peer = writer.get_extra_info("peername")
    address = plain_address(str(peer[0])) if peer else None
    return address is not None and ipaddress.ip_address(address).is_loopback


def _now() -> str:
    return formatdate(usegmt=True)
