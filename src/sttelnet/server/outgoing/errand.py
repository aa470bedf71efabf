"""Blocking errands to another host, each in a daemon thread: one that hangs keeps the process from nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeAlias

from sttelnet.server.outgoing.batch import Failure


class Connection(Protocol):
    """What an errand speaks through: http.client and smtplib have it."""

    @property
    def sock(self) -> socket.socket | None:
        """Its socket, None before it is open."""


class Lifeline:
    """Where an errand leaves its connection, so that it can be cut off."""

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def hold(self, connection: Connection) -> None:
        """Be able to cut a connection off."""
        self._connection = connection

    def cut(self) -> None:
        """End what the errand waits for, if it waits for the other host."""
        found = self._connection.sock if self._connection is not None else None
        if found is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(found, socket.SHUT_RDWR)  # the one of ssl would take the session away, too


Errand: TypeAlias = Callable[[Lifeline], Failure | None]


class Errands:
    """Runs one errand at a time. An errand has a time limit for each of its steps; here is the one for the whole."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._last: Future[Failure | None] | None = None

    async def run(self, errand: Errand, seconds: float) -> Failure | None:
        """Return what an errand returns, a Failure where that takes too long. Raises what it raises."""
        if self._last is not None and not self._last.done():
            return Failure("the try before still hangs")
        future: Future[Failure | None] = Future()
        future.set_running_or_notify_cancel()  # whoever stops waiting leaves it alone
        self._last, lifeline = future, Lifeline()
        threading.Thread(target=_run, args=(errand, lifeline, future), name=self._name, daemon=True).start()
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            return Failure(f"no answer within {seconds:g} s")
        finally:
            if not future.done():
                lifeline.cut()


def _run(errand: Errand, lifeline: Lifeline, future: Future[Failure | None]) -> None:
    try:
        future.set_result(errand(lifeline))
    except BaseException as error:  # noqa: BLE001 - the root of this thread: the task that waits is told
        future.set_exception(error)
