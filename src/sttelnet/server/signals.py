"""Signals, the same way on every OS: `loop.add_signal_handler` does not exist on Windows."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def on_signals(stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[None]:
    """Call `stop` in the loop on SIGINT, SIGTERM and SIGBREAK, `reload` on SIGHUP, where the OS has them."""
    loop = asyncio.get_running_loop()
    wanted = {"SIGINT": stop, "SIGTERM": stop, "SIGBREAK": stop, "SIGHUP": reload}
    before: dict[signal.Signals, object] = {}

    def handler_for(call: Callable[[], None]) -> Callable[[int, FrameType | None], None]:
        return lambda number, frame: _in_loop(loop, call)

    for name, call in wanted.items():
        number = getattr(signal, name, None)
        if number is not None:
            try:
                before[number] = signal.signal(number, handler_for(call))
            except ValueError:
                return (yield)  # not the main thread: whoever embeds the daemon handles signals
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # as signal.signal returned it


def _in_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
