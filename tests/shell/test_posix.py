"""Programs on a real pty."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from sttelnet.channel import DEFAULT_SIZE, Size
from sttelnet.errors import ShellFailed
from sttelnet.shell import Launch, Pty
from tests.shell_site import alive, eventually, own_memory

if sys.platform == "win32":
    pytest.skip("a pty is POSIX's", allow_module_level=True)

from sttelnet.shell import posix

PATIENCE = 10.0  # seconds until a wait counts as a hang
ENVIRONMENT = {"PATH": os.environ["PATH"], "PS1": "", "PS2": "", "TERM": "dumb"}


@asynccontextmanager
async def running(
    *argv: str,
    environment: Mapping[str, str] = ENVIRONMENT,
    size: Size = DEFAULT_SIZE,
    directory: str = "",
    user: str = "",
) -> AsyncIterator[Pty]:
    """Run a program, /bin/sh where none is named, and end it."""
    pty = await posix.spawn(Launch(argv or ("/bin/sh",), environment, size, directory, user))
    try:
        yield pty
    finally:
        await pty.close()


async def until(pty: Pty, wanted: bytes) -> bytes:
    shown = b""
    async with asyncio.timeout(PATIENCE):
        while wanted not in shown:
            data = await pty.read()
            assert data, shown
            shown += data
    return shown


async def rest(pty: Pty) -> bytes:
    shown = b""
    async with asyncio.timeout(PATIENCE):
        while data := await pty.read():
            shown += data
    return shown


async def said_by(
    *argv: str,
    environment: Mapping[str, str] = ENVIRONMENT,
    size: Size = DEFAULT_SIZE,
    directory: str = "",
    user: str = "",
) -> str:
    async with running(*argv, environment=environment, size=size, directory=directory, user=user) as pty:
        return (await rest(pty)).decode()


def launch(program: str, directory: str = "", user: str = "") -> Launch:
    return Launch((program,), ENVIRONMENT, DEFAULT_SIZE, directory, user)


async def test_what_is_typed_is_echoed_and_runs() -> None:
    async with running() as pty:
        await pty.write(b"echo $((6*7))\r")
        assert await until(pty, b"42\r\n") == b"echo $((6*7))\r\n42\r\n"


@pytest.mark.parametrize(
    ("line", "status"), [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -9 $$", 137), ("kill -1 $$", 129)]
)
@pytest.mark.parametrize("by", ["a pidfd", "a thread"])
async def test_the_exit_status_is_told_as_shells_tell_it(
    line: str, status: int, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by == "a thread":  # as on systems without pidfd_open(2)
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    async with running("/bin/sh", "-c", line) as pty, asyncio.timeout(PATIENCE):
        first, second, _ = await asyncio.gather(pty.wait(), pty.wait(), rest(pty))
        assert first == second == await pty.wait() == status


async def test_the_size_is_there_at_the_start_and_follows() -> None:
    async with running("/bin/sh", "-c", "trap 'stty size' WINCH; stty size; while :; do sleep 0.02; done") as pty:
        pty.resize(Size(0, 9999))  # nonsense from a client harms nothing
        await until(pty, b"500 1\r\n")
        pty.resize(Size(101, 33))
        await until(pty, b"33 101\r\n")
    assert await said_by("stty", "size", size=Size(132, 43)) == "43 132\r\n"


async def test_ctrl_c_interrupts_what_runs_and_not_the_shell() -> None:
    async with running() as pty:
        await pty.write(b"sleep 600\r")
        await until(pty, b"sleep 600")
        await asyncio.sleep(0.2)
        await pty.write(b"\x03")
        await pty.write(b"echo st''ill\r")
        await until(pty, b"still")


async def test_there_is_a_controlling_terminal_and_a_session_of_its_own() -> None:
    said = await said_by("/bin/sh", "-c", "echo to the terminal > /dev/tty; ps -o sid=,pid= -p $$ | tr -s ' '")
    told, numbers = said.strip().split("\r\n")
    assert told == "to the terminal"
    assert len(set(numbers.split())) == 1


@pytest.mark.parametrize("directory", ["", "/"], ids=["at once", "by the helper"])
async def test_the_environment_is_what_was_given(directory: str) -> None:
    said = await said_by("/usr/bin/env", environment={"NAME": "Ada", "PATH": "/bin"}, directory=directory)
    assert sorted(said.split("\r\n")) == ["", "NAME=Ada", "PATH=/bin"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are listed in /proc")
@pytest.mark.parametrize("directory", ["", "/"], ids=["at once", "by the helper"])
async def test_no_descriptor_of_ours_reaches_a_program(directory: str) -> None:
    async with running("sleep", "600", directory=directory) as pty:
        # posix_spawn(3) returns a moment before the kernel closes what is not inherited.
        await eventually(lambda: set(os.listdir(f"/proc/{pty.pid}/fd")) == {"0", "1", "2"})


@pytest.mark.parametrize("directory", ["", "/"], ids=["at once", "by the helper"])
async def test_signals_that_python_ignores_are_not_ignored_by_programs(directory: str) -> None:
    said = await said_by("/bin/sh", "-c", "yes | head -1; grep SigIgn /proc/self/status", directory=directory)
    answer, _, ignored = said.split()
    assert answer == "y"
    assert int(ignored, 16) & 0x7FFF_FFFF == 0  # 32 and 33 are the C library's own


async def test_it_starts_in_the_directory(tmp_path: Path) -> None:
    assert await said_by("pwd", directory=str(tmp_path)) == f"{tmp_path}\r\n"


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
async def test_it_has_the_rights_of_the_user_and_no_others(tmp_path: Path) -> None:
    said = await said_by("/bin/sh", "-c", "id -u; id -ru; id -gn; id -G; cat /etc/shadow", user="nobody", directory="/")
    user, real, group, groups, refused = said.split("\r\n")[:5]
    assert user == real == "65534"
    assert group == "nogroup"
    assert groups == "65534"
    assert "Permission denied" in refused


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (launch("/bin/nosuch"), "/bin/nosuch cannot be started: No such file or directory"),
        (launch("/etc/passwd"), "/etc/passwd cannot be started: Permission denied"),
        (launch("/bin/nosuch", "/"), "/bin/nosuch cannot be used: No such file or directory"),
        (launch("/bin/sh", "/no/such"), "the directory /no/such cannot be used: No such file"),
        (launch("/bin/sh", user="nosuchuser"), "the user nosuchuser cannot be used: there is no such user"),
    ],
)
async def test_what_cannot_be_started_is_told_with_the_reason(what: Launch, reason: str) -> None:
    with pytest.raises(ShellFailed, match=reason):
        await posix.spawn(what)


async def test_much_output_arrives_whole() -> None:
    said = await said_by("/bin/sh", "-c", "stty -opost; seq 1 700000")
    assert said == "".join(f"{n}\n" for n in range(1, 700_001))


async def test_a_program_waits_where_nobody_reads_and_goes_on_where_somebody_does() -> None:
    async with running("/bin/sh", "-c", "exec yes") as pty:
        await until(pty, b"y\r\n")
        process = psutil.Process(pty.pid)
        await asyncio.sleep(0.3)
        used, memory = process.cpu_times().user, own_memory()
        await asyncio.sleep(0.5)
        assert process.cpu_times().user - used < 0.2
        assert own_memory() - memory < 1024 * 1024
        await until(pty, b"y\r\n" * 10_000)


async def test_others_have_their_turn_while_a_program_never_stops_writing() -> None:
    async with running("yes") as pty:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(other())
            for _ in range(200):
                await pty.read()
            task.cancel()
        assert turns >= 200


async def test_a_read_that_is_given_up_loses_nothing() -> None:
    async with running("/bin/sh", "-c", "stty -opost; for n in $(seq 1 50); do echo $n; sleep 0.01; done") as pty:
        shown = b""
        while b"\n50\n" not in shown:
            try:
                async with asyncio.timeout(0.003):
                    shown += await pty.read()
            except TimeoutError:
                continue
        assert shown == "".join(f"{n}\n" for n in range(1, 51)).encode()


async def test_typing_at_a_program_that_does_not_read_waits_and_can_be_given_up() -> None:
    async with running("/bin/sh", "-c", "stty raw -echo; echo ready; exec sleep 600") as pty:
        await until(pty, b"ready")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await pty.write(b"x" * 1_000_000)


async def test_much_that_is_typed_arrives_whole() -> None:
    async with running("/bin/sh", "-c", "stty raw -echo; echo ready; head -c 300000 | cksum") as pty:
        await until(pty, b"ready")
        await pty.write(b"0123456789" * 30_000)
        assert b" 300000" in await rest(pty)


async def test_typing_at_a_program_that_has_ended_is_harmless() -> None:
    async with running("true") as pty:
        await pty.wait()
        await rest(pty)
        async with asyncio.timeout(PATIENCE):
            await pty.write(b"x" * 1_000_000)


async def test_who_runs_on_in_the_background_does_not_hold_up_the_end() -> None:
    async with running("/bin/sh", "-c", "trap '' HUP; sleep 600 & echo last words") as pty:
        assert await rest(pty) == b"last words\r\n"


async def test_who_writes_on_in_the_background_does_not_hold_up_the_end() -> None:
    async with running(
        "/bin/sh", "-c", "trap '' HUP; (while :; do echo on; sleep 0.01; done) & echo last words"
    ) as pty:
        assert b"last words" in await rest(pty)


async def test_closing_ends_everything_and_may_be_done_twice() -> None:
    async with running() as pty:
        await pty.write(b"(trap '' HUP TERM; sleep 600; :) & nohup sleep 601 >/dev/null &\r")
        process = psutil.Process(pty.pid)
        await eventually(lambda: len(process.children(recursive=True)) >= 2)
        family = [process, *process.children(recursive=True)]
        async with asyncio.timeout(PATIENCE):
            await pty.close()
            await pty.close()
        assert not [one for one in family if alive(one)]
        assert await pty.read() == b""


async def test_closing_lets_those_go_who_wait() -> None:
    async with running("sleep", "600") as pty, asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(pty.wait())
        await asyncio.sleep(0.1)
        await pty.close()
    assert waiting.result() in {129, 143, 137}


async def test_nothing_is_left_of_many() -> None:
    this = psutil.Process()
    await said_by("true")
    before = this.num_fds()
    for directory in ("", "/"):
        for _ in range(10):
            await said_by("true", directory=directory)
    for _ in range(3):
        with pytest.raises(ShellFailed):
            await posix.spawn(launch("/bin/nosuch", "/"))
    await eventually(lambda: this.num_fds() <= before)
    await eventually(lambda: not [one for one in this.children() if one.name() in {"true", "nosuch"}])
