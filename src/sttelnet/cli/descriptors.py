"""How many files and sockets the process may have open. Windows has no such limit to raise."""

from __future__ import annotations

import contextlib
import sys
from typing import Final

_RESERVE: Final = 64  # the database, the log, listeners, checks that run, scripts being read
_SHARE: Final = 10  # and one in so many, for transfers and shells


def raise_descriptor_limit() -> None:
    """Ask for as many as the system allows: each client takes one, and the usual soft limit is 1,024."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with contextlib.suppress(ValueError, OSError):  # macOS names a hard limit that it does not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def most_clients() -> int | None:
    """Return how many clients there are descriptors for, None for any number."""
    if sys.platform == "win32":
        return None
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if limit == resource.RLIM_INFINITY else max(1, limit - _RESERVE - limit // _SHARE)
