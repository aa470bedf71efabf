"""What asyncio tells of accepts that failed: said once, not for each of them."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sttelnet.logs import event_logger

log = event_logger(__name__)

QUIET: Final = 60.0  # seconds without a failure until the next one is news
# asyncio leaves the listener alone for a second at these (its ACCEPT_RETRY_DELAY), and tries again.
_NOTHING_LEFT: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Exhaustion:
    """The loop's exception handler: accepts that fail for want of descriptors are one warning while they go on."""

    def __init__(self) -> None:
        self._failed_at: float | None = None

    @contextmanager
    def noticed(self) -> Iterator[None]:
        """Hear of failures in the running loop until the block ends."""
        loop = asyncio.get_running_loop()
        before = loop.get_exception_handler()
        loop.set_exception_handler(self._hear)
        try:
            yield
        finally:
            loop.set_exception_handler(before)

    def _hear(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in _NOTHING_LEFT or "socket" not in context:
            loop.default_exception_handler(context)
            return
        if self._failed_at is None:
            log.warning("nobody else is let in for now: %s (LimitNOFILE= or `ulimit -n` allows more)", error.strerror)
            loop.call_later(QUIET, self._look, loop)
        self._failed_at = loop.time()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._failed_at is not None and loop.time() - self._failed_at < QUIET:
            loop.call_later(QUIET, self._look, loop)
            return
        self._failed_at = None
        log.info("clients are let in again")
