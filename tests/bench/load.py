"""The load: telnet clients reduced to answering options, waiting for a prompt and sending a line.

They must cost less than the servers they measure: one protocol object each, no stream, no task, no timer.
"""

from __future__ import annotations

import asyncio
import enum
import re
import socket
import ssl
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

PROMPT: Final = b"> "  # every server measured ends what it has to say so
# Between looks at the sockets. Every answer would wake a generator that waits for it, and the kernel charges the
# waking to the server: 10 us a line for one slower than the generator, nothing for one that keeps it busy.
NAP: Final = 0.001  # seconds
MOST_KEPT: Final = 64 * 1024  # bytes of a page whose prompt is still to come
PATIENCE: Final = 30.0  # seconds for anything a server is waited for

_SE, _SB, _WILL, _WONT, _DO, _DONT, _IAC = 240, 250, 251, 252, 253, 254, 255
_BINARY, _ECHO, _SGA, _TTYPE, _NAWS = 0, 1, 3, 24, 31
_COMMAND: Final = re.compile(rb"\xff(?:([\xfb-\xfe])(.)|\xfa(.*?)\xff\xf0|[^\xfa-\xfe])", re.DOTALL)
_TYPE_ASKED: Final = bytes((_TTYPE, 1))
_TYPE_TOLD: Final = bytes((_IAC, _SB, _TTYPE, 0)) + b"xterm-256color" + bytes((_IAC, _SE))
_SIZE_TOLD: Final = bytes((_IAC, _SB, _NAWS, 0, 80, 0, 24, _IAC, _SE))


class Manner(enum.Enum):
    """How a client takes telnet's options."""

    ANSWER = "answering"  # as a terminal does
    REFUSE = "refusing"  # WONT and DONT to everything
    SILENT = "silent"  # nc: not a word about them


_AGREED: Final = {
    Manner.ANSWER: {_DO: {_BINARY, _SGA, _TTYPE, _NAWS}, _WILL: {_BINARY, _SGA, _ECHO}},
    Manner.REFUSE: {_DO: set[int](), _WILL: set[int]()},
}
_YES_NO: Final = {_DO: (_WILL, _WONT), _WILL: (_DO, _DONT)}


class LoadError(Exception):
    """A server did not do what was asked of it; what it cost means nothing then."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a client says over and over, and what stands in the answer besides the prompt at its end."""

    line: bytes = b"ping\r\n"
    answer: bytes = b"echo: ping"


