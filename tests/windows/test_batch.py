"""The batch tool on cmd.exe."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sttelnet.cli import main
from sttelnet.shell import Command

if sys.platform != "win32":
    pytest.skip("for Windows", allow_module_level=True)


async def test_a_command_gives_its_output_and_its_status() -> None:
    async with Command() as command:
        good = await command.run("echo a&echo b")
        bad = await command.run("cmd /c exit 3")
        again = await command.run("echo fine")
    assert (good.text, good.exit_status) == ("a\nb", 0)
    assert (bad.text, bad.exit_status) == ("", 3)
    assert (again.text, again.exit_status) == ("fine", 0)


async def test_one_shell_is_kept_open(tmp_path: Path) -> None:
    async with Command(directory=str(tmp_path)) as command:
        await command.run("set NAME=Ada")
        await command.run("mkdir inner")
        await command.run("cd inner")
        result = await command.run("echo %NAME% %CD%")
    assert result.text.startswith("Ada ")
    assert result.text.endswith(r"\inner")


@pytest.mark.parametrize("text", ["é € 漢", "  blanks  inside", 'a "quote"', "50%", "(x)", "x" * 300])
async def test_output_is_what_was_written(text: str, tmp_path: Path) -> None:
    async with Command() as command:
        assert (await command.run(f"echo {text}")).text == text


async def test_a_command_that_takes_too_long_is_ended_and_the_next_runs() -> None:
    async with Command() as command:
        result = await command.run("ping -n 60 127.0.0.1", timeout=2)
        assert (result.exit_status, result.timed_out) == (124, True)
        assert (await command.run("echo after")).text == "after"


async def test_a_command_that_ends_the_shell_gives_its_status_and_the_next_a_new_shell() -> None:
    async with Command() as command:
        assert (await command.run("exit 7")).exit_status == 7
        assert (await command.run("echo new")).text == "new"


def test_a_file_of_commands_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path := tmp_path / "commands.txt").write_text("echo one\n# two\ncmd /c exit 5\necho never\n", encoding="utf-8")
    assert main(["batch", str(path)]) == 5
    shown = capsys.readouterr().out
    assert "$ echo one\none\n[exit status 0, " in shown
    assert "never" not in shown
