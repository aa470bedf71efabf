"""Standard input and output as one two-way connection: written to and read from at the same time."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Iterator
from typing import Final, Protocol

READ_SIZE: Final = 128 * 1024
_WAITING: Final = 64  # pieces read ahead by the thread that Windows needs


class Pipe(Protocol):
    """A connection."""

    def exchange(self, out: memoryview, seconds: float | None, *, more: bool = False) -> tuple[int, bytes | None]:
        """Write what goes at once, then wait so long at most to read or to write the rest; None is the end of input.

        With `more` to write as soon as `out` is gone, nothing is waited for once it is.
        """


if sys.platform == "win32":
    import msvcrt
    import queue
    import threading

    class ThreadedPipe:
        """Pipes can be waited for by nobody on Windows, so a thread reads."""

        def __init__(self, source: int, sink: int) -> None:
            msvcrt.setmode(source, os.O_BINARY)
            msvcrt.setmode(sink, os.O_BINARY)
            self._source, self._sink = source, sink
            self._pieces: queue.Queue[bytes | None] = queue.Queue(_WAITING)
            threading.Thread(target=self._read, daemon=True).start()

        def _read(self) -> None:
            with contextlib.suppress(OSError):
                while piece := os.read(self._source, 65536):
                    self._pieces.put(piece)
            self._pieces.put(None)

        def exchange(self, out: memoryview, seconds: float | None, *, more: bool = False) -> tuple[int, bytes | None]:
            """Write all, then read."""
            written = 0
            while written < len(out):
                written += os.write(self._sink, out[written:])
            try:
                return written, self._pieces.get(block=not more and seconds != 0, timeout=seconds)
            except queue.Empty:
                return written, b""

    @contextlib.contextmanager
    def opened(source: int, sink: int) -> Iterator[Pipe]:
        """Return the connection these two descriptors make."""
        yield ThreadedPipe(source, sink)

else:
    import termios
    import tty

    class SelectedPipe:
        """Descriptors that do not block."""

        def __init__(self, source: int, sink: int) -> None:
            self._source, self._sink = source, sink

        def exchange(self, out: memoryview, seconds: float | None, *, more: bool = False) -> tuple[int, bytes | None]:
            """Write first: mostly there is room, and nobody has to be asked."""
            written = self._write(out) if out else 0
            rest = [self._sink] if written < len(out) else []
            if more and not rest:
                seconds = 0.0
            readable, writable, _ = select.select([self._source], rest, [], seconds)
            if writable:
                written += self._write(out[written:])
            return written, self._read() if readable else b""

        def _write(self, out: memoryview) -> int:
            try:
                return os.write(self._sink, out)
            except BlockingIOError:
                return 0

        def _read(self) -> bytes | None:
            try:
                return os.read(self._source, READ_SIZE) or None
            except BlockingIOError:
                return b""

    @contextlib.contextmanager
    def opened(source: int, sink: int) -> Iterator[Pipe]:
        """Return the connection these two descriptors make; afterwards they are as they were."""
        with contextlib.ExitStack() as stack:
            for descriptor in {source, sink}:
                stack.callback(os.set_blocking, descriptor, os.get_blocking(descriptor))
                os.set_blocking(descriptor, False)
            if os.isatty(source):
                stack.callback(termios.tcsetattr, source, termios.TCSAFLUSH, termios.tcgetattr(source))
                tty.setraw(source)
            yield SelectedPipe(source, sink)
