"""How many files and sockets the process may have open. Windows has no such limit to raise."""

from __future__ import annotations

import contextlib
import sys


def raise_descriptor_limit() -> None:
    """Ask for as many as the system allows: each client takes one, and the usual soft limit is 1,024."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(ValueError, OSError):  # macOS names a hard limit that it does not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
