"""`sttelnet connect`: a telnet client, for hosts that ship none, and for TLS."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from argparse import Namespace
from collections.abc import Sequence
from typing import Final

from sttelnet.cli import exits
from sttelnet.cli.console import Console, console_size, open_console
from sttelnet.cli.dial import Answers
from sttelnet.cli.line import Line, PlainLine
from sttelnet.cli.parser import make_parser, port

EXAMPLES = (
    "sttelnet connect                       this machine, port 6023",
    "sttelnet connect db01.example.com 6023",
    "sttelnet connect --tls db01.example.com",
)
ESCAPE: Final = b"\x1d"  # Ctrl-], as telnet has it
CONNECT_TIMEOUT: Final = 10.0
LAST_WORDS: Final = 2.0  # seconds without a byte after which a host is heard out that cannot be told we are done
PORT: Final = 6023
TLS_PORT: Final = 6024
SIZE_POLL: Final = 0.5  # seconds between looks at the window's size: Windows sends no signal for it
CHUNK: Final = 65536


def run(arguments: Sequence[str]) -> int:
    """Call a host and be its terminal until either side hangs up."""
    parser = make_parser("connect", "A telnet client, plain or over TLS. Ctrl-] hangs up.", EXAMPLES)
    parser.add_argument("host", metavar="HOST", nargs="?", default="localhost")
    parser.add_argument("port", metavar="PORT", nargs="?", type=port, help=f"default: {PORT}, with --tls {TLS_PORT}")
    parser.add_argument("--tls", action="store_true", help="encrypt; the certificate must be valid and the host's")
    parser.add_argument("--cafile", metavar="FILE", help="trust the certificates in this file instead of the system's")
    parser.add_argument("--insecure", action="store_true", help="believe any certificate")
    options = parser.parse_args(arguments)
    if (options.cafile or options.insecure) and not options.tls:
        parser.error("--cafile and --insecure need --tls")
    number = (TLS_PORT if options.tls else PORT) if options.port is None else options.port
    with contextlib.ExitStack() as stack:
        line = _connect(options, number, stack)
        if isinstance(line, str):
            exits.say(line)
            return exits.UNAVAILABLE
        print(f"Connected to {options.host} port {number}{line.kind}. Ctrl-] hangs up.", flush=True)
        with open_console() as console:
            Call(line, console).run()
    print("\nHung up.")
    return exits.OK


def _connect(options: Namespace, number: int, stack: contextlib.ExitStack) -> Line | str:
    """Return the connection, or why there is none; `stack` closes it."""
    try:
        plain = socket.create_connection((options.host, number), timeout=CONNECT_TIMEOUT)
    except OSError as error:
        return f"cannot connect to {options.host} port {number}: {error.strerror or error}"
    stack.enter_context(plain)
    if not options.tls:
        return PlainLine(plain)
    from sttelnet.cli.secure import TlsLine, client_context, describe

    context = client_context(options.cafile, insecure=options.insecure)
    if isinstance(context, str):
        return context
    try:
        return TlsLine(stack.enter_context(context.wrap_socket(plain, server_hostname=options.host)))
    except OSError as error:
        return f"{options.host} port {number}: {describe(error)}"


class Call:
    """One call: the host's bytes in this thread, the keyboard's in another."""

    def __init__(self, line: Line, console: Console) -> None:
        self._line = line
        self._done = False  # nothing more will be sent, and the host does not know
        self._console = console
        self._answers = Answers(console.terminal_type, console_size())
        self._talking = threading.Lock()  # both threads send, and both ask `_answers`

    def run(self) -> None:
        """Show what the host sends until it or the person hangs up."""
        # A daemon: it waits for a key, and nobody may ever press one.
        threading.Thread(target=self._type, daemon=True).start()
        heard = time.monotonic()
        while not (self._done and time.monotonic() - heard > LAST_WORDS):
            if not self._line.wait(SIZE_POLL):
                self._look_at_size()
                continue
            try:
                data = self._line.recv(CHUNK)
            except BlockingIOError:
                continue
            except OSError:
                return
            if not data:
                return
            self._show(data)
            heard = time.monotonic()

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
                with contextlib.suppress(OSError):
                    self._line.hang_up()
                return
        with contextlib.suppress(OSError):  # the end of a file: hear the host out
            self._done = not self._line.finish()

    def _send(self, data: bytes) -> None:
        # A host that takes nothing for so long is as good as gone; the reading side will see it hang up.
        with contextlib.suppress(OSError):
            self._line.sendall(data)
