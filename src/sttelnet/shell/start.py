"""Starting a program on a pty of its own (pty(7), posix_spawn(3))."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import struct
import sys
import termios
from pathlib import Path
from typing import Final

from sttelnet.channel import Size
from sttelnet.errors import ShellFailed
from sttelnet.shell.pty import Launch

assert sys.platform != "win32"  # noqa: S101 - for the type checker: nothing below is there on Windows

START: Final = 10.0  # seconds for the helper to become the program
_MOST_CELLS: Final = 500
_HELPER: Final = str(Path(__file__).with_name("enter.py"))
_REPORT: Final = 3  # the number of the pipe in the helper


async def start(launch: Launch) -> tuple[int, int]:
    """Start a program on a new pty, as the leader of a session of its own. Raises ShellFailed.

    Returns the descriptor of the pty's master, which does not block, and the number of the process.
    """
    master, slave = os.openpty()
    try:
        os.set_blocking(master, False)
        set_size(master, launch.size)
        # Linux gives a session leader the first terminal it opens; the helper asks for it elsewhere.
        if sys.platform == "linux" and not (launch.directory or launch.user):
            pid = _start_at_once(launch, os.ttyname(slave))
        else:
            pid = await _start_through_helper(launch, os.ttyname(slave))
    except BaseException:
        os.close(master)
        raise
    finally:
        os.close(slave)
    return master, pid


def _start_at_once(launch: Launch, terminal: str) -> int:
    try:
        return _posix_spawn(launch.argv, launch, terminal, search=True)
    except OSError as error:
        message = f"{launch.argv[0]} cannot be started: {error.strerror}"
        raise ShellFailed(message) from None


async def _start_through_helper(launch: Launch, terminal: str) -> int:
    told, tell = os.pipe()
    locale = launch.environment.get("LC_CTYPE", "")
    argv = (sys.executable, "-I", "-S", _HELPER, str(_REPORT), locale, launch.directory, launch.user, *launch.argv)
    try:
        pid = _posix_spawn(argv, launch, terminal, report=tell)
    except OSError as error:
        os.close(told)
        message = f"{sys.executable} cannot be started: {error.strerror}"
        raise ShellFailed(message) from None
    finally:
        os.close(tell)
    reason = await _heard(told)
    if reason:
        await asyncio.to_thread(os.waitpid, pid, 0)  # it is on its way out
        raise ShellFailed(reason)
    return pid


async def _heard(pipe: int) -> str:
    """Return why the helper could not become the program; "" once it has."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", 0))
    try:
        async with asyncio.timeout(START):
            return (await reader.read(4096)).decode("utf-8", "replace")
    except TimeoutError:
        return "the host did not start the program in time"  # … and the pty is closed: it is hung up on
    finally:
        transport.close()


def _posix_spawn(
    argv: tuple[str, ...], launch: Launch, terminal: str, *, report: int = -1, search: bool = False
) -> int:
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = []
    if report >= 0:
        actions.append((os.POSIX_SPAWN_DUP2, report, _REPORT))
    actions += [
        (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
    ]
    start = os.posix_spawnp if search else os.posix_spawn
    # Python ignores SIGPIPE, and a signal that is ignored stays so in a new program (signal(7)).
    return start(
        argv[0],
        argv,
        launch.environment,
        file_actions=actions,
        setsid=True,
        setsigmask=[],
        setsigdef=[number for number in signal.valid_signals() if number not in {signal.SIGKILL, signal.SIGSTOP}],
    )


def set_size(master: int, size: Size) -> None:
    """Give the pty a window size; the kernel tells its program (SIGWINCH)."""
    columns, rows = (max(1, min(cells, _MOST_CELLS)) for cells in size)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
