"""The console of a Windows process: keys from msvcrt, sequences switched on."""

from __future__ import annotations

import sys
from typing import Final

# msvcrt.getwch gives these behind "\0" or "\xe0" (docs.microsoft.com, _getwch); terminals send what stands right.
SPECIAL_KEYS: Final = {
    "H": b"\x1b[A",  # up
    "P": b"\x1b[B",  # down
    "M": b"\x1b[C",  # right
    "K": b"\x1b[D",  # left
    "G": b"\x1b[1~",  # Home
    "O": b"\x1b[4~",  # End
    "R": b"\x1b[2~",  # Insert
    "S": b"\x1b[3~",  # Delete
    "I": b"\x1b[5~",  # PgUp
    "Q": b"\x1b[6~",  # PgDn
    ";": b"\x1b[11~",  # F1, then F2 …
    "<": b"\x1b[12~",
    "=": b"\x1b[13~",
    ">": b"\x1b[14~",
    "?": b"\x1b[15~",
    "@": b"\x1b[17~",
    "A": b"\x1b[18~",
    "B": b"\x1b[19~",
    "C": b"\x1b[20~",
    "D": b"\x1b[21~",
    "\x85": b"\x1b[23~",
    "\x86": b"\x1b[24~",
}

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from types import TracebackType

    _STD_INPUT, _STD_OUTPUT = -10, -11
    _ENABLE_PROCESSED_INPUT = 0x0001  # off: Ctrl-C is a key
    _ENABLE_PROCESSED_OUTPUT = 0x0001
    _ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x0004
    _UTF_8 = 65001

    def _mode(stream: int) -> tuple[int, int] | None:
        """Return a console handle and its mode; None where the stream is no console."""
        handle = ctypes.windll.kernel32.GetStdHandle(stream)
        mode = ctypes.c_uint32()
        if not ctypes.windll.kernel32.GetConsoleMode(handle, ctypes.byref(mode)):
            return None
        return handle, mode.value

    def enable_sequences() -> None:
        """Let the console act on what `sttelnet.ansi` makes, and read bytes as UTF-8."""
        output = _mode(_STD_OUTPUT)
        if output is not None:
            handle, mode = output
            wanted = mode | _ENABLE_PROCESSED_OUTPUT | _ENABLE_VIRTUAL_TERMINAL_PROCESSING
            ctypes.windll.kernel32.SetConsoleMode(handle, wanted)
            ctypes.windll.kernel32.SetConsoleOutputCP(_UTF_8)

    class WindowsConsole:
        """The console; where input is no console its bytes are sent as they are."""

        def __init__(self) -> None:
            self._input = _mode(_STD_INPUT)
            self._output = _mode(_STD_OUTPUT)
            self._code_page = ctypes.windll.kernel32.GetConsoleOutputCP()
            self.terminal_type = "xterm-256color" if self._output is not None else None

        def __enter__(self) -> WindowsConsole:
            enable_sequences()
            if self._input is not None:
                handle, mode = self._input
                ctypes.windll.kernel32.SetConsoleMode(handle, mode & ~_ENABLE_PROCESSED_INPUT)
            return self

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> None:
            for handle_and_mode in (self._input, self._output):
                if handle_and_mode is not None:
                    ctypes.windll.kernel32.SetConsoleMode(*handle_and_mode)
            ctypes.windll.kernel32.SetConsoleOutputCP(self._code_page)

        def read(self) -> bytes:
            """Wait for a key and return it; b"" at the end of input."""
            if self._input is None:
                return sys.stdin.buffer.readline()
            letter = msvcrt.getwch()
            while letter in "\0\xe0":
                sequence = SPECIAL_KEYS.get(msvcrt.getwch())
                if sequence is not None:
                    return sequence
                letter = msvcrt.getwch()
            if "\ud800" <= letter <= "\udbff":  # UTF-16: the other half follows
                letter = (letter + msvcrt.getwch()).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            return letter.encode("utf-8", "replace")

        def write(self, data: bytes) -> None:
            """Show bytes as they are."""
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
