"""A clock that is set and a name server that is away: a daemon of its own process, in which both are acted."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.cli.running import HERE, PACKAGE_PARENT, PATIENCE, lines_until, port_of, program, serving, write_site

# Python imports this by itself at its start (docs.python.org, site): nothing of the daemon has seen the clock before.
ACTED = """\
import os
import socket
import sys
import time

real, file = time.time, os.environ["ACTED_CLOCK"]
names = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}


def acted():
    with open(file) as shift:
        return real() + float(shift.read() or 0)


def hear(event, arguments):
    if event in names:
        print("asked for a name:", event, arguments, file=sys.stderr, flush=True)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


time.time = acted
sys.addaudithook(hear)
"""
SITE = {"root": 'hello\n{% key:refresh("r") %}> '}
A_YEAR = 366 * 86400


class Clock:
    """The daemon's clock."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.shift(0)

    def shift(self, seconds: float) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.file)


@asynccontextmanager
async def acting(folder: Path, config: str = HERE) -> AsyncIterator[tuple[asyncio.subprocess.Process, Clock]]:
    write_site(folder, SITE, config)
    (folder / "acted").mkdir()
    (folder / "acted/sitecustomize.py").write_text(ACTED)
    clock = Clock(folder / "acted/clock")
    path = os.pathsep.join([str(folder / "acted"), PACKAGE_PARENT])
    async with serving(cwd=folder, extra={"PYTHONPATH": path, "ACTED_CLOCK": str(clock.file)}) as running:
        yield running, clock


async def greeted(reader: asyncio.StreamReader) -> None:
    async with asyncio.timeout(PATIENCE):
        await reader.readuntil(b"hello")


async def test_a_clock_that_is_set_hangs_up_on_nobody_and_hurries_no_stop(tmp_path: Path) -> None:
    async with acting(tmp_path) as (running, clock):
        port = port_of(await lines_until(running, "ready in"))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await greeted(reader)
        ended = await asyncio.to_thread(program, "ctl", "drain", "--in", "1h", cwd=tmp_path)
        assert ended.returncode == 0, ended
        for seconds in (A_YEAR, -A_YEAR, 0):
            clock.shift(seconds)
            await asyncio.sleep(2.5)  # time limits are looked at every 2 s
            writer.write(b"r\r\n")
            await greeted(reader)
        assert running.returncode is None
        writer.close()
        running.kill()
        _, errors = await running.communicate()
        assert "ERROR" not in errors.decode()


async def test_the_clock_is_acted_indeed(tmp_path: Path) -> None:
    async with acting(tmp_path) as (running, clock):
        port = port_of(await lines_until(running, "ready in"))
        clock.shift(10 * A_YEAR)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        [*_, line] = await lines_until(running, "connect session=1", log=True)
        writer.close()
        assert int(line[:4]) >= 2034


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.0.0.2"])
async def test_without_a_name_server_it_starts_and_asks_for_no_name_when_a_client_connects(
    tmp_path: Path, peer: str
) -> None:
    async with acting(tmp_path) as (running, _):
        port = port_of(await lines_until(running, "ready in"))
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(peer, 0))
        except OSError:
            pytest.skip(f"{peer} is no address of this machine")
        await greeted(reader)
        writer.close()
        running.kill()
        _, errors = await running.communicate()
        assert "asked for a name" not in errors.decode()


async def test_a_name_asked_for_is_heard(tmp_path: Path) -> None:
    nowhere = '[server]\nlisten = ["no-such-host.invalid"]\nallow_plaintext = true\nport = 0\n'
    async with acting(tmp_path, nowhere) as (running, _):
        _, errors = await running.communicate()
        assert running.returncode == 69
        assert "asked for a name: socket.getaddrinfo ('no-such-host.invalid'" in errors.decode()
        assert "server.listen has a host name nobody knows" in errors.decode()
