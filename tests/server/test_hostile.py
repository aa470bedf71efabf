"""Whatever a client sends: no traceback, nobody else notices, memory stays bounded."""

from __future__ import annotations

import asyncio
import logging
import random
from pathlib import Path

import pytest

from sttelnet.server import Server
from tests.daemon import daemon, dial

SITE = {
    "root": '{% page:Refresh(1) %}menu {% get:Rows %}\n{% key:form("f"); key:refresh("r"); key:logoff("q") %}',
    "form": "{% ansi:Move(5,5); set:Take; set:Word %}",
    "h.py": (
        "from sttelnet.client import masked\n\n"
        "def Rows(client):\n    return '\\n'.join(client.page([str(n) for n in range(99)]))\n\n"
        "def Take(client, data):\n    client.notice(data)\n    return ''\n\n"
        "@masked\ndef Word(client, data):\n    return 'refresh' if data else 'back'\n"
    ),
}
PIECES = [
    b"f", b"r", b"/", b"/who\r", b"/charset cp437\r", b"/charset utf-8\r", b"//x\r", b"\r\n", b"\r\0", b"\n", b"\x03",
    b"\x1b[", b"\x1b[A", b"\x1b[5~", b"\x1b[6~", b"n", b"p", b"\x7f", b"\x15", b"\x0c", b"\xff\xf4", b"\xff\xf6",
    b"\xff\xfb\x1f\xff\xfa\x1f\x00\x14\x00\x05\xff\xf0", b"\xff\xfa\x1f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xf0",
    b"\xff\xfb\x18\xff\xfa\x18\x00dumb\xff\xf0", b"\xff\xfe\x01", b"\xff\xfd\x01", b"\xff\xfe\x03", b"\xff\xfd\x03",
    "\u65e5\u672c\u0301\u202e".encode(), b"\x9b2J", b"\xe9", b"\xff\xfa\x45\x01\x41\x02\x03\x78\xff\xf0",
]  # fmt: skip


async def pour(server: Server, seed: int) -> None:
    """Send a few thousand random pieces, reading nothing in half of the cases."""
    dice = random.Random(seed)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.ports[0])
    try:
        for _ in range(300):
            writer.write(b"".join(dice.choices(PIECES, k=dice.randint(1, 12))))
            writer.write(dice.randbytes(dice.randint(0, 40)))
            await writer.drain()
            if seed % 2:
                async with asyncio.timeout(5):
                    await reader.read(65536)
    except (ConnectionError, TimeoutError):
        pass  # cut off by the daemon, which is its right
    finally:
        writer.close()


@pytest.mark.parametrize("seed", range(8))
async def test_random_input_fails_nothing_and_disturbs_nobody(
    seed: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with daemon(tmp_path, SITE) as server, dial(server) as bystander:
        await bystander.until("menu")
        async with asyncio.TaskGroup() as tasks:
            for number in range(4):
                tasks.create_task(pour(server, seed * 4 + number))
            await bystander.send("f")
            await bystander.line("still here")
            await bystander.until("still here")
    assert not [record for record in caplog.records if record.exc_info], caplog.text


async def test_a_megabyte_without_a_line_end_is_refused_and_costs_no_memory(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": "go> {% set:Take %}", "h.py": SITE["h.py"]}) as server, dial(server) as peer:
        await peer.until("go> ")
        await peer.send(b"x" * 1024 * 1024)
        await peer.line("")
        await peer.until("Nothing was done.")


async def test_a_client_that_reads_nothing_is_cut_off(tmp_path: Path) -> None:
    scripts = {
        "root": "{% get:Flood %}\n{% key:refresh('r') %}".replace("'", '"'),
        "h.py": "def Flood(client):\n    return 'x' * 100_000\n",
    }
    from tests.daemon import config_with

    async with daemon(tmp_path, scripts, config_with(server={"send_timeout": 0.5})) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.ports[0])
        writer.write(b"\xff\xfd\x01\xff\xfd\x03" + b"r" * 400)
        async with asyncio.timeout(20):
            while not server.hub.presences():
                await asyncio.sleep(0.05)
            while server.hub.presences():
                await asyncio.sleep(0.05)
        writer.close()


HEAVY = {
    "history": b"".join(b"/" + b"%02d" % n + "\u6f22".encode() * 300 + b"\r\n\r\n" for n in range(20))
    + b"\x10\x0e" * 8000,
    "home and end": b"x" * 1000 + b"\x01\x05" * 8000,
    "redraws": b"\x0c" * 4000,
    "subnegotiations": b"\xff\xfa" * 100_000,
}


@pytest.mark.parametrize("kind", HEAVY)
async def test_what_is_dear_to_work_off_holds_up_nobody_for_long(kind: str, tmp_path: Path) -> None:
    """Ten seconds would be a hang; `make bench` measures the real delay, in milliseconds."""
    scripts = {"root": "go> {% set:Take %}", "h.py": SITE["h.py"]}
    async with daemon(tmp_path, scripts) as server, dial(server) as bystander, dial(server) as peer:
        await peer.until("go> ")
        await bystander.until("go> ")
        peer.writer.write(HEAVY[kind])
        await asyncio.sleep(0.2)
        began = asyncio.get_running_loop().time()
        await bystander.line("still here")
        await bystander.until("still here")
        assert asyncio.get_running_loop().time() - began < 5
        peer.writer.transport.abort()
