"""A command in a client's window: its output as it comes, Ctrl-C to stop it, and how it ended."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
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
        self._read_on = asyncio.Event()  # the client has pressed Enter behind the end

    async def run(self, command: str, timeout: float) -> Result:
        self._send(("" if self._facts.plain else "\x1b[0m\x1b[2J\x1b[H") + f"$ {plain(command)}\n")
        ended: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                around = [tasks.create_task(part) for part in (self._listen(), self._spin())]
                self._result = await self._shell.run(command, timeout, self._show)
                self._tell(self._result)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(READ):
                        await self._read_on.wait()
                        await asyncio.sleep(PARTNER)
                for task in around:
                    task.cancel()
        except* (ChannelClosed, ShellFailed) as group:
            ended = group.exceptions[0]
        if ended is not None or self._result is None:
            raise ended or ShellFailed(NO_RESULT)
        return self._result

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
