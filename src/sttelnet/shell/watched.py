"""A command in a client's window: its output as it comes, Ctrl-C to stop it, and how it ended."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final

from sttelnet.channel import INTERRUPT, Channel, Line, Size
from sttelnet.charset import encode
from sttelnet.config import RunConfig
from sttelnet.errors import ChannelClosed, ShellFailed
from sttelnet.shell.command import Command, Result
from sttelnet.shell.plain import plain
from sttelnet.terminal import TerminalFacts

SILENT: Final = 0.4  # seconds without output until something moves
SPINNER: Final = "|/-\\"
READ: Final = 300.0  # seconds somebody may take to read what came
PARTNER: Final = 0.05  # seconds for the LF or NUL behind the CR of Enter: to the page it would be another Enter
NO_RESULT: Final = "it came to no end"
SHOWN: Final = "running a command"  # for who is on
_PART: Final = re.compile(r"\x1b[^A-Za-z]{0,40}$|\r$")  # of a sequence or a line end that is not all there


class Watched:
    """Runs commands on one client's line, one at a time."""

    def __init__(
        self, borrow: Callable[[], AbstractAsyncContextManager[Line]], config: RunConfig, facts: TerminalFacts
    ) -> None:
        self._borrow, self._config, self._facts = borrow, config, facts

    async def run(self, command: str) -> Result:
        """Run a command, show what it writes, and wait for Enter.

        Raises ShellFailed where it cannot be run, ChannelClosed when the client hangs up: the command is ended then.
        """
        size = Size(*self._facts.size)
        async with self._borrow() as line, Command(size=size, most=self._config.output * 1024) as shell:
            return await _Window(line, shell, self._facts).run(command, self._config.timeout)


class _Window:
    """One command on one line."""

    def __init__(self, line: Line, shell: Command, facts: TerminalFacts) -> None:
        self._line, self._shell, self._facts = line, shell, facts
        self._channel: Channel = line.channel
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._turns = 0  # of the spinner, since the last output
        self._news = asyncio.Event()
        self._result: Result | None = None
        self._over = asyncio.Event()
        self._gone = ""  # why the client is, once it is
        self._failure = NO_RESULT  # why there is no result
        self._read_on = asyncio.Event()  # the client has pressed Enter behind the end

    async def run(self, command: str, timeout: float) -> Result:
        self._send(("" if self._facts.plain else "\x1b[0m\x1b[2J\x1b[H") + f"$ {plain(command)}\n")
        parts = (partial(self._carry, command, timeout), self._listen, self._spin)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._until_gone(part)) for part in parts]
            await self._over.wait()
            for task in running:
                task.cancel()
        if self._gone:
            raise ChannelClosed(self._gone)
        if self._result is None:
            raise ShellFailed(self._failure)
        return self._result

    async def _until_gone(self, part: Callable[[], Awaitable[None]]) -> None:
        """Do one part; its end by a client who is gone ends the others, and leaves no exception that holds us."""
        try:
            await part()
        except ChannelClosed as closed:
            self._gone = self._gone or str(closed)
            self._over.set()

    async def _carry(self, command: str, timeout: float) -> None:
        try:
            self._result = await self._shell.run(command, timeout, self._show)
        except ShellFailed as failed:
            self._failure = str(failed)
        else:
            self._tell(self._result)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(READ):
                    await self._read_on.wait()
                    await asyncio.sleep(PARTNER)
        self._over.set()

    async def _show(self, data: bytes) -> None:
        text = self._held + self._decoder.decode(data)
        part = _PART.search(text)
        text, self._held = (text[: part.start()], part[0]) if part else (text, "")
        self._still()
        self._send(plain(text))
        self._news.set()
        await self._channel.drain()

    def _tell(self, result: Result) -> None:
        self._still()
        if result.timed_out:
            end = f"It took too long, and was ended after {result.duration:.0f} s."
        else:
            end = f"Exit status {result.exit_status} after {result.duration:.1f} s."
        cut = " The rest of what it wrote is left out." if result.cut else ""
        self._send(f"{'' if result.text.endswith(chr(10)) or not result.text else chr(10)}\n{end}{cut} Enter returns.")

    # The client

    async def _listen(self) -> None:
        while True:
            data = await self._channel.receive()
            if data == b"":
                message = "the client has hung up"
                raise ChannelClosed(message)
            if data is None:
                if await self._line.wanted_back():
                    self._read_on.set()
                    await self._shell.close()
            elif self._result is not None:
                self._read_on.set()
            elif INTERRUPT in data:
                await self._shell.interrupt()

    async def _spin(self) -> None:
        while self._result is None:
            self._line.working(SHOWN)
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SILENT):
                    await self._news.wait()
                    continue
            if not self._facts.plain and self._result is None:
                self._send(("\b" if self._turns else "") + SPINNER[self._turns % len(SPINNER)])
                self._turns += 1

    def _still(self) -> None:
        """Take the spinner away."""
        if self._turns:
            self._send("\b \b")
            self._turns = 0

    def _send(self, text: str) -> None:
        self._channel.send(encode(text.replace("\n", "\r\n"), self._facts.charset))
