"""The one place that knows which system this is: how a program is put on a pseudo terminal, and for whom."""

from __future__ import annotations

import sys

from sttelnet.shell.environment import Account

if sys.platform == "win32":
    from sttelnet.shell.conpty import spawn

    def account_of(user: str) -> Account | None:
        """Return None: a program has the daemon's rights, and Windows tells it whose they are."""
        return None

    def is_known_terminal(name: str) -> bool:
        """Return True: programs write for the console, and ConPTY for any terminal."""
        return True

else:
    from sttelnet.shell.account import account_of, is_known_terminal
    from sttelnet.shell.posix import spawn

__all__ = ["account_of", "is_known_terminal", "spawn"]
