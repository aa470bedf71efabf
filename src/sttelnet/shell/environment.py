"""What a program on a pseudo terminal finds in its environment: a fixed list, and what the site adds.

Nothing comes from the client but the kind of its terminal, and nothing of the daemon's own but what every program
needs: whatever secrets its environment holds (STTELNET_…, keys of a deployment) stay with it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sttelnet.charset import Charset

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_POSIX: Final = ("PATH", "TZ", "TMPDIR")
# What cmd.exe, PowerShell and most programs do not work without.
_WINDOWS: Final = (
    "ALLUSERSPROFILE",
    "APPDATA",
    "CommonProgramFiles",
    "CommonProgramFiles(x86)",
    "CommonProgramW6432",
    "COMPUTERNAME",
    "ComSpec",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "PATH",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "ProgramData",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "PSModulePath",
    "PUBLIC",
    "SystemDrive",
    "SystemRoot",
    "TEMP",
    "TMP",
    "USERDOMAIN",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
)
# The pty speaks UTF-8, whatever the client does: the bridge converts. macOS has no C.UTF-8.
_UTF_8: Final = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
# Kinds of terminals a client may name, by how they begin.
_KNOWN: Final = re.compile(r"(xterm|putty|linux|vt\d\d\d|screen|tmux|rxvt|ansi|konsole|gnome|cygwin)[a-z0-9.+-]{0,32}")
_ANSI: Final = "ansi"
_DUMB: Final = "dumb"


@dataclass(frozen=True, slots=True)
class Account:
    """Whose rights a program has, and where that user is at home."""

    name: str
    home: str
    shell: str


def environment(
    daemon: Mapping[str, str], account: Account | None, terminal: str, more: Iterable[str] = ()
) -> dict[str, str]:
    """Return the environment of a program.

    `daemon` is the daemon's own; `account` is None on Windows; `terminal` is a name for TERM; `more` holds
    "NAME=value" entries, the last of a name counts.
    """
    names = _POSIX if account else _WINDOWS
    # On Windows os.environ has the names in capitals.
    found = {name: daemon.get(name) or daemon.get(name.upper(), "") for name in names}
    chosen = {name: value for name, value in found.items() if value}
    if account:
        chosen.setdefault("PATH", _PATH)
        chosen |= {"HOME": account.home, "USER": account.name, "LOGNAME": account.name, "SHELL": account.shell}
        chosen |= {"TERM": terminal, "LANG": _UTF_8}
        if terminal == _ANSI:  # its own line drawing is CP437; in a UTF-8 locale ncurses can do without
            chosen["NCURSES_NO_UTF8_ACS"] = "1"
    return chosen | dict(entry.split("=", 1) for entry in more)


def term(kind: str, charset: Charset, is_known: Callable[[str], bool], *, plain: bool) -> str:
    """Return the TERM for a client's kind of terminal; a name that programs here do not know is not believed."""
    if plain:
        return _DUMB
    if _KNOWN.fullmatch(kind) and is_known(kind):
        return kind
    return _ANSI if charset is Charset.CP437 else "xterm"


def default_command(account: Account | None, daemon: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is started where the site names nothing: the log-in shell, on Windows cmd.exe."""
    if account:
        return (account.shell, "-l")
    return (daemon.get("COMSPEC") or daemon.get("ComSpec") or "cmd.exe",)
