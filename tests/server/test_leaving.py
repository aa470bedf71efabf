"""What is left of a session that has ended: nothing that waits for the garbage collector."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import socket
import struct
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.client import Client
from sttelnet.server import Server
from sttelnet.server.door import Door
from sttelnet.session import Session
from sttelnet.session.call import Caller
from sttelnet.session.desk import Desk
from sttelnet.session.orders import Orders
from sttelnet.session.screen import Screen
from sttelnet.session.seat import Seat
from sttelnet.session.view import View
from sttelnet.telnet import TelnetChannel
from sttelnet.telnet.negotiation import Negotiation
from sttelnet.terminal import Terminal
from tests.certificates import issue, needs_openssl
from tests.daemon import PATIENCE, Peer, call, config_with, daemon, dial, free_port

if sys.platform == "win32":
    pytest.skip("a transport of Windows keeps its protocol", allow_module_level=True)

OURS = (Session, Desk, Seat, View, Screen, Orders, Client, Caller, Terminal, TelnetChannel, Negotiation, Door)
WORD = "correct horse"
SITE = {
    "root": 'the root page\n{% page:Prompt("? "); key:login("l"); key:list("n"); key:broken("b"); key:late("t"); '
    'key:asking("a"); key:watched("w"); key:logoff("q") %}',
    "login": '{% page:Prompt("name: "); set:Enter %}',
    "list": 'the list {% get:Rows; page:Prompt("> "); key:root("q") %}',
    "broken": 'broken {% get:Broken; get:BrokenLater; post:Broken; page:Prompt("> "); key:root("q") %}',
    "late": 'late {% get:Late; page:Prompt("> "); key:root("q") %}',
    "asking": "{% post:Ask %}",
    "watched": '{% post:STRun("echo run; sleep 60") %}',
    "h.py": f"""\
import asyncio

async def Enter(client, data):
    await client.log_in(data, "{WORD}")
    return "root"

def Rows(client):
    return "\\n".join(client.page([str(number) for number in range(99)]))

def Broken(client):
    raise ValueError("no")

async def BrokenLater(client):
    await asyncio.sleep(0)
    raise ValueError("no")

async def Late(client):
    await asyncio.sleep(60)

async def Ask(client):
    await client.ask("who? ")
