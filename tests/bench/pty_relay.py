"""The least that joins a connection to a shell: a pty, a reader on it, and a copy each way."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from tests.bench.shells import READY, SHELL

assert sys.platform != "win32"

_READ_SIZE = 64 * 1024


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection until either side ends."""
    master, slave = os.openpty()
    os.set_blocking(master, False)
    environment = {"PS1": READY.decode(), "PATH": os.environ["PATH"], "TERM": "xterm", "HISTFILE": "/dev/null"}
    opened = (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0)
    doubled = [(os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)]
    pid = os.posix_spawn(SHELL, [SHELL], environment, file_actions=[opened, *doubled], setsid=True)
    os.close(slave)
    try:
        async with asyncio.TaskGroup() as tasks:
            showing = tasks.create_task(_show(master, writer))
            while data := await reader.read(_READ_SIZE):
                os.write(master, data.replace(b"\r\0", b"\r"))
            showing.cancel()
    except* OSError:
        pass
    finally:
        os.close(master)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
        os.waitpid(pid, 0)
        writer.close()


async def _show(master: int, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            data = os.read(master, _READ_SIZE)
        except BlockingIOError:
            readable = loop.create_future()
            loop.add_reader(master, readable.set_result, None)
            try:
                await readable
            finally:
                loop.remove_reader(master)
            continue
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0)
