"""What differs between shells that are driven command by command: how they are started, told, and read.

Each command stands between two marks. What is typed never holds a mark as it is printed, so that the echo of what is
typed cannot be taken for one; and a mark is random, so that no output can.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath, PureWindowsPath
from typing import Final, Protocol

from sttelnet.errors import ShellFailed

_LONGEST: Final = 1000  # characters of a typed line: a terminal's line discipline takes 4095 bytes (termios(3))


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands before and behind a command's output."""

    begin: str
    end: str  # the exit status follows it


class Dialect(Protocol):
    """One family of shells."""

    def argv(self, program: str) -> tuple[str, ...]:
        """Return how to start it with nothing of anybody's own: no start-up files, no history."""

    environment: Mapping[str, str]  # besides what every program gets
    hello: str  # the first line typed
    shows_typing: bool  # what is typed stands in the output until it is `trimmed`

    def typed(self, command: str, marks: Marks, status: int) -> tuple[str, str]:
        """Return the lines that run a command, and the one that ends it; `status` is that of the command before."""

    def trimmed(self, output: str, command: str, ending: str) -> str:
        """Return a command's output without what the shell itself has put there."""


class _Posix:
    """sh, dash, bash and their like."""

    environment: Mapping[str, str] = {"PS1": "", "PS2": "", "ENV": "", "HISTFILE": ""}
    # -opost: bytes come as they were written. noflsh: Ctrl-C must not take the line that ends a command along.
    hello = "stty sane -echo -opost noflsh; set +m"
    shows_typing = False

    def __init__(self, *options: str) -> None:
        self._options = options

    def argv(self, program: str) -> tuple[str, ...]:
        return (program, *self._options)

    def typed(self, command: str, marks: Marks, status: int) -> tuple[str, str]:
        """A command runs inside `eval`: one that is incomplete cannot swallow the line behind it.

        Nor can one that reads: its standard input is empty. `$?` is what it was, and the terminal, whatever the
        command before has made of it.
        """
        begin = f"printf '%s%s\\n' {_halves(marks.begin)}"
        ending = f"printf '\\n%s%s %d\\n' {_halves(marks.end)} $?"
        return f"{self.hello}; {begin}; (exit {status}); eval {quoted(command)} </dev/null", ending

    def trimmed(self, output: str, command: str, ending: str) -> str:
        return output.removesuffix("\n")  # the line end before the mark is ours


def _halves(mark: str) -> str:
    return f"{mark[:8]} {mark[8:]}"


def quoted(text: str) -> str:
    """Return text as one word of a POSIX shell, on lines that a terminal takes."""
    pieces = [text[at : at + _LONGEST] for at in range(0, len(text), _LONGEST)] or [""]
    return "\\\n".join("'" + piece.replace("'", "'\\''") + "'" for piece in pieces)


class _Cmd:
    """cmd.exe. `%` in a command means at its prompt what it means there, not what it means in a batch file."""

    environment: Mapping[str, str] = {"PROMPT": "$_"}
    hello = "@echo off"
    shows_typing = True

    def argv(self, program: str) -> tuple[str, ...]:
        return (program, "/d", "/q", "/k")

    def typed(self, command: str, marks: Marks, status: int) -> tuple[str, str]:
        """The caret is gone once a line is read: a mark is never typed as it is printed.

        Most commands of cmd.exe leave ERRORLEVEL alone when they succeed, so `(call )` makes it 0 before each.
        """
        return (
            f"(call )&echo {_with_caret(marks.begin)}\n{command}",
            f"echo {_with_caret(marks.end)} %ERRORLEVEL%",
        )

    def trimmed(self, output: str, command: str, ending: str) -> str:
        """The console shows what is typed: the command before its output, and behind it the line that ends it."""
        lines = [line.rstrip() for line in output.split("\n")]
        while lines and not lines[0]:
            del lines[0]
        for typed in command.split("\n"):
            if lines and lines[0].endswith(typed.rstrip()):
                del lines[0]
        while lines and (not lines[-1] or lines[-1].endswith(ending)):
            del lines[-1]
        return "\n".join(lines)


def _with_caret(mark: str) -> str:
    return f"{mark[:8]}^{mark[8:]}"


class _PowerShell:
    """Windows PowerShell and pwsh."""

    environment: Mapping[str, str] = {}
    hello = "function prompt { '' }; Remove-Module PSReadLine -ErrorAction SilentlyContinue"
    shows_typing = True

    def argv(self, program: str) -> tuple[str, ...]:
        return (program, "-NoLogo", "-NoProfile", "-NoExit")

    def typed(self, command: str, marks: Marks, status: int) -> tuple[str, str]:
        """The status is that of the last program, 1 where a command failed without one (about_Automatic_Variables)."""
        text = command.replace("'", "''").replace("\n", "'+[char]10+'")
        begin = f"$global:LASTEXITCODE = 0; $global:sttelnetOk = $false; '{marks.begin[:8]}'+'{marks.begin[8:]}'"
        # Asked inside: behind Invoke-Expression `$?` tells of that, which fails only where the text cannot be read.
        asked = "'+[char]10+'$global:sttelnetOk = $?"
        return (
            f"{begin}; Invoke-Expression ('{text}{asked}')",
            f"'{marks.end[:8]}'+'{marks.end[8:]} ' + "
            "$(if ($LASTEXITCODE) { $LASTEXITCODE } elseif ($sttelnetOk) { 0 } else { 1 })",
        )

    def trimmed(self, output: str, command: str, ending: str) -> str:
        lines = [line.rstrip() for line in output.split("\n")]
        while lines and (not lines[-1] or lines[-1].endswith(ending)):
            del lines[-1]
        return "\n".join(lines)


_SH: Final = _Posix()
_BASH: Final = _Posix("--norc", "--noprofile", "--noediting")
_DIALECTS: Final[Mapping[str, Dialect]] = {
    "sh": _SH,
    "dash": _SH,
    "ash": _SH,
    "busybox": _Posix("sh"),
    "ksh": _SH,
    "bash": _BASH,
    "cmd": _Cmd(),
    "powershell": _PowerShell(),
    "pwsh": _PowerShell(),
}


def own_shell() -> str:
    """Return the program of the platform's own shell."""
    return "cmd.exe" if sys.platform == "win32" else "/bin/sh"


def is_posix(program: str) -> bool:
    """Whether a shell reads its lines as POSIX says. Raises ShellFailed as `dialect_of` does."""
    return isinstance(dialect_of(program or own_shell()), _Posix)


def dialect_of(program: str) -> Dialect:
    """Return how to talk to a shell, by its program's name. Raises ShellFailed for one that is not known."""
    pure = PureWindowsPath(program) if "\\" in program else PurePath(program)
    name = re.sub(r"\.exe$", "", pure.name.lower())
    found = _DIALECTS.get(name)
    if found is None:
        message = f'"{pure.name}" is no shell that commands can be given to (one of {", ".join(_DIALECTS)})'
        raise ShellFailed(message)
    return found