""",
}
VISITS = 3
STAYS = 5.0  # seconds: what is still there then waits for the garbage collector

Way = Callable[[Server, Peer], Awaitable[None]]


async def visit(peer: Peer, *keys: tuple[str, str]) -> None:
    """Log in, look at pages, and press keys, waiting for what each leads to."""
    await peer.until("? ")
    await peer.send("l")
    await peer.until("name: ")
    await peer.line("kim")
    await peer.until("? ")
    for key, expected in (("n", "> "), ("q", "? "), *keys):
        await peer.send(key)
        await peer.until(expected)


async def quits(server: Server, peer: Peer) -> None:
    await visit(peer)
    await peer.send("/quit\r")
    await peer.rest()


async def chooses_to_leave(server: Server, peer: Peer) -> None:
    await visit(peer)
    await peer.send("q")
    await peer.rest()


async def hangs_up(server: Server, peer: Peer) -> None:
    await visit(peer)


async def hangs_up_at_once(server: Server, peer: Peer) -> None:
    pass


async def hangs_up_in_a_question(server: Server, peer: Peer) -> None:
    await visit(peer, ("a", "who? "))


async def hangs_up_in_a_command(server: Server, peer: Peer) -> None:
    await visit(peer, ("w", "run"))


async def vanishes(server: Server, peer: Peer) -> None:
    await visit(peer)
    connection = peer.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # what it ends with is a reset
    peer.writer.transport.abort()


async def is_idle(server: Server, peer: Peer) -> None:
    await visit(peer)
    [session] = server.clients.sessions.values()
    session.desk.seat.limits.active -= 2 * server.services.config.server.idle_timeout
    session.check_time(asyncio.get_running_loop().time())
    assert "Nothing came from you" in await peer.rest()


async def is_cut_off(server: Server, peer: Peer) -> None:
    await visit(peer)
    [session] = server.clients.sessions.values()
    session.cut()


async def is_cut_off_in_a_command(server: Server, peer: Peer) -> None:
    await visit(peer, ("w", "run"))
    [session] = server.clients.sessions.values()
    session.cut()


async def meets_faults_of_handlers(server: Server, peer: Peer) -> None:
    await visit(peer, ("b", "logged"), ("t", "> "), ("q", "? "))
    await peer.send("q")
    await peer.rest()


async def is_a_program(server: Server, peer: Peer) -> None:
    await peer.until("? ")
    for order in ("/machine", "/health", "/exec list", f"/auth kim {WORD}", "/nonsense"):
        await peer.line(order)
        await peer.until("\r\n")
    await peer.line("/quit")
    await peer.rest()


WAYS: tuple[Way, ...] = (
    quits,
    chooses_to_leave,
    hangs_up,
    hangs_up_at_once,
    hangs_up_in_a_question,
    hangs_up_in_a_command,
    vanishes,
    is_idle,
    is_cut_off,
    is_cut_off_in_a_command,
    meets_faults_of_handlers,
    is_a_program,
)


@asynccontextmanager
async def house(folder: Path, **sections: Mapping[str, object]) -> AsyncIterator[Server]:
    config = config_with(scripts={"get_timeout": 0.2}, run={"enabled": True, "role": "member"}, **sections)
    async with daemon(folder, SITE, config) as server:
        await server.members.register("kim", WORD, "127.0.0.1")
        yield server


async def left_of(server: Server, visited: Callable[[], Awaitable[None]]) -> Counter[str]:
    """Return what is there of sessions after some visits in which nothing was collected."""
    await visited()  # what is made at the first use stays
    await empty(server)
    gc.collect()
    gc.disable()
    try:
        for _ in range(VISITS):
            await visited()
            await empty(server)
        return await nothing_of_ours()
    finally:
        gc.enable()


async def empty(server: Server) -> None:
    """Wait until everybody has left."""
    async with asyncio.timeout(PATIENCE):
        while server.clients.sessions:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)


async def nothing_of_ours() -> Counter[str]:
    """Wait until none of our objects is there; return those that stay."""
    left: Counter[str] = Counter()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STAYS):
            while left := Counter(type(thing).__name__ for thing in gc.get_objects() if isinstance(thing, OURS)):
                await asyncio.sleep(0.1)
    return left


@pytest.fixture(autouse=True)
def _no_records(caplog: pytest.LogCaptureFixture) -> None:
    """pytest keeps what is logged, and with a traceback all that it passed through."""
    caplog.set_level(logging.CRITICAL + 1, logger="sttelnet")


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_a_session_that_ends_is_freed_at_once(tmp_path: Path, way: Way) -> None:
    async with house(tmp_path) as server:

        async def once() -> None:
            async with dial(server) as peer:
                await way(server, peer)

        left = await left_of(server, once)
    assert not left


@needs_openssl
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_a_session_over_tls_that_ends_is_freed_at_once(tmp_path: Path, way: Way) -> None:
    pair = issue(tmp_path, "localhost")
    async with house(tmp_path, tls=pair.section(free_port())) as server:

        async def once() -> None:
            async with call(server.services.config.tls.port, tls=pair.trusting()) as peer:
                await way(server, peer)

        left = await left_of(server, once)
    assert not left


@needs_openssl
async def test_a_handshake_that_fails_leaves_nothing(tmp_path: Path) -> None:
    pair = issue(tmp_path, "localhost")
    async with house(tmp_path, tls=pair.section(free_port())) as server:

        async def once() -> None:
            for hello in (b"hello\r\n", b"\x16\x03\x01\0\x05hello", b""):
                reader, writer = await asyncio.open_connection("127.0.0.1", server.services.config.tls.port)
                writer.write(hello)
                writer.write_eof()
                async with asyncio.timeout(PATIENCE):
                    await reader.read()
                writer.close()

        left = await left_of(server, once)
    assert not left
