"""Commands, one by one, in one shell that is kept open: the batch tool.

async with Command() as command:
    result = await command.run("df -h", timeout=10)
    print(result.text, result.exit_status)
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from sttelnet.channel import INTERRUPT, Size
from sttelnet.errors import ShellFailed
from sttelnet.shell.dialect import Marks, dialect_of, own_shell
from sttelnet.shell.environment import environment as environment_of
from sttelnet.shell.pty import GRACE, Launch, Pty, Spawn
from sttelnet.shell.reading import Reading

WIDE: Final = Size(500, 50)  # so wide that no line is wrapped
TIMEOUT: Final = 60.0  # seconds, where none are given
START: Final = 15.0  # seconds for a shell to run its first line
TIMED_OUT: Final = 124  # the exit status timeout(1) has for it
PATIENCE: Final = 2.0  # seconds a command has to end once it was interrupted
MOST: Final = 1024 * 1024  # bytes of one command's output that are kept


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a command."""

    command: str
    text: str  # what it wrote, standard output and error as they came
    exit_status: int  # TIMED_OUT where it took too long
    duration: float  # seconds
    timed_out: bool = False
    cut: bool = False  # it wrote more than is kept


class Command:
    """One shell. A command that ends it (`exit 3`) or has to be killed leaves the next one a new shell."""

    def __init__(
        self,
        program: str = "",
        *,
        size: Size = WIDE,
        environment: Mapping[str, str] | None = None,
        directory: str = "",
        most: int = MOST,
        patience: float = PATIENCE,
        spawn: Spawn | None = None,
    ) -> None:
        """Take a shell's program, "" for the platform's own. Raises ShellFailed where no dialect is known for it."""
        self._program = program or own_shell()
        self._dialect = dialect_of(self._program)
        self._size, self._directory, self._most, self._patience = size, directory, most, patience
        self._environment = environment
        self._spawn = spawn
        self._pty: Pty | None = None
        self._status = 0  # of the command before, which the next may ask for
        self._show: Callable[[bytes], Awaitable[None]] | None = None
        self._sent: tuple[str, Marks, str, float] | None = None  # the command under way, and the line that ends it

    async def __aenter__(self) -> Command:
        """Start the shell. Raises ShellFailed."""
        await self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the shell and all that runs in it."""
        await self.close()

    async def run(
        self, command: str, timeout: float = TIMEOUT, show: Callable[[bytes], Awaitable[None]] | None = None
    ) -> Result:
        """Run a command and return what came of it. Raises ShellFailed where a new shell cannot be started.

        `show` is given the output as it comes, raw, as far as it is kept. Shells that show what is typed, on Windows,
        leave it no way to tell that from output: there it is given the whole text at the end.
        """
        await self.send(command)
        live = None if self._dialect.shows_typing else show
        result = await self._result(timeout, live)
        if show is not None and live is None:
            await show(result.text.encode())
        return result

    async def interrupt(self) -> None:
        """Press Ctrl-C."""
        if self._pty is not None:
            await self._pty.write(INTERRUPT)

    async def send(self, command: str) -> None:
        """Start a command; `result` waits for its end. Raises ShellFailed as `run` does."""
        if self._sent is not None:
            message = "a command is under way: its result has to be waited for first"
            raise ShellFailed(message)
        if "\0" in command:
            message = "a command cannot hold a NUL"
            raise ShellFailed(message)
        pty = self._pty or await self._start()
        marks = Marks(secrets.token_hex(16), secrets.token_hex(16))
        command = command.replace("\r\n", "\n").strip("\n")
        typed, ending = self._dialect.typed(command, marks, self._status)
        self._sent = (command, marks, ending, time.monotonic())
        await self._type(pty, f"{typed}\n{ending}")

    async def result(self, timeout: float = TIMEOUT) -> str:
        """Wait for the command that was sent, and return what it wrote."""
        return (await self._result(timeout)).text

    async def close(self, grace: float = GRACE) -> None:
        """End the shell and all that runs in it: asked, and after `grace` seconds killed."""
        pty, self._pty, self._sent = self._pty, None, None
        if pty is not None:
            await pty.close(grace)

    # The shell

    async def _start(self) -> Pty:
        from sttelnet.shell.platform import account_of, spawn

        given = self._environment
        if given is None:
            given = environment_of(os.environ, account_of(""), "dumb")
        launch = Launch(
            self._dialect.argv(self._program),
            {**given, **self._dialect.environment},
            self._size,
            self._directory,
        )
        pty = self._pty = await (self._spawn or spawn)(launch)
        self._status = 0
        await self._type(pty, self._dialect.hello)
        await self._first_command()
        return pty

    async def _first_command(self) -> None:
        """Wait until the shell takes commands: what it writes while it starts belongs to none."""
        await self.send("")
        if (await self._result(START)).timed_out:
            message = f"{self._program} does not answer as a shell"
            raise ShellFailed(message)

    async def _type(self, pty: Pty, lines: str) -> None:
        # A terminal that a command has left raw makes no LF of a CR.
        typed = f"{lines}\n".replace("\n", "\r") if pty.line_feed_is_enter else f"{lines}\n"
        with contextlib.suppress(TimeoutError):  # one that takes no input will not end either: that is waited for
            async with asyncio.timeout(START):
                await pty.write(typed.encode("utf-8", "surrogateescape"))

    # A command

    async def _result(self, timeout: float, show: Callable[[bytes], Awaitable[None]] | None = None) -> Result:
        if self._sent is None or self._pty is None:
            message = "no command is under way: send one first"
            raise ShellFailed(message)
        command, marks, ending, began = self._sent
        reading = Reading(marks, self._most)
        self._show = show
        try:
            status, timed_out = await self._read(self._pty, reading, ending, timeout)
        finally:
            self._show = None  # of somebody who holds us
        self._sent = None
        self._status = 0 if timed_out else status
        text = self._dialect.trimmed(reading.output(), command, ending)
        seconds = time.monotonic() - began
        return Result(command, text, TIMED_OUT if timed_out else status, seconds, timed_out, reading.cut)

    async def _read(self, pty: Pty, reading: Reading, ending: str, timeout: float) -> tuple[int, bool]:
        """Read to the command's end; return its status, and whether it had to be interrupted."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                return await self._until_end(pty, reading), False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await pty.write(INTERRUPT)
                await asyncio.sleep(self._patience / 8)
                await self._type(pty, ending)  # the first may have gone with the interrupt
                return await self._until_end(pty, reading), True
        await self.close(grace=0.0)
        return TIMED_OUT, True

    async def _until_end(self, pty: Pty, reading: Reading) -> int:
        while reading.status is None:
            data = await pty.read()
            if not data:  # the command has ended the shell
                status = await pty.wait()
                await self.close()
                return status
            reading.take(data)
            if self._show is not None and (fresh := reading.fresh()):
                await self._show(fresh)
        return reading.status
