"""Commands in real shells."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import psutil
import pytest

from sttelnet.errors import ShellFailed
from sttelnet.shell import Command
from tests.shell_site import alive

if sys.platform == "win32":
    pytest.skip("tests/windows has cmd.exe", allow_module_level=True)

SHELLS = [shell for shell in ("/bin/sh", "/bin/bash") if shutil.which(shell)]
pytestmark = pytest.mark.parametrize("shell", SHELLS)


async def test_a_command_gives_its_output_and_its_status(shell: str) -> None:
    async with Command(shell) as command:
        good = await command.run("echo out; echo error >&2")
        bad = await command.run("ls /no/such/place")
    assert (good.text, good.exit_status, good.timed_out, good.cut) == ("out\nerror\n", 0, False, False)
    assert bad.exit_status != 0
    assert "/no/such/place" in bad.text


async def test_the_article_s_way_sends_and_asks_for_the_result(shell: str) -> None:
    async with Command(shell) as command:
        await command.send("echo dir")
        assert await command.result(timeout=10) == "dir\n"


async def test_one_shell_is_kept_open(shell: str, tmp_path: Path) -> None:
    async with Command(shell) as command:
        await command.run(f"cd {tmp_path}; name=Ada; false")
        assert (await command.run('echo "$? $name $PWD"')).text == f"1 Ada {tmp_path}\n"


@pytest.mark.parametrize(
    "text",
    ["no line end", "ends\n", "two ends\n\n", "\n", "", "  blanks  \n", "é 漢 ┌─┐\n", "\ttab\n", "x" * 3000 + "\n"],
)
async def test_output_is_what_was_written(shell: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text(text, encoding="utf-8")
    async with Command(shell, directory=str(tmp_path)) as command:
        assert (await command.run("cat text")).text == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("cat <<END\nhere\ndocument\nEND", "here\ndocument\n"),
        ("for n in 1 2\ndo echo $n\ndone", "1\n2\n"),
        ("echo 'it'\\''s \"quoted\" $HOME' \\\\", 'it\'s "quoted" $HOME \\\n'),
        ("# a comment", ""),
        ("echo " + "x" * 9000, "x" * 9000 + "\n"),
        ("echo !! ~root | tr -d '\\n'", "!! /root"),
    ],
)
async def test_a_command_may_be_anything_a_shell_reads(shell: str, line: str, text: str) -> None:
    async with Command(shell) as command:
        assert (await command.run(line)).text == text


@pytest.mark.parametrize("line", ["if", "echo 'open", "(", "cat <<END", "echo )"])
async def test_a_command_that_is_no_command_harms_no_other(shell: str, line: str) -> None:
    async with Command(shell) as command:
        await command.run(line, timeout=10)
        assert (await command.run("echo good", timeout=10)).text == "good\n"


async def test_a_command_that_reads_finds_nothing_and_eats_nothing(shell: str) -> None:
    async with Command(shell) as command:
        assert (await command.run('cat; read line; echo "<$line>"')).text == "<>\n"
        assert (await command.run("echo good")).text == "good\n"


async def test_a_command_that_takes_too_long_is_interrupted_and_the_shell_goes_on(shell: str) -> None:
    async with Command(shell) as command:
        await command.run("name=Ada")
        result = await command.run("echo begun; sleep 60", timeout=0.5)
        assert (result.exit_status, result.timed_out) == (124, True)
        assert result.text.startswith("begun\n")
        assert (await command.run("echo $name")).text == "Ada\n"


async def test_one_that_will_not_be_interrupted_is_killed_with_the_shell(shell: str) -> None:
    async with Command(shell) as command:
        process = psutil.Process(int((await command.run("echo $$")).text))
        result = await command.run("trap '' INT; sleep 60", timeout=0.5)
        assert (result.exit_status, result.timed_out) == (124, True)
        assert not alive(process)
        assert (await command.run("echo new")).text == "new\n"


async def test_a_command_that_ends_the_shell_gives_its_status_and_the_next_a_new_shell(shell: str) -> None:
    async with Command(shell) as command:
        assert (await command.run("exit 3")).exit_status == 3
        assert (await command.run("kill -9 $$")).exit_status == 137
        assert (await command.run("echo new")).text == "new\n"


async def test_output_past_the_cap_is_left_out(shell: str) -> None:
    async with Command(shell, most=1000) as command:
        result = await command.run("seq 1 200000; false")
        assert result.cut
        assert len(result.text) <= 1000
        assert result.exit_status == 1
        assert (await command.run("echo good")).text == "good\n"


async def test_a_command_that_turns_the_terminal_inside_out_harms_no_other(shell: str) -> None:
    async with Command(shell) as command:
        await command.run("stty raw echo opost < /dev/tty; printf '\\033[?1049h'")
        assert not (await command.run("true", timeout=10)).timed_out
        result = await command.run("echo good; printf '%s\\n' a b")
        assert (result.text, result.timed_out) == ("good\na\nb\n", False)


async def test_the_environment_is_what_was_given(shell: str) -> None:
    async with Command(shell, environment={"PATH": os.environ["PATH"], "NAME": "Ada"}) as command:
        assert (await command.run("echo $NAME $HOME")).text == "Ada\n"


async def test_nothing_is_left_when_it_ends(shell: str) -> None:
    async with Command(shell) as command:
        told = await command.run("sleep 600 & echo $$ $!")
        processes = [psutil.Process(int(pid)) for pid in told.text.split()[-2:]]
    assert not any(map(alive, processes))


async def test_a_cancelled_command_leaves_nothing(shell: str) -> None:
    found: list[psutil.Process] = []

    async def sleep() -> None:
        async with asyncio.timeout(1.0), Command(shell) as command:
            found.append(psutil.Process(int((await command.run("echo $$")).text)))
            await command.run("sleep 60")

    with pytest.raises(TimeoutError):
        await sleep()
    assert not alive(found[0])


async def test_the_shell_s_own_words_about_order(shell: str) -> None:
    async with Command(shell) as command:
        await command.send("echo one")
        with pytest.raises(ShellFailed, match="under way"):
            await command.send("echo two")
        assert await command.result() == "one\n"
        with pytest.raises(ShellFailed, match="no command"):
            await command.result()


async def test_a_shell_that_is_not_there_is_told_of(shell: str) -> None:
    with pytest.raises(ShellFailed, match="/no/such/sh cannot be started: No such file"):
        async with Command("/no/such/sh"):
            pass
