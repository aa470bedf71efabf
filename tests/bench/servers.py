"""The servers sttelnet is measured against, and the bare ends of the data path.

    python -m tests.bench.servers KIND LOOP

Each does the work of the bench's site: a banner and a prompt, then a line and its one-line answer. Only what a
kind needs is imported, so that its start and its memory are its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from tests.bench.loops import loop_factory

BANNER = b"The bench's banner\r\nhas a few short lines\r\nand a prompt below.\r\n\r\n"
PROMPT = b"> "
BACKLOG = 1024
READ_SIZE = 64 * 1024
DOUBLED_IAC, IAC = b"\xff\xff", b"\xff"
END = b"."  # behind it a bulk server tells how many bytes it has had; a half-closed connection is not for all of them


async def _streams(tasks: asyncio.TaskGroup) -> asyncio.AbstractServer:
    """Lines over bare asyncio streams: readline, write, drain."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(BANNER + PROMPT)
            while line := await reader.readline():
                writer.write(b"echo: " + line.rstrip() + b"\r\n" + PROMPT)
                await writer.drain()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0, backlog=BACKLOG)


async def _streams_bulk(tasks: asyncio.TaskGroup) -> asyncio.AbstractServer:
    """Bytes over bare asyncio streams, IACs un-doubled by `replace`: neither a command nor a cut pair is looked for."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        total = 0
        while data := await reader.read(READ_SIZE):
            total += len(data.replace(DOUBLED_IAC, IAC))
            if data.endswith(END):
                writer.write(b"%d\n" % total)
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0, backlog=BACKLOG)


async def _telnetlib3(tasks: asyncio.TaskGroup) -> Any:
    """Lines through telnetlib3's own server with its defaults; bytes, the faster kind."""

    async def shell(reader: Any, writer: Any) -> None:
        writer.write(BANNER + PROMPT)
        while line := await reader.readline():
            writer.write(b"echo: " + line.rstrip() + b"\r\n" + PROMPT)
            await writer.drain()
        writer.close()

    return await _with_shell(shell)


async def _telnetlib3_bulk(tasks: asyncio.TaskGroup) -> Any:
    """Bytes through telnetlib3's own server."""

    async def shell(reader: Any, writer: Any) -> None:
        total = 0
        while data := await reader.read(READ_SIZE):
            total += len(data)
            if data.endswith(END):
                writer.write(b"%d\n" % total)
        writer.close()

    return await _with_shell(shell)


async def _with_shell(shell: Callable[[Any, Any], Coroutine[Any, Any, None]]) -> Any:
    import telnetlib3

    server: Any = await telnetlib3.create_server("127.0.0.1", 0, shell=shell, encoding=False)
    return server


async def _channel_bulk(tasks: asyncio.TaskGroup) -> asyncio.AbstractServer:
    """Bytes through sttelnet's channel."""
    from sttelnet.telnet import TelnetChannel

    async def serve(channel: TelnetChannel) -> None:
        total = 0
        while data := await channel.receive():
            total += len(data)
            if data.endswith(END):
                channel.send(b"%d\n" % total)
        await channel.close()

    def start(channel: TelnetChannel) -> None:
        tasks.create_task(serve(channel))

    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: TelnetChannel(start), "127.0.0.1", 0, backlog=BACKLOG)


async def _pty_relay(tasks: asyncio.TaskGroup) -> asyncio.AbstractServer:
    """A shell on a pty for each connection, over bare asyncio streams: bytes as they come, both ways."""
    if sys.platform == "win32":
        raise NotImplementedError
    from tests.bench import pty_relay

    return await asyncio.start_server(pty_relay.relay, "127.0.0.1", 0, backlog=BACKLOG)


KINDS: Mapping[str, Callable[[asyncio.TaskGroup], Awaitable[Any]]] = {
    "streams": _streams,
    "streams-bulk": _streams_bulk,
    "telnetlib3": _telnetlib3,
    "telnetlib3-bulk": _telnetlib3_bulk,
    "sttelnet-bulk": _channel_bulk,
    "pty-relay": _pty_relay,
}


async def serve(kind: str) -> None:
    """Serve until killed."""
    async with asyncio.TaskGroup() as tasks:
        server = await KINDS[kind](tasks)
        print(f"listening telnet  127.0.0.1:{server.sockets[0].getsockname()[1]}")
        print("ready", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Run one server on one kind of event loop."""
    _, kind, loop = sys.argv
    with asyncio.Runner(loop_factory=loop_factory(loop)) as runner:
        runner.run(serve(kind))


if __name__ == "__main__":
    main()
