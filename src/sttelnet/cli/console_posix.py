"""The terminal of a POSIX process: termios raw mode, bytes as they come."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import os
    import termios
    import tty
    from types import TracebackType

    class PosixConsole:
        """Standard input and output; where input is no terminal its bytes are sent as they are."""

        def __init__(self) -> None:
            self._input = sys.stdin.fileno()
            self._output = sys.stdout.fileno()
            self._before: list[object] | None = None
            self.terminal_type = (os.environ.get("TERM") or None) if os.isatty(self._output) else None

        def __enter__(self) -> PosixConsole:
            if os.isatty(self._input):
                self._before = termios.tcgetattr(self._input)
                tty.setraw(self._input)
            return self

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> None:
            if self._before is not None:
                # TCSAFLUSH: keys typed at a host that has gone are not meant for the shell
                termios.tcsetattr(self._input, termios.TCSAFLUSH, self._before)  # type: ignore[arg-type]

        def read(self) -> bytes:
            """Wait for keys and return them; b"" at the end of input."""
            try:
                return os.read(self._input, 4096)
            except OSError:  # EIO: the terminal was closed
                return b""

        def write(self, data: bytes) -> None:
            """Show bytes as they are."""
            while data:
                data = data[os.write(self._output, data) :]
