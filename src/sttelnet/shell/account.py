"""What a POSIX system knows of its users and of terminals."""

from __future__ import annotations

import os
import pwd
import sys
from typing import Final

from sttelnet.errors import ShellFailed
from sttelnet.shell.environment import Account

assert sys.platform != "win32"  # noqa: S101 - for the type checker: nothing below is there on Windows

# Where terminfo(5) has its entries; macOS names the folder of a letter by its code.
_TERMINFO: Final = ("/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/local/share/terminfo")


def is_known_terminal(name: str) -> bool:
    """Whether programs here know how to draw on this kind of terminal; `name` is one path segment."""
    return any(
        os.path.exists(os.path.join(folder, letter, name))
        for folder in _TERMINFO
        for letter in (name[:1], f"{ord(name[:1]):x}")
    )


def account_of(user: str) -> Account:
    """Return a user's account; "" is whoever the daemon runs as. Raises ShellFailed for one that does not exist."""
    try:
        entry = pwd.getpwnam(user) if user else pwd.getpwuid(os.getuid())
    except KeyError:
        message = f"there is no user {user or os.getuid()} on this host"
        raise ShellFailed(message) from None
    return Account(entry.pw_name, entry.pw_dir or "/", entry.pw_shell or "/bin/sh")
