"""Programs on a real pty."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psutil
import pytest

from sttelnet.channel import DEFAULT_SIZE, Size
from sttelnet.errors import ShellFailed
from sttelnet.shell import Launch, Pty
from tests.shell_site import alive, eventually, own_memory

if sys.platform == "win32":
    pytest.skip("a pty is POSIX's", allow_module_level=True)

import resource

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


def children(name: str) -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if one.name() == name]


async def job_in(pty: Pty) -> psutil.Process:
    """Run a program in the foreground of an interactive shell, and return it once it is there."""
    shell = psutil.Process(pty.pid)
    await pty.write(b"sleep 600\r")
    await eventually(lambda: [one.name() for one in shell.children()] == ["sleep"])
    return shell.children()[0]


async def until_deaf(pty: Pty) -> None:
    """Wait until a script has come to its loop, behind the traps it sets."""
    await eventually(lambda: bool(psutil.Process(pty.pid).children()))


@contextmanager
def at_most_descriptors(count: int) -> Iterator[None]:
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)


async def test_what_is_typed_is_echoed_and_runs() -> None:
    async with running() as pty:
        await pty.write(b"echo $((6*7))\r")
        assert await until(pty, b"42\r\n") == b"echo $((6*7))\r\n42\r\n"


@pytest.mark.parametrize(
    ("line", "status"), [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -9 $$", 137), ("kill -1 $$", 129)]
)
@pytest.mark.parametrize("by", ["a pidfd", "a thread", "a thread that reaps"])
async def test_the_exit_status_is_told_as_shells_tell_it(
    line: str, status: int, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by != "a pidfd":  # as on systems without pidfd_open(2)
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    if by == "a thread that reaps":  # as on macOS before Python 3.13
        monkeypatch.delattr(os, "waitid", raising=False)
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
        shell = psutil.Process(pty.pid)
        await eventually(lambda: [child.name() for child in shell.children()] == ["sleep"])
        await pty.write(b"\x03")
        await pty.write(b"echo st''ill\r")
        await until(pty, b"still")


async def test_ctrl_z_stops_a_job_which_goes_on_in_the_foreground() -> None:
    async with running("/bin/sh", "-i") as pty:
        job = await job_in(pty)
        await pty.write(b"\x1a")
        await eventually(lambda: job.status() == psutil.STATUS_STOPPED)
        await pty.write(b"fg\r")
        await eventually(lambda: job.status() == psutil.STATUS_SLEEPING)
        await pty.write(b"\x03")
        await eventually(lambda: not alive(job))
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


@pytest.mark.parametrize("directory", ["", "/"], ids=["at once", "by the helper"])
async def test_a_program_is_looked_for_where_its_own_path_says(directory: str, tmp_path: Path) -> None:
    program = tmp_path / "only-here"
    program.write_text("#!/bin/sh\necho found\n")
    program.chmod(0o755)
    path = {"PATH": f"{tmp_path}:/bin"}
    assert await said_by("only-here", environment=path, directory=directory) == "found\r\n"


@pytest.mark.parametrize("path", [{"PATH": "/bin"}, {"PATH": ""}, {}], ids=["a path", "an empty one", "none"])
async def test_a_program_is_not_looked_for_where_the_daemon_stands(
    path: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only-here").write_text("#!/bin/sh\n")
    (tmp_path / "only-here").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ShellFailed, match=r"^only-here cannot be started: No such file or directory$"):
        await posix.spawn(Launch(("only-here",), path, DEFAULT_SIZE))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are listed in /proc")
@pytest.mark.parametrize("directory", ["", "/"], ids=["at once", "by the helper"])
async def test_no_descriptor_of_ours_reaches_a_program(directory: str) -> None:
    ends = os.pipe()
    for end in ends:  # as if whoever started the daemon had left them open
        os.set_inheritable(end, True)
    async with running("sleep", "600", directory=directory) as pty:
        # posix_spawn(3) returns a moment before the kernel closes what is not inherited.
        await eventually(lambda: set(os.listdir(f"/proc/{pty.pid}/fd")) == {"0", "1", "2"})
    for end in ends:
        os.close(end)


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


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
async def test_the_terminal_is_the_users_own() -> None:
    said = await said_by("/bin/sh", "-c", "echo by its name > $(tty); id -u 0>&- ; stat -c %U $(tty)", user="nobody")
    assert said.split("\r\n")[:3] == ["by its name", "65534", "nobody"]


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (launch("/bin/nosuch"), "/bin/nosuch cannot be started: No such file or directory"),
        (launch("/etc/passwd"), "/etc/passwd cannot be started: Permission denied"),
        (launch("/bin/nosuch", "/"), "/bin/nosuch cannot be started: No such file or directory"),
        (launch("/bin/sh", "/no/such"), "the directory /no/such cannot be entered: No such file or directory"),
        (launch("/bin/sh", user="nosuchuser"), "the user nosuchuser cannot be used: there is no such user"),
    ],
)
async def test_what_cannot_be_started_is_told_with_the_reason(what: Launch, reason: str) -> None:
    with pytest.raises(ShellFailed, match=reason):
        await posix.spawn(what)


@pytest.mark.parametrize("directory", ["", "/"], ids=["at once", "by the helper"])
async def test_what_no_program_can_be_given_is_refused(directory: str) -> None:
    with pytest.raises(ShellFailed, match=r"^echo cannot be started: embedded null byte$"):
        await posix.spawn(Launch(("echo", "a\0b"), ENVIRONMENT, DEFAULT_SIZE, directory))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are listed in /proc")
@pytest.mark.parametrize("directory", ["", "/"], ids=["at once", "by the helper"])
async def test_where_descriptors_run_out_it_is_told_and_none_is_lost(directory: str) -> None:
    before = psutil.Process().num_fds()
    highest = max(map(int, os.listdir("/proc/self/fd")))
    spare = [os.open("/dev/null", os.O_RDONLY) for _ in range(highest)]  # no gaps below the limit
    with pytest.raises(ShellFailed, match="Too many open files"), at_most_descriptors(max(spare) + 2):
        await posix.spawn(launch("true", directory))
    for descriptor in spare:
        os.close(descriptor)
    await eventually(lambda: psutil.Process().num_fds() <= before)


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.01, 0.02, 0.03, 0.05])
async def test_a_start_that_is_given_up_leaves_nothing(delay: float) -> None:
    this = psutil.Process()
    descriptors, family = this.num_fds(), this.children()
    started: list[Pty] = []
    try:
        async with asyncio.timeout(delay):
            started.append(
                await posix.spawn(Launch(("sh", "-c", "trap '' HUP TERM; sleep 60"), ENVIRONMENT, DEFAULT_SIZE, "/"))
            )
    except TimeoutError:
        pass
    for pty in started:
        await pty.close()
    await eventually(lambda: this.num_fds() <= descriptors)
    assert this.children() == family


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


async def test_who_floods_in_the_background_does_not_hold_up_the_end() -> None:
    async with running("/bin/sh", "-c", "trap '' HUP; echo last words; yes & yes no & sleep 0.1") as pty:
        await pty.wait()
        assert b"last words" in await rest(pty)


async def test_what_was_written_before_the_end_arrives_however_late_it_is_read() -> None:
    async with running("/bin/sh", "-c", "stty -opost; trap '' HUP; sleep 600 & seq 1 700") as pty:
        await pty.wait()
        await asyncio.sleep(posix.LONGEST_REST + 0.2)
        assert await rest(pty) == b"".join(b"%d\n" % n for n in range(1, 701))


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


async def test_closing_ends_what_stands_still() -> None:
    async with running("/bin/sh", "-i") as pty:
        job = await job_in(pty)
        await pty.write(b"\x1a")
        await eventually(lambda: job.status() == psutil.STATUS_STOPPED)
        await pty.close()
        assert not alive(job)


async def test_closing_ends_those_too_who_have_left_the_session_and_hear_nothing() -> None:
    # The kernel's hang-up ends their parent at once: whose they were has to be known before.
    script = "setsid sh -c 'trap \"\" HUP TERM; while :; do sleep 0.1; done' & wait"
    async with running("/bin/sh", "-c", script) as pty:
        process = psutil.Process(pty.pid)
        await eventually(lambda: len(process.children(recursive=True)) >= 2)
        family = process.children(recursive=True)
        await pty.close()
        assert not [one for one in family if alive(one)]


async def test_closing_lets_those_go_who_wait() -> None:
    async with running("/bin/sh", "-c", "stty raw -echo; echo ready; exec sleep 600") as pty:
        await until(pty, b"ready")
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            waiting, reading = tasks.create_task(pty.wait()), tasks.create_task(rest(pty))
            tasks.create_task(pty.write(b"x" * 1_000_000))
            await asyncio.sleep(0.1)
            await pty.close()
        assert waiting.result() in {129, 143, 137}
        assert reading.result() in {b"", b"\r\n"}


@pytest.mark.parametrize("busy", [False, True], ids=["", "while the loop's threads are busy"])
async def test_closing_that_is_given_up_ends_everything_all_the_same(busy: bool) -> None:
    before = psutil.Process().num_fds()
    async with running("/bin/sh", "-c", "trap '' HUP TERM; while :; do sleep 0.1; done") as pty:
        await until_deaf(pty)
        if busy:
            loop = asyncio.get_running_loop()
            loop.set_default_executor(ThreadPoolExecutor(1))
            loop.run_in_executor(None, time.sleep, 1.5)
        async with asyncio.TaskGroup() as tasks:
            closing = tasks.create_task(pty.close())
            await asyncio.sleep(0.1)
            closing.cancel()
        assert closing.cancelled()
        assert not psutil.pid_exists(pty.pid)
        assert await pty.wait() == 137
    if not busy:
        assert psutil.Process().num_fds() <= before


@pytest.mark.parametrize("by", ["a thread", "a thread that reaps"])
async def test_closing_ends_everything_where_a_thread_waits(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    if by == "a thread that reaps":
        monkeypatch.delattr(os, "waitid", raising=False)
    async with running("/bin/sh", "-c", "trap '' HUP; (trap '' HUP TERM; sleep 600; :) & sleep 601; :") as pty:
        process = psutil.Process(pty.pid)
        await eventually(lambda: len(process.children(recursive=True)) >= 3)
        family = [process, *process.children(recursive=True)]
        async with asyncio.timeout(PATIENCE):
            await pty.close()
            assert await pty.wait() in {137, 143}
        assert not [one for one in family if alive(one)]
        assert not psutil.pid_exists(pty.pid)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are listed in /proc")
async def test_closing_ends_everything_where_descriptors_have_run_out() -> None:
    async with running("/bin/sh", "-c", "trap '' HUP TERM; while :; do sleep 0.1; done") as pty:
        await until_deaf(pty)
        process = psutil.Process(pty.pid)
        highest = max(map(int, os.listdir("/proc/self/fd")))
        spare = [os.open("/dev/null", os.O_RDONLY) for _ in range(highest)]
        with at_most_descriptors(max(spare) + 1):
            await pty.close()
        for descriptor in spare:
            os.close(descriptor)
        assert not alive(process)


async def test_nothing_is_left_of_many() -> None:
    this = psutil.Process()
    await said_by("true")
    before = this.num_fds()
    for directory in ("", "/"):
        for _ in range(25):
            await said_by("true", directory=directory)
    for _ in range(3):
        with pytest.raises(ShellFailed):
            await posix.spawn(launch("/bin/nosuch", "/"))
    await eventually(lambda: this.num_fds() <= before)
    assert not children("true")
    assert not children("nosuch")
