"""Servers in processes of their own: started, watched, and ended by their own number."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from tests.bench.load import LoadError

CHECKOUT: Final = Path(__file__).parents[2]
START_LIMIT: Final = 20.0  # seconds
PEACE: Final = 0.3  # seconds a server has to itself after its start
_LISTENING: Final = re.compile(r"listening telnet\s+(?:127\.0\.0\.1|0\.0\.0\.0):(\d+)")


@dataclass(frozen=True, slots=True)
class Subject:
    """A server to measure. It prints `listening telnet  127.0.0.1:PORT`, later a line that starts with `ready`."""

    name: str  # "sttelnet", "streams", "telnetlib3"
    loop: str  # "asyncio" or "uvloop"
    command: Sequence[str]

    def __str__(self) -> str:
        return f"{self.name}, {self.loop}"


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process holds, in KiB."""

    rss: float
    pss: float  # pages shared with other processes counted in part

    def per_session(self, before: Memory, sessions: int) -> Memory:
        """Return what each of the sessions added."""
        return Memory((self.rss - before.rss) / sessions, (self.pss - before.pss) / sessions)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is ready."""

    subject: Subject
    port: int
    pid: int
    started_in: float  # seconds from starting the process to `ready`
    announced: float | None  # the seconds it says itself
    process: asyncio.subprocess.Process

    def cpu(self) -> float:
        """Return the CPU seconds used so far by all its threads."""
        tasks = Path(f"/proc/{self.pid}/task")
        try:
            # Nanoseconds of the live threads; the sum psutil reads is cut to ticks of 10 ms.
            return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
        except OSError:
            times = psutil.Process(self.pid).cpu_times()
            return float(times.user + times.system)

    def memory(self) -> Memory:
        """Return its memory; where the OS knows no PSS it is the RSS."""
        info = psutil.Process(self.pid).memory_full_info()
        return Memory(info.rss / 1024, getattr(info, "pss", info.rss) / 1024)


@contextlib.asynccontextmanager
async def running(subject: Subject, log: Path | None = None) -> AsyncIterator[Running]:
    """Start a server and wait until it is ready; it is killed at the end. Raises LoadError.

    `log` is where its standard error goes to, behind what is there already; kept nowhere without it.
    """
    # The daemon's log goes there too: a line or two for each session.
    with log.open("a+b") if log else tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *subject.command,
            cwd=CHECKOUT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
        try:
            port, last = await _read_announcement(process)
            if not port:
                errors.seek(0)
                raise LoadError(_no_start(subject, errors.read()))
            started_in = time.perf_counter() - began
            await asyncio.sleep(PEACE)
            yield Running(subject, port, process.pid, started_in, _seconds_in(last), process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def all_running(subjects: Sequence[Subject]) -> AsyncIterator[list[Running]]:
    """Start several servers, one after the other."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(running(subject)) for subject in subjects]


def descriptors_of(process: psutil.Process) -> int:
    """Return how many descriptors, or on Windows handles, a process has open."""
    if sys.platform == "win32":
        return process.num_handles()
    return process.num_fds()


def python(*arguments: str) -> tuple[str, ...]:
    """Return the command that runs Python with these arguments."""
    return (sys.executable, *arguments)


async def _read_announcement(process: asyncio.subprocess.Process) -> tuple[int, str]:
    """Return the port and the line that says `ready`; port 0 where it does not come."""
    assert process.stdout is not None
    port = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_LIMIT):
            while line := (await process.stdout.readline()).decode(errors="replace"):
                found = _LISTENING.search(line)
                port = int(found[1]) if found else port
                if port and line.startswith("ready"):
                    return port, line
    return 0, ""


def _no_start(subject: Subject, errors: bytes) -> str:
    said = [line for line in errors.decode(errors="replace").splitlines() if line.strip()]
    return f"{subject} did not start: {said[-1] if said else ' '.join(subject.command)}"


def _seconds_in(line: str) -> float | None:
    found = re.search(r"ready in ([\d.]+) s", line)
    return float(found[1]) if found else None
