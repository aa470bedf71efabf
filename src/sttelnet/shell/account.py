"""Users of a POSIX system."""

from __future__ import annotations

import os
import pwd

from sttelnet.errors import ShellFailed
from sttelnet.shell.environment import Account


def account_of(user: str) -> Account:
    """Return a user's account; "" is whoever the daemon runs as. Raises ShellFailed for one that does not exist."""
    try:
        entry = pwd.getpwnam(user) if user else pwd.getpwuid(os.getuid())
    except KeyError:
        message = f"there is no user {user or os.getuid()} on this host"
        raise ShellFailed(message) from None
    return Account(entry.pw_name, entry.pw_dir or "/", entry.pw_shell or "/bin/sh")
