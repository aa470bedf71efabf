"""`sttelnet connect`: a plain telnet client, for hosts that ship none."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Sequence
from typing import Final

from sttelnet.cli import exits
from sttelnet.cli.console import Console, console_size, open_console
from sttelnet.cli.dial import Answers
from sttelnet.cli.parser import make_parser, port

EXAMPLES = (
    "sttelnet connect                       this machine, port 6023",
    "sttelnet connect db01.example.com 6023",
)
ESCAPE: Final = b"\x1d"  # Ctrl-], as telnet has it
CONNECT_TIMEOUT: Final = 10.0
SEND_TIMEOUT: Final = 10.0
SIZE_POLL: Final = 0.5  # seconds between looks at the window's size: Windows sends no signal for it
CHUNK: Final = 65536


def run(arguments: Sequence[str]) -> int:
    """Call a host and be its terminal until either side hangs up."""
    parser = make_parser("connect", "A plain telnet client. Ctrl-] hangs up.", EXAMPLES)
    parser.add_argument("host", metavar="HOST", nargs="?", default="localhost")
    parser.add_argument("port", metavar="PORT", nargs="?", type=port, default=6023)
    options = parser.parse_args(arguments)
    try:
        line = socket.create_connection((options.host, options.port), timeout=CONNECT_TIMEOUT)
    except OSError as error:
        exits.say(f"cannot connect to {options.host} port {options.port}: {error.strerror or error}")
        return exits.UNAVAILABLE
    with line:
        print(f"Connected to {options.host} port {options.port}. Ctrl-] hangs up.", flush=True)
        with open_console() as console:
            Call(line, console).run()
    print("\nHung up.")
    return exits.OK


class Call:
    """One call: the host's bytes in this thread, the keyboard's in another."""

    def __init__(self, line: socket.socket, console: Console) -> None:
        self._line = line
        self._console = console
        self._answers = Answers(console.terminal_type, console_size())
        self._talking = threading.Lock()  # both threads send, and both ask `_answers`

    def run(self) -> None:
        """Show what the host sends until it or the person hangs up."""
        self._line.settimeout(SEND_TIMEOUT)
        # A daemon: it waits for a key, and nobody may ever press one.
        threading.Thread(target=self._type, daemon=True).start()
        while True:
            if not select.select([self._line], [], [], SIZE_POLL)[0]:
                self._look_at_size()
                continue
            try:
                data = self._line.recv(CHUNK)
            except OSError:
                return
            if not data:
                return
            self._show(data)

    def _show(self, data: bytes) -> None:
        with self._talking:
            shown = self._answers.receive_data(data)
        self._console.write(shown)
        self._send_replies()

    def _look_at_size(self) -> None:
        with self._talking:
            self._answers.resize(console_size())
        self._send_replies()

    def _send_replies(self) -> None:
        with self._talking:
            replies = self._answers.data_to_send()
            if replies:
                self._send(replies)

    def _type(self) -> None:
        while keys := self._console.read():
            before, escape, _ = keys.partition(ESCAPE)
            with self._talking:
                if not self._answers.host_echoes:
                    self._console.write(before.replace(b"\r", b"\r\n"))
                self._send(self._answers.encode(before))
            if escape:
                return self._hang_up(socket.SHUT_RDWR)
        return self._hang_up(socket.SHUT_WR)  # the end of a file: hear the host out

    def _send(self, data: bytes) -> None:
        # A host that takes nothing for so long is as good as gone; the reading side will see it hang up.
        with contextlib.suppress(OSError):
            self._line.sendall(data)

    def _hang_up(self, how: int) -> None:
        with contextlib.suppress(OSError):
            self._line.shutdown(how)
