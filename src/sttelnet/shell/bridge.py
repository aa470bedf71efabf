"""A client's line and a program on a pty, joined until one of them ends.

Four tasks: `_listen` takes what the client types, so that a hang-up is seen at once; `_type` gives it to the program,
which may not be reading; `_show` carries what the program writes, and reads no more of it than the client takes;
`_watch` looks at the clock and the session. The first that finds the end says which end it is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sttelnet.channel import INTERRUPT, Line
from sttelnet.charset import Charset
from sttelnet.errors import ChannelClosed
from sttelnet.shell.conversion import Shown, Typed
from sttelnet.shell.escape import Escape, Keys, Turn
from sttelnet.shell.pty import Pty
from sttelnet.shell.stay import Ending, Stay

LOOK: Final = 1.0  # seconds between two looks at the clock and the session
MOST_WAITING: Final = 64 * 1024  # bytes typed that the program has not taken; past them the client waits
DEAF: Final = 5.0  # seconds the client waits
BELL: Final = b"\a"
SHOWN: Final = "in the shell"  # for who is on
HUNG_UP: Final = "the client has hung up"

# A program may be ended in the middle of a picture. Whatever it did to the terminal is undone before the page comes:
# alternate screen, mouse, focus and paste reports, application keys, scrolling region, character set, hidden cursor.
RESTORE: Final = (
    b"\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?9001l"
    b"\x1b[?1l\x1b>\x1b[r\x1b(B\x0f\x1b[?7h\x1b[?25h\x1b[0m"
)
QUESTION: Final = " Leave the shell, end what runs?  y: yes  {key}: type it  any other key: go on "


@dataclass(frozen=True, slots=True)
class Terms:
    """What the bridge has to know of the client and the site."""

    charset: Charset
    plain: bool  # no cursor control
    escape: bytes  # the key that leaves; b"" is none
    escape_name: str
    idle: float  # seconds without a key pressed
    allowed: Callable[[], bool]  # whether the client may go on: rights may be taken away meanwhile


class Bridge:
    """Joins one line and one pty, once."""

    def __init__(self, line: Line, pty: Pty, terms: Terms, stay: Stay) -> None:
        self._line, self._pty, self._terms, self._stay = line, pty, terms, stay
        self._channel = line.channel
        self._shown = Shown(terms.charset)
        self._typed = Typed(terms.charset, line_feed_is_enter=pty.line_feed_is_enter)
        self._escape = Escape(terms.escape)
        self._size = self._channel.size
        self._over = asyncio.Event()
        self._free = asyncio.Event()  # no question stands on the screen
        self._free.set()
        self._waiting = bytearray()  # typed, and not yet taken by the program
        self._news = asyncio.Event()  # … there is some
        self._room = asyncio.Event()  # … there is room for more
        self._deaf = False  # the program takes nothing: as a terminal does, what is typed is dropped with a bell
        self._loop = asyncio.get_running_loop()
        self._active = self._loop.time()
        self._look = asyncio.Event()  # the session has something to say
        self._gone = ""  # why the client is, once it is

    async def run(self) -> None:
        """Carry bytes until one side ends, then end the other. Raises ChannelClosed when the client is gone."""
        try:
            async with asyncio.TaskGroup() as tasks:
                parts = (self._listen, self._type, self._show, self._watch)
                running = [tasks.create_task(self._until_gone(part)) for part in parts]
                await self._over.wait()
                for task in running:
                    task.cancel()
        finally:
            self._stay.over(Ending.GOING_DOWN)  # where nothing has said so before, we are being cut off
            await self._pty.close()
        if self._gone:
            raise ChannelClosed(self._gone)
        if not self._terms.plain:
            self._channel.send(RESTORE)

    async def _until_gone(self, part: Callable[[], Awaitable[None]]) -> None:
        """Do one part; its end by a client who is gone ends the others, and leaves no exception that holds us."""
        try:
            await part()
        except ChannelClosed as closed:
            self._gone = self._gone or str(closed)
            self._end(Ending.HUNG_UP)

    def _end(self, ending: Ending, status: int | None = None) -> None:
        self._stay.over(ending, status)
        self._over.set()

    # From the client to the program

    async def _listen(self) -> None:
        while True:
            data = await self._channel.receive()
            if data is None:
                self._woken()
            elif not data:
                self._end(Ending.HUNG_UP)
                raise ChannelClosed(HUNG_UP)
            else:
                self._active = self._loop.time()
                self._stay.typed += len(data)
                await self._take(data)

    def _woken(self) -> None:
        """Look what the client or the session has changed."""
        if self._channel.size != self._size:
            self._size = self._channel.size
            self._pty.resize(self._size)
        self._look.set()

    async def _take(self, data: bytes) -> None:
        for step in self._escape.receive(data):
            match step:
                case Keys(keys):
                    await self._put(self._typed.convert(keys))
                case Turn.ASK:
                    self._ask()
                case Turn.STAY:
                    self._go_on()
                case Turn.LEAVE:
                    self._end(Ending.LEFT)

    async def _put(self, keys: bytes) -> None:
        if INTERRUPT in keys:  # as a terminal does: what stands before it is no longer wanted
            self._waiting.clear()
        self._waiting += keys
        self._news.set()
        while len(self._waiting) > MOST_WAITING:
            if self._deaf:  # … nor is it waited for: a hang-up stands behind what is typed
                self._waiting.clear()
                return
            self._room.clear()
            try:
                async with asyncio.timeout(DEAF):
                    await self._room.wait()
            except TimeoutError:
                self._deaf = True
                self._channel.send(BELL)

    async def _type(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                piece = bytes(self._waiting[:4096])
                del self._waiting[:4096]
                self._room.set()
                await self._pty.write(piece)
                self._deaf = False

    # From the program to the client

    async def _show(self) -> None:
        while data := await self._pty.read():
            await self._free.wait()
            self._stay.shown += len(data)
            self._channel.send(self._shown.convert(data))
            await self._channel.drain()
        self._end(Ending.EXITED, await self._pty.wait())

    def _ask(self) -> None:
        """Put the question on the last row; the program's output waits meanwhile."""
        self._free.clear()
        question = QUESTION.format(key=self._terms.escape_name)[: max(1, self._size.columns - 1)].encode()
        if self._terms.plain:
            self._channel.send(b"\r\n" + question + b"\r\n")
        else:
            self._channel.send(b"\x1b[s\x1b[%d;1H\x1b[0;7m" % self._size.rows + question + b"\x1b[0m\x1b[K")

    def _go_on(self) -> None:
        """Take the question away, and let the program draw again what stood there, as after a change of size."""
        if not self._terms.plain:
            self._channel.send(b"\x1b[2K\x1b[u")
            self._pty.resize(self._size._replace(rows=self._size.rows - 1))
            self._loop.call_later(0.05, self._pty.resize, self._size)
        self._free.set()

    # The clock

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._look.wait()
            self._look.clear()
            self._line.working(SHOWN)
            if await self._line.wanted_back():
                self._end(Ending.GOING_DOWN)
            elif not self._terms.allowed():
                self._end(Ending.REVOKED)
            elif self._loop.time() - self._active > self._terms.idle:
                self._end(Ending.IDLE)
