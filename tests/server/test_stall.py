"""An event loop that stands still: named, and ended by a thread, for no signal is heard then."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
import time
from pathlib import Path

import pytest

from sttelnet.server.stall import StallWatch
from tests.cli.running import HERE, PATIENCE, lines_until, port_of, serving, write_site

BLOCKING = """\
import time


async def Work(client, line):
    seconds = float(line)
    time.sleep(seconds)
    return "remain"
"""
SITE = {"root": "hello\n> {% set:Work %}", "tools/work.py": BLOCKING}


async def say(port: int, line: bytes) -> asyncio.StreamWriter:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(PATIENCE):
        await reader.readuntil(b"> ")
    writer.write(line + b"\r\n")
    await writer.drain()
    return writer


async def test_a_handler_that_blocks_the_loop_is_named_and_then_the_daemon_ends_with_every_stack(
    tmp_path: Path,
) -> None:
    write_site(tmp_path, SITE, HERE + "stall_timeout = 2\n")
    async with serving(cwd=tmp_path) as running:
        port = port_of(await lines_until(running, "ready in"))
        writer = await say(port, b"600")
        lines = await lines_until(running, "the daemon ends", log=True)
        assert any("has stood still for 1 s, at scripts/tools/work.py:6 in Work" in line for line in lines)
        assert "for 2 s, at scripts/tools/work.py:6 in Work: the daemon ends" in lines[-1]
        async with asyncio.timeout(PATIENCE):
            assert await running.wait() == 70
            assert running.stderr is not None
            stacks = (await running.stderr.read()).decode()
        assert 'work.py", line 6 in Work' in stacks
        assert "serving.py" in stacks or "base_events.py" in stacks
        writer.close()


@pytest.mark.parametrize("kind", ["async def", "def"])
async def test_a_handler_that_keeps_the_interpreter_to_itself_ends_the_daemon_with_every_stack(
    kind: str, tmp_path: Path
) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows counts no processor time for a process")
    module = f"import re\n\n\n{kind} Work(client, line):\n    re.match('(a+)+$', 60 * 'a' + 'b')\n"
    write_site(tmp_path, {**SITE, "tools/work.py": module}, HERE + "stall_timeout = 2\n")
    async with serving(cwd=tmp_path) as running:
        port = port_of(await lines_until(running, "ready in"))
        writer = await say(port, b"x")
        async with asyncio.timeout(PATIENCE):
            assert await running.wait() == -signal.SIGPROF
            assert running.stderr is not None
            assert 'work.py", line 5 in Work' in (await running.stderr.read()).decode()
        writer.close()


async def test_a_plain_handler_that_computes_for_ever_is_named_and_holds_up_neither_others_nor_the_stop(
    tmp_path: Path,
) -> None:
    module = "def Work(client, line):\n    while True:\n        pass\n"
    config = HERE + "stall_timeout = 2\n[scripts]\nhandler_timeout = 0.5\n"
    write_site(tmp_path, {**SITE, "tools/work.py": module}, config)
    async with serving(cwd=tmp_path) as running:
        port = port_of(await lines_until(running, "ready in"))
        writer = await say(port, b"x")
        lines = await lines_until(running, "took too long", log=True)
        assert re.search(
            r"\(scripts/tools/work\.py:1\) took too long: it is at scripts/tools/work\.py:[23] in Work", lines[-1]
        )
        await asyncio.sleep(4)  # longer than the limit: the processor time is not the daemon's own fault
        (await say(port, b"x")).close()
        writer.close()
        if sys.platform != "win32":
            running.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE):
                assert await running.wait() == 0


async def test_a_short_stall_is_named_and_the_daemon_goes_on(tmp_path: Path) -> None:
    write_site(tmp_path, SITE, HERE)
    async with serving(cwd=tmp_path) as running:
        port = port_of(await lines_until(running, "ready in"))
        writer = await say(port, b"2.5")
        lines = await lines_until(running, "the event loop goes on", log=True)
        assert sum("stood still" in line for line in lines) == 1
        writer.close()
        (await say(port, b"0")).close()
        assert running.returncode is None


async def test_0_ends_no_process(tmp_path: Path) -> None:
    write_site(tmp_path, SITE, HERE + "stall_timeout = 0\n")
    async with serving(cwd=tmp_path) as running:
        port = port_of(await lines_until(running, "ready in"))
        writer = await say(port, b"3")
        await lines_until(running, "the event loop goes on", log=True)
        writer.close()


async def test_a_process_that_was_stopped_as_a_whole_has_not_stood_still(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows stops no process")
    write_site(tmp_path, SITE, HERE + "stall_timeout = 1\n")
    async with serving(cwd=tmp_path) as running:
        port = port_of(await lines_until(running, "ready in"))
        running.send_signal(signal.SIGSTOP)
        await asyncio.sleep(3)
        running.send_signal(signal.SIGCONT)
        await asyncio.sleep(1)
        (await say(port, b"0")).close()
        assert running.returncode is None


async def test_it_ends_even_where_nobody_reads_what_it_writes(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("there is no alarm(2) on Windows")
    filler = "import sys\n\n\ndef Fill(client):\n    for _ in range(3000):\n        client.log.warning('x' * 200)\n"
    write_site(
        tmp_path,
        {**SITE, "root": "hello\n{% post:Fill %}> {% set:Work %}", "fill.py": filler},
        HERE + "stall_timeout = 2\n",
    )
    async with serving(cwd=tmp_path) as running:
        port = port_of(await lines_until(running, "ready in"))
        writer = await say(port, b"600")
        async with asyncio.timeout(PATIENCE):
            while running.returncode is None:  # `wait` would read the pipe
                await asyncio.sleep(0.1)
        assert running.returncode == -signal.SIGALRM
        writer.close()


async def test_the_watch_names_the_line_of_its_own_loop(caplog: pytest.LogCaptureFixture) -> None:
    with StallWatch(lambda: 0.0).watching():
        await asyncio.sleep(0.1)
        time.sleep(2.2)
        await asyncio.sleep(0.6)
    assert "the event loop has stood still for 1 s, at " in caplog.text
    assert "the event loop goes on" in caplog.text


async def test_a_loop_that_answers_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    with StallWatch(lambda: 1.0).watching():
        await asyncio.sleep(2)
    assert "stood still" not in caplog.text


async def test_the_signal_of_systemds_watchdog_leaves_every_stack(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("there is no SIGABRT to send on Windows")
    write_site(tmp_path, SITE, HERE)
    async with serving(cwd=tmp_path) as running:
        await lines_until(running, "ready in")
        running.send_signal(signal.SIGABRT)
        _, errors = await running.communicate()
        assert running.returncode == -signal.SIGABRT
        assert "Fatal Python error: Aborted" in errors.decode()
        assert "server.py" in errors.decode() or "serve.py" in errors.decode()
