"""Runs a check's program once, and says what it gave. Whatever the program does, there is a result in time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sttelnet.health.plugin import Result, read_result
from sttelnet.health.states import State
from sttelnet.process import end_tree

MOST_OUTPUT: Final = 256 * 1024  # bytes kept; the rest is read and forgotten
LATE_OUTPUT: Final = 0.5  # seconds for what a program has written, after its end: a child may keep the pipe open
GRACE: Final = 0.5  # seconds between asking a program to end and killing it

# What monitoring plugins need; nothing else of the daemon's own environment, which may hold secrets.
_KEPT: Final = (
    "PATH",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "HOME",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "COMSPEC",
    "PATHEXT",
    "WINDIR",
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a program."""

    result: Result
    seconds: float  # it took
    status: int | None  # its exit status; None where it did not end by itself, or could not be started
    errors: str = ""  # the end of what it wrote to standard error, uncleaned
    output: bytes = b""  # what it wrote to standard output, as far as it is kept


async def run_program(
    command: Sequence[str], seconds: float, *, directory: Path | None = None, environ: Mapping[str, str] | None = None
) -> Run:
    """Run a program for so many seconds at most; then it is ended, with all it has started. Never raises OSError.

    `environ` is what `environment` has made of the daemon's own, for whoever runs many.
    """
    began, program = time.monotonic(), _Program()
    try:
        transport, _ = await asyncio.get_running_loop().subprocess_exec(
            lambda: program,
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            cwd=directory,
            env=environment(os.environ) if environ is None else environ,
            start_new_session=sys.platform != "win32",
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Run(Result(State.UNKNOWN, f"cannot be started: {reason}"), time.monotonic() - began, None)
    try:
        in_time = await _within(seconds, program.ended)
        if in_time:
            await _within(LATE_OUTPUT, program.silent)
    finally:
        await _end(transport, program)
    return _told(transport.get_returncode(), program, seconds if not in_time else None, time.monotonic() - began)


def environment(daemon: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a check. Its output is read by machines, so it is to be in English."""
    kept = {name: daemon[name] for name in _KEPT if name in daemon}
    return {**kept, "LC_ALL": "C", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def command_of(path: Path) -> tuple[str, ...] | None:
    """Return how a file is run as a check, None where it is none: by its suffix, else where it may be executed."""
    match path.suffix.lower():
        case ".py":
            return (sys.executable, str(path))
        case ".sh":
            shell = shutil.which("sh")  # Windows may have none, and then such a file is no check there
            return (str(path),) if _may_run(path) else (shell, str(path)) if shell else None
        case ".ps1":
            power_shell = shutil.which("pwsh") or shutil.which("powershell") or "pwsh"
            return (power_shell, "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File", str(path))
        case ".bat" | ".cmd":
            return (os.environ.get("COMSPEC", "cmd.exe"), "/d", "/c", str(path))
        case ".exe":
            return (str(path),)
        case _:
            return (str(path),) if _may_run(path) else None


def _may_run(path: Path) -> bool:
    """Whether a file has a run bit. On Windows the suffix says all."""
    return sys.platform != "win32" and os.access(path, os.X_OK)


class _Program(asyncio.SubprocessProtocol):
    """A program that runs. Its streams would wait for whoever holds the other end of its pipes; this does not."""

    def __init__(self) -> None:
        self.kept: dict[int, bytearray] = {1: bytearray(), 2: bytearray()}  # by the descriptor
        self.ended, self.silent = asyncio.Event(), asyncio.Event()  # silent: both pipes are at their end
        self._open = 2

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep so much, and forget the rest, so that the program need not wait."""
        kept = self.kept[fd]
        kept += data[: max(0, MOST_OUTPUT - len(kept))]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """One of the pipes has come to its end."""
        self._open -= fd in self.kept
        if not self._open:
            self.silent.set()

    def process_exited(self) -> None:
        """The program has ended; what it has started may not have."""
        self.ended.set()


def _told(status: int | None, program: _Program, late: float | None, took: float) -> Run:
    output = bytes(program.kept[1])
    errors = program.kept[2][-2000:].decode("utf-8", "replace")
    if late is not None or status is None:
        return Run(Result(State.UNKNOWN, f"no answer within {late or took:g} s"), took, None, errors, output)
    return Run(read_result(status, output), took, status, errors, output)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    if event.is_set():
        return True
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def _end(transport: asyncio.SubprocessTransport, program: _Program) -> None:
    """See that the program and what it has started are gone, where it has not ended by itself and alone."""
    try:
        # It runs, or has left somebody with its output: who is in its session can be told on POSIX. On Windows its
        # number may be another's by now.
        if not program.ended.is_set() or (sys.platform != "win32" and not program.silent.is_set()):
            await end_tree(transport.get_pid(), grace=GRACE)
            await _within(GRACE, program.ended)
    finally:  # a second cancellation, too
        transport.close()  # a child that was left behind may hold the other end of the pipes for ever
