from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.errors import ShellFailed
from sttelnet.shell.dialect import Dialect, Marks, dialect_of, is_posix, quoted

MARKS = Marks("0123456789abcdef", "fedcba9876543210")


@pytest.mark.parametrize(
    ("program", "like"),
    [
        ("/usr/bin/bash", "bash"),
        ("/bin/dash", "sh"),
        (r"C:\Windows\System32\cmd.exe", "cmd"),
        ("CMD.EXE", "cmd"),
        ("powershell.exe", "powershell"),
        ("/opt/microsoft/powershell/7/pwsh", "pwsh"),
    ],
)
def test_a_shell_is_known_by_its_program_s_name(program: str, like: str) -> None:
    assert type(dialect_of(program)) is type(dialect_of(like))


def test_another_program_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ShellFailed, match=r'"fish" is no shell .*\(one of sh, dash, .*bash, .*\)'):
        dialect_of("/usr/bin/fish")


@pytest.mark.parametrize("name", ["sh", "bash", "cmd", "powershell"])
@pytest.mark.parametrize("command", ["ls", "echo 'it''s' \"x\"", "a\nb", ""])
def test_no_mark_stands_in_what_is_typed(name: str, command: str) -> None:
    typed, ending = dialect_of(name).typed(command, MARKS, 0)
    for line in (typed, ending):
        assert MARKS.begin not in line
        assert MARKS.end not in line


@pytest.mark.parametrize("name", ["sh", "bash"])
def test_lines_are_as_short_as_a_terminal_takes_them(name: str) -> None:
    typed, ending = dialect_of(name).typed("x" * 10_000, MARKS, 0)
    assert all(len(line) < 4096 for line in f"{typed}\n{ending}".split("\n"))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no sh")
@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3000))
def test_any_text_is_one_word_of_a_posix_shell(text: str) -> None:
    told = subprocess.run(["/bin/sh", "-c", f"printf %s {quoted(text)}"], capture_output=True, check=True)
    assert told.stdout.decode() == text


def cut(dialect: Dialect, output: str, command: str) -> str:
    _, ending = dialect.typed(command, MARKS, 0)
    return dialect.trimmed(output, command, ending)


def test_the_line_end_before_the_mark_is_not_the_command_s() -> None:
    assert cut(dialect_of("sh"), "no line end\n", "x") == "no line end"
    assert cut(dialect_of("sh"), "a line\n\n", "x") == "a line\n"


def test_what_a_console_shows_of_what_is_typed_is_taken_out() -> None:
    dialect = dialect_of("cmd.exe")
    _, ending = dialect.typed("dir", MARKS, 0)
    assert (
        cut(dialect, f"\ndir\n Volume in drive C\n\n 3 files\n\n{ending}\n", "dir") == " Volume in drive C\n\n 3 files"
    )
    assert cut(dialect, f"\nC:\\>dir\n\n{ending}\n", "dir") == ""


def test_powershell_runs_a_command_as_one_string_and_asks_for_its_status() -> None:
    typed, ending = dialect_of("pwsh").typed("Write-Output 'it'\n'two'", MARKS, 0)
    assert "Invoke-Expression ('Write-Output ''it'''+[char]10+'''two'''+[char]10+'$global:sttelnetOk = $?')" in typed
    assert "$LASTEXITCODE" in ending


def test_posix_shells_are_told_from_others() -> None:
    assert is_posix("bash")
    assert not is_posix("cmd.exe")
