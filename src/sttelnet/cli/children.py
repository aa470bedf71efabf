"""How the end of a program is noticed that the daemon has started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys


def watch_by_descriptor() -> None:
    """Have the kernel tell of a program's end, as Python 3.12 does by itself; 3.11 has a thread wait for each."""
    if sys.platform == "linux" and sys.version_info < (3, 12):
        with contextlib.suppress(OSError):  # Linux before 5.3, or a sandbox that forbids it
            os.close(os.pidfd_open(os.getpid()))
            asyncio.set_child_watcher(asyncio.PidfdChildWatcher())
