"""Ends the process where one thread keeps the interpreter to itself, for then no thread that watches runs either.

A pattern that takes for ever and a library in C can do that; Python's own loops cannot. The system counts the time,
and processor time: a process that was held as a whole (SIGSTOP, a suspended machine) has used none. The signal is
answered by faulthandler, which needs no interpreter to write the stacks.
"""

from __future__ import annotations

import faulthandler
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

if sys.platform == "win32":  # it counts no processor time for a process

    def _armed() -> bool:
        return False

    def _put_off(seconds: float) -> None:
        del seconds

    def _disarm() -> None:
        pass

else:

    def _armed() -> bool:
        """Have the signal write every stack to standard error, and then do what it does by itself: end the process."""
        try:
            faulthandler.register(signal.SIGPROF, all_threads=True, chain=True)
        except (AttributeError, OSError, ValueError, RuntimeError):  # there is no standard error
            return False
        return True

    def _put_off(seconds: float) -> None:
        signal.setitimer(signal.ITIMER_PROF, seconds)

    def _disarm() -> None:
        _put_off(0)
        faulthandler.unregister(signal.SIGPROF)


@contextmanager
def ended_when_starved() -> Iterator[Callable[[float], None]]:
    """Give what puts the end off: so many seconds of processor time from now on, 0 for ever."""
    if not _armed():
        yield lambda seconds: None
        return
    try:
        yield _put_off
    finally:
        _disarm()
