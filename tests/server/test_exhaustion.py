"""No descriptors left: those who are on go on, nobody hangs for good, and the log says it once."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.cli.running import HERE, PATIENCE, lines_until, port_of, serving, write_site

if sys.platform == "win32":
    pytest.skip("Windows has no such limit", allow_module_level=True)

import resource

LIMIT = 120  # descriptors of the daemon: 120 - 64 - 12 = 44 clients

HOARD = """\
import os

HELD = []


def Work(client, line):
    if line == "give":
        while HELD:
            os.close(HELD.pop())
        return "remain"
    try:
        while True:
            HELD.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return "remain"
"""
SITE = {"root": "hello\n> {% set:Work %}", "hoard.py": HOARD}


def lower() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


class Caller:
    """A client that is as silent as nc."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def until(self, word: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readuntil(word)

    async def say(self, line: bytes) -> None:
        self.writer.write(line + b"\r\n")
        await self.writer.drain()


async def call(port: int) -> Caller:
    return Caller(*await asyncio.open_connection("127.0.0.1", port))


async def test_without_descriptors_accepting_pauses_and_goes_on_and_is_told_once(tmp_path: Path) -> None:
    write_site(tmp_path, SITE, HERE)
    async with serving(cwd=tmp_path, preexec_fn=lower) as running:
        port = port_of(await lines_until(running, "ready in"))
        first = await call(port)
        await first.until(b"> ")
        await first.say(b"take")
        await first.until(b"> ")
        waiting = [await call(port) for _ in range(5)]
        await asyncio.sleep(3.5)  # time for three tries, and for three looks at the scripts
        await first.say(b"take")
        await first.until(b"> ")  # who is on goes on
        await first.say(b"give")
        for caller in waiting:
            await caller.until(b"hello")
        running.terminate()
        _, errors = await running.communicate()
        log = errors.decode()
        assert running.returncode == 0
        assert log.count("nobody else is let in for now: Too many open files") == 1, log
        assert log.count("edits are not taken up for now") <= 1, log
        assert "Traceback" not in log
        for caller in [first, *waiting]:
            caller.writer.close()


async def test_more_clients_than_there_are_descriptors_for_are_told_so(tmp_path: Path) -> None:
    write_site(tmp_path, SITE, HERE)
    async with serving(cwd=tmp_path, preexec_fn=lower) as running:
        lines = await lines_until(running, "ready in")
        assert any(line.startswith("clients   44 at most: this process may open no more files") for line in lines)
        port = port_of(lines)
        inside = [await call(port) for _ in range(44)]
        for caller in inside:
            await caller.until(b"hello")
        late = await call(port)
        async with asyncio.timeout(PATIENCE):
            assert b"as many clients as it takes" in await late.reader.read()
        inside.pop().writer.close()
        async with asyncio.timeout(PATIENCE):
            while True:
                again = await call(port)
                inside.append(again)
                if b"hello" in await again.reader.read(400) + await again.reader.read(400):
                    break
        for caller in [*inside, late]:
            caller.writer.close()


async def test_enough_descriptors_change_nothing(tmp_path: Path) -> None:
    write_site(tmp_path, SITE, HERE + "max_sessions = 44\n")
    async with serving(cwd=tmp_path, preexec_fn=lower) as running:
        assert not any(line.startswith("clients ") for line in await lines_until(running, "ready in"))
