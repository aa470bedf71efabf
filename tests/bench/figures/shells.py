"""What a command shell costs, beside a pty with nothing but a relay before it; and what it does to others."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.bench.compare import compared, in_turn
from tests.bench.load import PATIENCE, Crowd, Manner, Talk, quantile
from tests.bench.loops import ASYNCIO
from tests.bench.process import CHECKOUT, Running, all_running, python, running
from tests.bench.scale import Scale
from tests.bench.shells import READY, in_shell, relay, shell_site
from tests.bench.subjects import control
from tests.bench.table import Amount, Beside, Figure, Goal

THROUGHPUT_GOAL = Goal(0.5, at_least=True)
OTHERS_GOAL = Goal(50, "ms")
INTERRUPT_GOAL = Goal(500, "ms")
KEYS, PAUSE = 300, 0.003  # keys pressed, and seconds between an echo and the next key
AT_ONCE = 100  # shells open
OPENING = 10  # shells opened at the same time
LINE = b"The quick brown fox jumps over the lazy dog, and then it jumps back again.\n"
LINES_PER_SECOND = 50.0
UNKNOWN = Talk(b"ping\r\n", b"")  # no key of the page: it is answered with a sentence and the prompt
HEAD_START = 0.5
SETTLE = 1.0


async def shells(scale: Scale, folder: Path) -> list[Figure]:
    """Throughput, echo, memory, and the delay of others while one floods."""
    text = folder / "text"
    text.write_bytes(LINE * (scale.bulk // len(LINE)))
    async with all_running([shell_site(folder), relay()]) as servers:
        rates = await in_turn(servers, scale.rounds, lambda server: _throughput(server, text))
        figures = compared(f"`cat` of {scale.bulk >> 20} MiB in a shell", "MB/s", rates, THROUGHPUT_GOAL)
        figures += await _script(text, scale.rounds)
        took = {server.subject: await _echo(server) for server in servers}
        for share in (0.5, 0.99):
            samples = {subject: [1e3 * quantile(seconds, share)] for subject, seconds in took.items()}
            figures += compared(f"echo of a key in a shell p{share * 100:.0f}", "ms", samples)
        stops = await in_turn(servers, scale.rounds, _interrupt)
        figures += compared("Ctrl-C to the prompt while `yes` runs", "ms", stops, INTERRUPT_GOAL)
        figures.append(await _memory(servers[0]))
    figures.append(await _others(scale, folder))
    return figures


async def _throughput(server: Running, text: Path) -> float:
    async with in_shell(server.subject, server.port) as caller:
        return await caller.flood(text) / 1e6


async def _script(text: Path, rounds: int) -> list[Figure]:
    """The same file through `script`, which is C, into a pipe."""
    if shutil.which("script") is None:
        return []
    rates: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            "script",
            "-qc",
            f"cat {text}",
            "/dev/null",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        total = 0
        async with asyncio.timeout(PATIENCE):
            while data := await process.stdout.read(256 * 1024):
                total += len(data)
            await process.wait()
        rates.append(total / (time.perf_counter() - began) / 1e6)
    return [Figure("… by `script -qc`, into a pipe", Amount(median(rates), "MB/s"))]


async def _echo(server: Running) -> Sequence[float]:
    async with in_shell(server.subject, server.port) as caller:
        await caller.echo(20, PAUSE)
        return await caller.echo(KEYS, PAUSE)


async def _interrupt(server: Running) -> float:
    async with in_shell(server.subject, server.port) as caller:
        await caller.type(b"yes")
        await caller.read_for(0.5)
        began = time.perf_counter()
        caller.writer.write(b"\x03")
        await caller.until(READY)
        return 1e3 * (time.perf_counter() - began)


async def _memory(server: Running) -> Figure:
    """What the daemon itself holds for each shell: the shells are processes of their own."""
    before = server.memory()
    turns, enough = asyncio.Semaphore(OPENING), asyncio.Event()
    opened = 0

    async def stay() -> None:
        nonlocal opened
        async with contextlib.AsyncExitStack() as stack:
            async with turns:
                await stack.enter_async_context(in_shell(server.subject, server.port))
            opened += 1
            await enough.wait()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(stay())
        async with asyncio.timeout(PATIENCE):
            while opened < AT_ONCE:
                await asyncio.sleep(0.1)
        await asyncio.sleep(SETTLE)
        held = server.memory().per_session(before, AT_ONCE)
        enough.set()
    return Figure(f"RSS of the daemon per shell, {AT_ONCE} open", Amount(held.rss, "KiB"))


async def _others(scale: Scale, folder: Path) -> Figure:
    """The delay of a bystander's lines over a control process, while a shell of the same daemon runs `yes`."""
    async with running(shell_site(folder / "others")) as daemon, running(control()) as unconcerned:
        bystander = Crowd(daemon.port, Manner.REFUSE, UNKNOWN)
        control_client = Crowd(unconcerned.port, Manner.REFUSE, UNKNOWN)
        await bystander.open(1)
        await control_client.open(1)
        command = python("-m", "tests.bench.shells", str(daemon.port), str(scale.flood + HEAD_START))
        flood = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT)
        try:
            await asyncio.sleep(HEAD_START)
            async with asyncio.TaskGroup() as tasks:
                for client in (bystander, control_client):
                    tasks.create_task(client.pace(int(scale.flood * LINES_PER_SECOND), LINES_PER_SECOND))
            async with asyncio.timeout(PATIENCE):
                await flood.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                flood.kill()
            await flood.wait()
        ours, theirs = (1e3 * quantile(crowd.answers, 0.99) for crowd in (bystander, control_client))
        bystander.close()
        control_client.close()
    name = "p99 delay of others while a shell runs `yes`"
    return Figure(f"{name}, {ASYNCIO}", Amount(max(0.0, ours - theirs), "ms"), Beside(theirs, None), goal=OTHERS_GOAL)
