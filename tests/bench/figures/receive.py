"""How fast the data path takes bytes in."""

from __future__ import annotations

import asyncio
import random
import re
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tests.bench.compare import compared, in_turn
from tests.bench.load import PATIENCE, LoadError
from tests.bench.process import Running, all_running
from tests.bench.scale import Scale
from tests.bench.servers import END
from tests.bench.subjects import TELNETLIB3, bulk_servers
from tests.bench.table import Figure, Goal

MIB: Final = 1024 * 1024
BLOCK: Final = 256 * 1024  # decoded bytes sent at once


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is sent, over and over."""

    name: str
    block: bytes
    goal: Goal
    less: int  # telnetlib3's server is sent so many times less: it takes milliseconds for what takes us microseconds


BULKS: Final = (
    Bulk("random bytes", random.Random(1).randbytes(BLOCK), Goal(0.8, at_least=True), 16),
    Bulk("bytes 255", b"\xff" * BLOCK, Goal(0.5, at_least=True), 128),
)


async def receive(scale: Scale, folder: Path) -> list[Figure]:
    """Decoded bytes per server CPU second, for random bytes and for those that telnet doubles."""
    figures: list[Figure] = []
    async with all_running(bulk_servers(scale.loops)) as servers:
        for bulk in BULKS:
            samples = await in_turn(servers, scale.rounds, partial(_measure, bulk, scale.bulk // BLOCK))
            figures += compared(f"receive {bulk.name} per CPU second", "MiB", samples, bulk.goal)
    return figures


async def _measure(bulk: Bulk, count: int, server: Running) -> float:
    if server.subject.name == TELNETLIB3:
        count = max(1, count // bulk.less)
    return await asyncio.to_thread(_throughput, server, bulk.block, count)


def _throughput(server: Running, block: bytes, count: int) -> float:
    """Return the decoded MiB a CPU second takes in."""
    escaped = block.replace(b"\xff", b"\xff\xff")
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(b"\xff\xfc\x18\xff\xfe\x01" if server.subject.name == TELNETLIB3 else b"")  # WONT TTYPE
        before = server.cpu()
        for _ in range(count):
            connection.sendall(escaped)
        connection.sendall(END)
        _read_total(connection, count * len(block))
        return count * len(block) / MIB / (server.cpu() - before)


def _read_total(connection: socket.socket, expected: int) -> None:
    """Wait until the server says it has had everything."""
    told = b""
    while piece := connection.recv(4096):
        told = (told + piece)[-4096:]
        if any(int(number) >= expected for number in re.findall(rb"(\d+)\n", told)):
            return
    message = f"the server took in less than {expected} bytes"
    raise LoadError(message)
