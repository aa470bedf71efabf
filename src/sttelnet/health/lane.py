"""A lane: one blocking question at a time, asked in a daemon thread.

A question to the host may hang for good (a disk behind a dead network). Then its lane stays busy and
answers nothing, while the event loop, the other lanes and the end of the process go on: the thread is a
daemon, whereas the threads of an executor are waited for when Python exits.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Generic, TypeVar

T = TypeVar("T")

LOOK_SECONDS: Final = 2.0  # what is looked at is this fresh, and a person waits this long for it
KEEP_SECONDS: Final = 60.0  # an older answer is not shown, even where there is no new one
WORTH_SECONDS: Final = 15.0  # a late answer older than this is asked for anew


class Lane(Generic[T]):
    """Asks one question, never twice at the same time; whoever asks meanwhile gets the same answer."""

    def __init__(self, name: str, question: Callable[[], T | None]) -> None:
        self._name = name
        self._question = question
        self._asked: Future[T | None] | None = None
        self._is_late = False  # somebody has given up waiting for the question that was asked last
        self._answered_at = 0.0
        self._closed = False

    async def answer(self, limit: float) -> T | None:
        """Return the answer, or None where there is none within `limit` seconds.

        A late answer is kept for the next who asks; until it is there, nobody waits for it a second time.
        """
        asked = self._ask()
        if self._is_late and not asked.done():
            return None
        try:
            async with asyncio.timeout(limit):
                answer = await asyncio.wrap_future(asked)
        except TimeoutError:
            self._is_late = True
            return None
        self._is_late = False
        return answer

    def answer_now(self, limit: float) -> T | None:
        """Return the answer as `answer` does, blocking: for start-up, before a loop runs."""
        try:
            return self._ask().result(limit)
        except TimeoutError:
            self._is_late = True
            return None

    def close(self) -> None:
        """Ask no more. A question under way is left alone; its answer goes nowhere."""
        self._closed = True

    def _ask(self) -> Future[T | None]:
        if self._asked is None or (self._asked.done() and not self._is_waiting()):
            self._asked = self._start()
        return self._asked

    def _is_waiting(self) -> bool:
        """Say whether a late answer lies here that nobody has had and that is still worth having."""
        return self._is_late and time.monotonic() - self._answered_at < WORTH_SECONDS

    def _start(self) -> Future[T | None]:
        asked: Future[T | None] = Future()
        # Running from the start: one who stops waiting must not cancel the question for the others.
        asked.set_running_or_notify_cancel()
        if self._closed:
            asked.set_result(None)
        else:
            threading.Thread(target=self._run, args=(asked,), name=self._name, daemon=True).start()
        self._is_late = False
        return asked

    def _run(self, asked: Future[T | None]) -> None:
        answer: T | None = None
        try:
            answer = self._question()
        finally:  # one that raises is our bug: threading.excepthook reports it, the figures are missing
            self._answered_at = time.monotonic()
            asked.set_result(answer)


class Look(Generic[T]):
    """An answer that is only asked for while somebody looks, and shared by all who do."""

    def __init__(self, lane: Lane[T], clock: Callable[[], float]) -> None:
        self.lane = lane
        self._clock = clock
        self._last: T | None = None
        self._at = -math.inf

    async def result(self) -> T | None:
        """Return the answer, made anew when it is old; the last one where a new one takes too long."""
        if self._clock() - self._at > LOOK_SECONDS:
            fresh = await self.lane.answer(LOOK_SECONDS)
            if fresh is not None:
                self._last, self._at = fresh, self._clock()
        return self._last if self._clock() - self._at < KEEP_SECONDS else None
