"""A call to another host's sttelnet in the machine dialect (docs/programs.md): connect, log in, ask, read.

Whatever comes from the other end is believed only as far as the dialect goes, and a secret is told to nobody who has
not answered in it. Every wait ends at the deadline.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sttelnet.channel import DEFAULT_SIZE
from sttelnet.charset import clean, one_line
from sttelnet.cli.dial import Answers
from sttelnet.iac import doubled

MOST_READ: Final = 2 * 1024 * 1024  # bytes of a host that are looked at: four of the longest answers there are

_STATUS: Final = re.compile(rb"\n(?:\+OK (0)|-ERR (\d{1,3})) (\d{1,7})(?: ([^\r\n]{0,1024}))?\r\n")
_NOT_YET: Final = 4096  # bytes kept of what is no answer: more than a status line has
_READY: Final = "sttelnet"  # what /machine is answered with


class Unknown(Exception):  # noqa: N818 - it is the state
    """The host's state cannot be told; the words are the reason."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to call, and how."""

    host: str
    port: int
    timeout: float  # seconds for all of it
    tls: bool = False
    cafile: str | None = None
    insecure: bool = False

    def __str__(self) -> str:
        return f"{one_line(self.host)[:100]} port {self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the dialect, cleaned."""

    code: int
    words: str
    body: str


def call(target: Target, commands: Sequence[str]) -> Answer:
    """Give the commands one after the other, and return the answer to the last. Raises Unknown.

    In a thread: looking up a name has no time-out of its own. It is a daemon, so that it cannot keep the program.
    """
    results: list[Answer | Unknown] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(_talk(target, commands, time.monotonic() + target.timeout))
        except Unknown as reason:
            results.append(reason)
        except BaseException as error:  # noqa: BLE001 - the wall at a thread's root; raised where it is waited for
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(target.timeout + 0.5)
    if failures:
        raise failures[0]
    result = results[0] if results else _too_late(target)
    if isinstance(result, Unknown):
        raise result
    return result


def _too_late(target: Target) -> Unknown:
    return Unknown(f"{target}: no answer within {target.timeout:g} s")


def _talk(target: Target, commands: Sequence[str], deadline: float) -> Answer:
    try:
        with _connect(target, deadline) as line:
            talk = _Call(line, target, deadline)
            answer = talk.ask("/machine")
            if answer.code or answer.words != _READY:
                raise Unknown(f"{target} is no sttelnet that speaks to programs")
            for command in commands[:-1]:
                answer = talk.ask(command)
                if answer.code:
                    raise Unknown(answer.words or f"{target} does not let us in")
            return talk.ask(commands[-1])
    except TimeoutError:
        raise _too_late(target) from None
    except ValueError:  # of the host's name: idna, TLS
        raise Unknown(f"{target}: that is no name of a host") from None
    except (BrokenPipeError, ConnectionAbortedError, ConnectionResetError):
        raise Unknown(f"{target} hung up") from None
    except OSError as error:
        raise Unknown(f"{target}: {error.strerror or error}") from None


def _connect(target: Target, deadline: float) -> socket.socket:
    if not target.tls:
        return _dial(target.host, target.port, deadline)
    import ssl  # here, where TLS is asked for: it takes a tenth of the time there is

    from sttelnet.cli.secure import client_context, describe

    context = client_context(target.cafile, insecure=target.insecure)
    if isinstance(context, str):
        raise Unknown(context)
    line = _dial(target.host, target.port, deadline)
    try:
        line.settimeout(_left(deadline))
        return context.wrap_socket(line, server_hostname=target.host)
    except ssl.SSLError as error:
        line.close()
        raise Unknown(f"{target}: {describe(error)}") from None
    except BaseException:
        line.close()
        raise


def _dial(host: str, number: int, deadline: float) -> socket.socket:
    """Connect to the first address of a host that answers. Raises OSError, of the last one."""
    failure: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, number, type=socket.SOCK_STREAM):
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(_left(deadline))
            line.connect(address)
        except OSError as error:
            line.close()
            failure = error
        else:
            return line
    raise failure or OSError("it has no address")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Call:
    """A connection: commands out, answers in, telnet answered."""

    def __init__(self, line: socket.socket, target: Target, deadline: float) -> None:
        self._line, self._target, self._deadline = line, target, deadline
        self._answers = Answers(None, DEFAULT_SIZE)
        self._held = b"\n"  # an answer begins behind a line end
        self._read = 0

    def ask(self, command: str) -> Answer:
        """Give a command and return its answer. Raises Unknown, OSError."""
        self._send(doubled(command.encode("utf-8", "replace") + b"\r\n"))
        while (found := _STATUS.search(self._held)) is None:
            self._held = self._held[-_NOT_YET:]
            self._receive()
        code, length = int(found[1] or found[2]), int(found[3])
        while len(self._held) < found.end() + length:
            self._receive()
        body, rest = self._held[found.end() : found.end() + length], self._held[found.end() + length :]
        self._held = b"\n" + rest
        return Answer(code, _words(found[4] or b""), clean(body.decode("utf-8", "replace")))

    def _receive(self) -> None:
        self._line.settimeout(_left(self._deadline))
        data = self._line.recv(65536)
        self._read += len(data)
        if not data:
            raise Unknown(f"{self._target} hung up{_last_words(self._held)}")
        if self._read > MOST_READ:
            raise Unknown(f"{self._target} is no sttelnet: it talks too much")
        self._held += self._answers.receive_data(data)
        replies = self._answers.data_to_send()
        if replies:
            self._send(replies)

    def _send(self, data: bytes) -> None:
        self._line.settimeout(_left(self._deadline))
        self._line.sendall(data)


def _words(data: bytes) -> str:
    return one_line(data.decode("utf-8", "replace"))


def _last_words(held: bytes) -> str:
    """Return what a host said last before it hung up, as "Your address is not welcome here for now."."""
    lines = [words for line in held[-1000:].splitlines() if (words := _words(line))]
    return f", saying: {lines[-1][:100]}" if lines else ""
