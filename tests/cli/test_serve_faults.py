"""What keeps the daemon from starting is told in a sentence; what need not, does not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.running import HERE, PATIENCE, lines_until, port_of, program, serving, write_site
from tests.cli.unprivileged import as_nobody, folder_of_nobody, hand_over, with_port_right


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site whose daemon has run once."""
    write_site(tmp_path, {"root": "hello\n"}, HERE)
    asyncio.run(run_once(tmp_path))
    return tmp_path


async def run_once(folder: Path) -> None:
    async with serving(cwd=folder) as running:
        await lines_until(running, "ready in")
        if sys.platform != "win32":
            running.terminate()
            await running.wait()


def refusal(folder: Path) -> str:
    """Start the daemon, which must end with 69; return the one line it says."""
    ended = program("serve", cwd=folder)
    assert ended.returncode == 69, ended
    return sentence_in(ended.stderr)


def sentence_in(errors: str) -> str:
    [line] = errors.splitlines()
    assert line.startswith("sttelnet: ")
    return line


# -- the database


def test_a_database_that_is_damaged_is_said_to_be_with_the_cure(site: Path) -> None:
    database = site / "sttelnet.db"
    data = bytearray(database.read_bytes())
    data[4096:] = bytes(7 for _ in data[4096:])
    database.write_bytes(data)
    assert refusal(site).endswith("sttelnet.db is damaged: put back a copy")


def test_half_a_database_is_said_to_be_damaged(site: Path) -> None:
    database = site / "sttelnet.db"
    database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])
    assert refusal(site).endswith("sttelnet.db is damaged: put back a copy")


def test_another_file_in_its_place_is_said_to_be_none(site: Path) -> None:
    (site / "sttelnet.db").write_bytes(b"something else\n" * 500)
    assert "is not a SQLite database: move it away" in refusal(site)


def test_a_database_held_for_good_before_it_was_made_is_said_to_be_held(tmp_path: Path) -> None:
    write_site(tmp_path, {"root": "hello\n"}, HERE)
    with closing(sqlite3.connect(tmp_path / "sttelnet.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("CREATE TABLE theirs (x)")
        assert "is being written by another process: try again" in refusal(tmp_path)


async def test_a_database_another_process_writes_to_is_served_all_the_same(tmp_path: Path) -> None:
    write_site(tmp_path, {"root": "hello\n"}, HERE)
    await run_once(tmp_path)
    with closing(sqlite3.connect(tmp_path / "sttelnet.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        async with serving(cwd=tmp_path) as running:
            port = port_of(await lines_until(running, "ready in"))
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.timeout(PATIENCE):
                await reader.readuntil(b"hello")
            writer.close()


# -- rights


@pytest.fixture
def own() -> Iterator[Path]:
    """A site in a folder of an account without rights, which has run once."""
    with folder_of_nobody() as folder:
        write_site(folder, {"root": "hello\n"}, HERE)
        yield folder


def as_nobody_refused(folder: Path) -> str:
    words, options = as_nobody("serve", "--config", str(folder))
    ended = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False, **options)
    assert ended.returncode == 69, ended
    return sentence_in(ended.stderr)


async def test_it_starts_without_any_right_beyond_its_own_folder(own: Path) -> None:
    hand_over(own)
    words, options = as_nobody("serve", "--config", str(own))
    running = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, **options
    )
    try:
        port = port_of(await lines_until(running, "ready in"))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(b"hello")
        writer.close()
        running.terminate()
        _, errors = await running.communicate()
        assert running.returncode == 0
        assert "WARNING" not in errors.decode()
        assert "ERROR" not in errors.decode()
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


def test_a_folder_it_may_not_write_is_named(own: Path) -> None:
    hand_over(own)
    own.chmod(0o500)
    assert as_nobody_refused(own).startswith(f"sttelnet: cannot make {own}/sttelnet.db: Permission denied")


async def test_a_database_it_may_only_read_is_named_with_the_cure(own: Path) -> None:
    await run_once(own)
    hand_over(own, files=0o400)
    assert "sttelnet.db is read-only: the account of the daemon must be able to write it" in as_nobody_refused(own)


def test_a_port_below_1024_needs_a_right_and_the_refusal_says_so(own: Path) -> None:
    limit = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if not limit.is_file() or int(limit.read_text()) <= 23:
        pytest.skip("any account may listen on low ports here")
    hand_over(own)
    words, options = as_nobody("serve", "--config", str(own), "--port", "23")
    ended = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False, **options)
    assert ended.returncode == 69
    assert "not allowed to listen: port 23" in sentence_in(ended.stderr)


async def test_a_port_below_1024_needs_no_more_than_that_right(own: Path) -> None:
    hand_over(own)
    port = next(port for port in range(1023, 900, -1) if is_free(port))
    words, options = with_port_right("serve", "--config", str(own), "--port", str(port))
    running = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, **options
    )
    try:
        assert port_of(await lines_until(running, "ready in")) == port
        rights = Path(f"/proc/{running.pid}/status").read_text()
        assert re.search(r"^Uid:\s+65534\s", rights, re.MULTILINE)
        assert re.search(r"^CapBnd:\s+0*400$", rights, re.MULTILINE)  # 1 << CAP_NET_BIND_SERVICE
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(b"hello")
        writer.close()
    finally:
        running.kill()
        await running.communicate()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


# -- standard output and standard error

full_disk = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")


@full_disk
async def test_a_full_disk_behind_its_output_neither_keeps_it_from_starting_nor_ends_it(tmp_path: Path) -> None:
    write_site(tmp_path, {"root": "hello\n"}, HERE)
    port = free_port()
    with open("/dev/full", "w") as full:
        async with serving("--port", str(port), cwd=tmp_path, stdout=full, stderr=full) as running:
            await greeted(port)
            running.terminate()
            async with asyncio.timeout(PATIENCE):
                assert await running.wait() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
async def test_a_reader_of_its_log_that_has_gone_does_not_end_it(tmp_path: Path) -> None:
    write_site(tmp_path, {"root": "hello\n"}, HERE)
    port = free_port()
    reading, writing = os.pipe()
    os.close(reading)
    try:
        async with serving("--port", str(port), cwd=tmp_path, stdout=writing, stderr=writing) as running:
            for _ in range(3):
                await greeted(port)
            running.terminate()
            async with asyncio.timeout(PATIENCE):
                assert await running.wait() == 0
    finally:
        os.close(writing)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def greeted(port: int) -> None:
    """Call until the page comes: before it is ready a daemon refuses or hangs up."""
    async with asyncio.timeout(PATIENCE):
        while not await is_greeted(port):
            await asyncio.sleep(0.05)


async def is_greeted(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    try:
        await reader.readuntil(b"hello")
        return True
    except (ConnectionError, asyncio.IncompleteReadError):
        return False
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
