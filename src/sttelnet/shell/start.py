"""Starting a program on a pty of its own (pty(7), posix_spawn(3))."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import shutil
import signal
import struct
import sys
import termios
from pathlib import Path
from typing import Final

from sttelnet.channel import Size
from sttelnet.errors import ShellFailed
from sttelnet.process import end_tree
from sttelnet.shell import child
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
    try:
        master, slave = os.openpty()
    except OSError as error:
        message = f"the host gives no pseudo terminal: {error.strerror}"
        raise ShellFailed(message) from None
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
    name = launch.argv[0]
    # Not posix_spawnp(3), which looks in the daemon's own PATH.
    path = shutil.which(name, path=launch.environment.get("PATH", os.defpath))
    if path is None and "/" not in name:
        message = f"{name} cannot be started: {os.strerror(errno.ENOENT)}"
        raise ShellFailed(message)
    return _posix_spawn(path or name, launch.argv, launch, terminal)


async def _start_through_helper(launch: Launch, terminal: str) -> int:
    try:
        told, tell = os.pipe()
    except OSError as error:
        message = f"{launch.argv[0]} cannot be started: {error.strerror}"
        raise ShellFailed(message) from None
    locale = launch.environment.get("LC_CTYPE", "")
    argv = (sys.executable, "-I", "-S", _HELPER, str(_REPORT), locale, launch.directory, launch.user, *launch.argv)
    try:
        pid = _posix_spawn(sys.executable, argv, launch, terminal, report=tell)
    except ShellFailed:
        os.close(told)
        raise
    finally:
        os.close(tell)
    reason = "cancelled"
    try:
        reason = await _heard(told)
    finally:
        if reason:
            await _abandon(pid)
    if reason:
        raise ShellFailed(reason)
    return pid


async def _abandon(pid: int) -> None:
    """End what was to become the program, and may be it by now."""
    try:
        await end_tree(pid, grace=0.0)
    finally:
        child.Child(pid).reap()


async def _heard(pipe: int) -> str:
    """Return why the helper could not become the program; "" once it has."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", 0))
    try:
        async with asyncio.timeout(START):
            return (await reader.read(4096)).decode("utf-8", "replace")
    except TimeoutError:
        return "the host did not start the program in time"
    finally:
        transport.close()


def _posix_spawn(path: str, argv: tuple[str, ...], launch: Launch, terminal: str, *, report: int = -1) -> int:
    _keep_descriptors()
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = []
    if report >= 0:
        actions.append((os.POSIX_SPAWN_DUP2, report, _REPORT))
    actions += [
        (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
    ]
    try:
        return os.posix_spawn(
            path,
            argv,
            launch.environment,
            file_actions=actions,
            setsid=True,
            setsigmask=[],
            # Python ignores SIGPIPE, and a signal that is ignored stays so in a new program (signal(7)).
            setsigdef=[number for number in signal.valid_signals() if number not in {signal.SIGKILL, signal.SIGSTOP}],
        )
    except OSError as error:
        message = f"{argv[0]} cannot be started: {error.strerror}"
        raise ShellFailed(message) from None
    except ValueError as error:  # a NUL among what was given
        message = f"{launch.argv[0]} cannot be started: {error}"
        raise ShellFailed(message) from None


def _keep_descriptors() -> None:
    """Let no program inherit a descriptor besides the first three.

    What Python opens is not inherited (PEP 446); what whoever started the daemon has left open in it would be. It is
    marked and not closed in the program: a spawn fails on those above a limit that was lowered since (setrlimit(2)).
    """
    with contextlib.suppress(OSError):  # a system without the list
        for descriptor in map(int, os.listdir("/dev/fd")):
            with contextlib.suppress(OSError):  # that of the list itself
                if descriptor > 2 and os.get_inheritable(descriptor):
                    os.set_inheritable(descriptor, False)


def set_size(master: int, size: Size) -> None:
    """Give the pty a window size; the kernel tells its program (SIGWINCH)."""
    columns, rows = (max(1, min(cells, _MOST_CELLS)) for cells in size)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
