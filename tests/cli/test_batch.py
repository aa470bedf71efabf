from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from sttelnet.cli import main
from sttelnet.cli.batch import commands_in

posix = pytest.mark.skipif(sys.platform == "win32", reason="tests/windows has cmd.exe")


def written(folder: Path, text: str) -> str:
    (path := folder / "commands.txt").write_text(text, encoding="utf-8")
    return str(path)


def test_blank_lines_and_comments_are_no_commands() -> None:
    assert commands_in("\n# why\n  df -h  \n\t\n uptime", joins=True) == ["df -h", "uptime"]


def test_a_backslash_joins_lines_where_the_shell_does_so() -> None:
    assert commands_in("echo \\\n one\n", joins=True) == ["echo  one"]
    assert commands_in("dir C:\\\necho one\n", joins=False) == ["dir C:\\", "echo one"]


@posix
def test_each_command_is_shown_with_its_output_and_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", written(tmp_path, "echo one\n# two\nprintf three\n")]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown if not line.startswith("[")] == ["$ echo one", "one", "$ printf three", "three"]
    assert [line for line in shown if line.startswith("[exit status 0, ")] != []


@posix
def test_the_first_command_that_fails_ends_it_with_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["batch", written(tmp_path, "exit 3\necho never\n")]) == 3
    assert "never" not in capsys.readouterr().out


@posix
def test_it_may_go_on_and_still_ends_with_the_first_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "--keep-going", written(tmp_path, "(exit 3)\n(exit 4)\necho on\n")]) == 3
    assert "\non\n" in capsys.readouterr().out


@posix
def test_programs_read_an_object_on_each_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("echo é\nfalse\n"))
    assert main(["batch", "--json", "-"]) == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["command"], first["text"], first["exit_status"], first["timed_out"]) == ("echo é", "é\n", 0, False)
    assert second["exit_status"] == 1


@posix
def test_a_command_that_takes_too_long_has_the_status_of_timeout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["batch", "--timeout", "0.3", written(tmp_path, "sleep 60\n")]) == 124
    assert "took too long" in capsys.readouterr().out


@posix
def test_commands_run_in_the_caller_s_own_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NAME", "Ada")
    main(["batch", "--shell", "sh", written(tmp_path, "echo $NAME\n")])
    assert "Ada\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no/such/file"], "No such file"),
        (["--shell", "fish", "-"], '"fish" is no shell'),
    ],
)
def test_what_it_cannot_do_itself_has_a_status_of_its_own(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("echo\n"))
    assert main(["batch", *arguments]) == 125
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "soon", "1e9"])
def test_a_time_limit_is_a_number_of_seconds(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "--timeout", seconds, "-"]) == 2
    assert "expected seconds above 0" in capsys.readouterr().err
