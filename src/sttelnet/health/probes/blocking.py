"""A probe whose work blocks: it is done in a thread of its own, one at a time, and given up when it takes too long."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Final

from sttelnet.health.lane import Lane
from sttelnet.health.plugin import Result
from sttelnet.health.probes.judging import judged
from sttelnet.health.states import State

# Parts of the time-out: the work ends itself at the first, and a thread that hangs is given up at the second, so that
# the check says what it waited for before it is cancelled.
WORK_SHARE: Final = 0.85
WAIT_SHARE: Final = 0.95

Work = Callable[[float], Result]  # is given its deadline by time.monotonic; may raise OSError


class Blocking:
    """Does blocking work within a time-out; `late` is the state of no answer, and of an OSError."""

    def __init__(self, name: str, work: Work, timeout: float, late: State = State.UNKNOWN) -> None:
        self._work, self._timeout, self._late = work, timeout, late
        self._lane = Lane(f"probe {name}", self._ask)

    async def run(self) -> Result:
        """Do the work once. While the last work hangs, no other is begun."""
        result = await self._lane.answer(self._timeout * WAIT_SHARE)
        return result or judged(no_answer(self._timeout), state=self._late)

    def _ask(self) -> Result:
        try:
            return self._work(time.monotonic() + self._timeout * WORK_SHARE)
        except TimeoutError:
            return judged(no_answer(self._timeout), state=self._late)
        except OSError as error:
            return judged(reason(error), state=self._late)


def no_answer(seconds: float) -> str:
    """Say that there was no answer in time."""
    return f"no answer within {seconds:g} s"


def reason(error: OSError) -> str:
    """Return what went wrong, in words for people."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message}"
        case ssl.SSLError():
            return f"no TLS: {(getattr(error, 'reason', None) or str(error)).replace('_', ' ').lower()}"
        case TimeoutError():
            return "no answer in time"
        case _:
            return error.strerror or str(error) or type(error).__name__
