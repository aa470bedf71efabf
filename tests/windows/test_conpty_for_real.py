"""cmd.exe in a pseudo console, by the real pywinpty."""

from __future__ import annotations

import asyncio
import os
import re
import sys

import psutil
import pytest

from sttelnet.channel import Size
from sttelnet.errors import ShellFailed
from sttelnet.shell.environment import environment
from sttelnet.shell.platform import account_of, spawn
from sttelnet.shell.pty import Launch, Pty

if sys.platform != "win32":
    pytest.skip("for Windows", allow_module_level=True)

PATIENCE = 20.0  # seconds until a wait counts as a hang


def launch(*argv: str, **more: str) -> Launch:
    made = environment(os.environ, account_of(""), "xterm", [f"{name}={value}" for name, value in more.items()])
    return Launch(argv or ("cmd.exe", "/d"), made, Size(80, 24))


async def until(pty: Pty, wanted: str) -> str:
    """Read until this has come."""
    shown = b""
    async with asyncio.timeout(PATIENCE):
        while wanted not in shown.decode("utf-8", "replace"):
            data = await pty.read()
            assert data, shown
            shown += data
    return shown.decode("utf-8", "replace")


async def rest(pty: Pty) -> bytes:
    """Read to the end."""
    shown = b""
    async with asyncio.timeout(PATIENCE):
        while data := await pty.read():
            shown += data
    return shown


async def test_what_is_typed_runs_and_the_exit_status_is_told() -> None:
    pty = await spawn(launch())
    await pty.write(b"echo hi-%OS%\r")
    await until(pty, "hi-Windows_NT")
    await pty.write(b"exit 7\r")
    assert (await rest(pty)).endswith(b"\x1b[?9001l\x1b[?1004l")
    assert await pty.wait() == 7
    await pty.close()


async def test_accents_go_in_and_out_even_split() -> None:
    pty = await spawn(launch())
    for byte in "echo <é€漢>\r".encode():
        await pty.write(bytes((byte,)))
    await until(pty, "<é€漢>")
    await pty.close()


async def test_a_program_sees_the_window_and_its_change() -> None:
    pty = await spawn(launch())
    python = f'"{sys.executable}" -c "import os; print(*os.get_terminal_size(), end=chr(33))"\r'.encode()
    await pty.write(python)
    assert "80 24!" in await until(pty, "4!")
    pty.resize(Size(100, 30))
    await pty.write(python)
    assert "100 30!" in await until(pty, "0!")
    await pty.close()


async def test_variables_and_no_others_reach_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STTELNET_SECRET", "hunter2")
    pty = await spawn(launch(EXTRA="there"))
    await pty.write(b"set\recho all-do^ne\r")
    shown = await until(pty, "all-done")
    assert "EXTRA=there" in shown
    assert "hunter2" not in shown
    await pty.close()


async def test_closing_ends_all_that_was_started() -> None:
    pty = await spawn(launch())
    await pty.write(b"ping -n 600 127.0.0.1\r")
    shell = psutil.Process(pty.pid)
    async with asyncio.timeout(PATIENCE):
        while not (family := shell.children(recursive=True)):
            await asyncio.sleep(0.1)
    await pty.close()
    async with asyncio.timeout(PATIENCE):
        while any(process.is_running() for process in (shell, *family)):
            await asyncio.sleep(0.1)


async def test_a_program_that_is_not_there_is_told_of() -> None:
    with pytest.raises(ShellFailed, match=r"nosuch\.exe cannot be started: "):
        await spawn(launch("nosuch.exe"))


async def test_arguments_arrive_as_they_are() -> None:
    argv = (sys.executable, "-c", "import sys; print(sys.argv[1:], end='.')", "two words", 'a "quote"', "")
    pty = await spawn(launch(*argv))
    shown = re.sub(r"\x1b\[[^A-Za-z]*[A-Za-z]|\r|\n", "", await until(pty, "]."))
    assert "['two words', 'a \"quote\"', '']." in shown
    await pty.close()


async def test_one_shell_after_another_leaves_no_thread() -> None:
    import threading

    before = threading.active_count()
    for _ in range(3):
        pty = await spawn(launch())
        await until(pty, ">")
        await pty.close()
    async with asyncio.timeout(PATIENCE):
        while any(thread.name.startswith("console") for thread in threading.enumerate()):
            await asyncio.sleep(0.1)
    assert threading.active_count() <= before + 4  # the pool of to_thread