class Caller(asyncio.Protocol):
    """One client. `took` collects seconds: first page, then each line's answer."""

    __slots__ = ("_asked_at", "_awaited", "_done", "_kept", "_manner", "_tail", "_talk", "_transport", "_until", "took")

    def __init__(self, manner: Manner, talk: Talk, took: list[float]) -> None:
        self.took = took
        self._manner = manner
        self._talk = talk
        self._transport: asyncio.Transport | None = None
        self._kept = b""
        self._tail = b""  # a telnet command cut in two
        self._awaited: bytes | None = b""  # the first page is awaited; None: nothing is
        self._until = 0.0
        self._asked_at = time.perf_counter()
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send small segments at once."""
        self._transport = cast("asyncio.Transport", transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Look for the end of the answer; ask again while the loop lasts."""
        if self._tail or b"\xff" in data:
            data = self._obey(self._tail + data)
        if self._awaited is None:
            return
        if self._kept:
            data = self._kept + data
        if not data.endswith(PROMPT) or self._awaited not in data:
            self._kept = data[-MOST_KEPT:]
            return
        self._kept = b""
        now = time.perf_counter()
        self.took.append(now - self._asked_at)
        if now < self._until:
            self._ask()
        else:
            self._awaited = None
            if not self._done.done():
                self._done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail whoever waits."""
        if self._awaited is not None and not self._done.done():
            self._done.set_exception(LoadError(f"the server hung up ({exc or 'end of file'})"))
            self._done.exception()  # looked at: nobody need wait for it

    async def first_page(self) -> None:
        """Wait for the first page."""
        await self._done

    def talk(self, until: float = 0.0) -> asyncio.Future[None]:
        """Send the line, once or over and over until then; done when the last answer is here."""
        self._done = asyncio.get_running_loop().create_future()
        self._until = until
        self._ask()
        return self._done

    @property
    def hung_up(self) -> bool:
        """Whether the connection is no more."""
        return self._transport is None or self._transport.is_closing()

    def move(self, talk: Talk) -> asyncio.Future[None]:
        """Send the line once, and say another from then on; done when the answer is here."""
        done = self.talk()
        self._talk = talk
        return done

    def hang_up(self) -> None:
        """Close at once."""
        self._awaited = None
        if self._transport is not None:
            self._transport.abort()

    def _ask(self) -> None:
        assert self._transport is not None
        self._awaited = self._talk.answer
        self._asked_at = time.perf_counter()
        self._transport.write(self._talk.line)

    def _obey(self, data: bytes) -> bytes:
        """Answer the telnet commands and return the rest. No page measured here has a byte 255 in it."""
        assert self._transport is not None
        if self._manner is not Manner.SILENT:
            reply = b"".join(self._replies(data))
            if reply:
                self._transport.write(reply)
        text = _COMMAND.sub(b"", data)
        at = text.find(b"\xff")
        self._tail = text[at:] if at >= 0 else b""
        return text[:at] if at >= 0 else text

    def _replies(self, data: bytes) -> Iterator[bytes]:
        for verb, option, subnegotiation in _COMMAND.findall(data):
            if subnegotiation == _TYPE_ASKED:
                yield _TYPE_TOLD
            elif verb and verb[0] in _YES_NO:
                yes = option[0] in _AGREED[self._manner][verb[0]]
                yield bytes((_IAC, _YES_NO[verb[0]][0 if yes else 1], option[0]))
                if yes and option[0] == _NAWS:
                    yield _SIZE_TOLD


@dataclass(slots=True)
class Crowd:
    """Clients of one server."""

    port: int
    manner: Manner = Manner.ANSWER
    talk: Talk = Talk()
    tls: ssl.SSLContext | None = None
    callers: list[Caller] = field(default_factory=list)
    first_pages: list[float] = field(default_factory=list)  # seconds from connect to prompt
    answers: list[float] = field(default_factory=list)  # seconds from line to prompt

    async def open(self, count: int, *, at_once: int = 50) -> float:
        """Open that many more connections and wait for their first pages; returns the seconds it took."""
        began = time.perf_counter()
        numbers = iter(range(count))
        async with asyncio.timeout(PATIENCE + count / 100), asyncio.TaskGroup() as tasks:
            for _ in range(min(at_once, count)):
                tasks.create_task(self._open_some(numbers))
        return time.perf_counter() - began

    async def arrive(self, count: int, per_second: float) -> None:
        """Open connections at a steady pace, however long each waits for its page."""
        began = time.perf_counter()
        async with asyncio.timeout(PATIENCE + count / per_second), asyncio.TaskGroup() as tasks:
            for number in range(count):
                await asyncio.sleep(began + number / per_second - time.perf_counter())
                tasks.create_task(self._open_some(iter((number,))))

    async def saturate(self, seconds: float) -> int:
        """Have everybody talk for that long; returns how many lines were answered."""
        self.answers.clear()
        until = time.perf_counter() + seconds
        loop = asyncio.get_running_loop()

        def nap() -> None:
            time.sleep(NAP)
            if time.perf_counter() < until:
                loop.call_soon(nap)

        loop.call_soon(nap)
        async with asyncio.timeout(seconds + PATIENCE):
            await asyncio.gather(*[caller.talk(until) for caller in self.callers])
        return len(self.answers)

    async def pace(self, count: int, per_second: float) -> None:
        """Have one client talk at a steady pace; a late answer delays the next line."""
        began = time.perf_counter()
        async with asyncio.timeout(PATIENCE + count / per_second):
            for number in range(count):
                await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
                await self.callers[0].talk()

    async def move(self, talk: Talk) -> None:
        """Have everybody send their line once, and say another from then on."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*[caller.move(talk) for caller in self.callers])
        self.answers.clear()
        self.talk = talk

    def close(self) -> None:
        """Hang up everybody."""
        for caller in self.callers:
            caller.hang_up()
        self.callers.clear()

    async def _open_some(self, numbers: Iterator[int]) -> None:
        loop = asyncio.get_running_loop()
        for _ in numbers:
            caller = Caller(self.manner, self.talk, self.first_pages)
            self.callers.append(caller)
            await loop.create_connection(
                lambda caller=caller: caller,
                "127.0.0.1",
                self.port,
                ssl=self.tls,
            )
            await caller.first_page()
            caller.took = self.answers


def quantile(seconds: Sequence[float], share: float) -> float:
    """Return what that share of the samples stays below."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def lift_descriptor_limit(wanted: int) -> None:
    """Allow this process and its children that many sockets. Raises LoadError."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        message = f"{wanted} descriptors are needed and {hard} allowed: raise `ulimit -n`"
        raise LoadError(message)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
