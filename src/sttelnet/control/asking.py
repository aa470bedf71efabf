"""The command line's end of the control socket."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path
from typing import Final

import msgspec

from sttelnet.control.places import Gate, gate_file_of, read_gate, socket_of
from sttelnet.control.wire import (
    ANSWER_WITHIN,
    KNOCK,
    MOST_REQUEST,
    MOST_RESPONSE,
    SEND_WITHIN,
    Request,
    Response,
    pack,
    read_response,
)
from sttelnet.errors import ControlUnavailable

KNOCK_WITHIN: Final = 2.0  # seconds for a daemon to say that it is there

_NO_DAEMON: Final = (
    "no daemon runs with its data in {folder} (`sttelnet serve` starts one; --config or --data names it)"
)
_TOO_MUCH: Final = Response(False, ["That is too much to say at once."])
_NO_TEXT: Final = Response(False, ["What is asked holds characters that cannot be sent."])


def ask(folder: Path, request: Request) -> Response:
    """Ask the daemon that has its data in a folder. Blocks. Raises ControlUnavailable where none answers."""
    connection, token = _connect(folder)
    with connection:
        try:
            line = pack(msgspec.structs.replace(request, token=token))
        except UnicodeEncodeError:  # an argument of the command line that was not in its charset
            return _NO_TEXT
        if len(line) > MOST_REQUEST:
            return _TOO_MUCH
        try:
            response = _exchange(connection, line, ANSWER_WITHIN + SEND_WITHIN)
        except OSError as error:
            message = f"the daemon with its data in {folder} has not answered: {error}"
            raise ControlUnavailable(message) from error
    if response is None:
        message = f"what answers for {folder} is no sttelnet daemon, or it has too much to do"
        raise ControlUnavailable(message)
    return response


def is_answered(gate: Gate) -> bool:
    """Whether the daemon that has written port and token still runs. Blocks."""
    try:
        with socket.create_connection(("127.0.0.1", gate.port), KNOCK_WITHIN) as connection:
            response = _exchange(connection, pack(Request(KNOCK, token=gate.token)), KNOCK_WITHIN)
    except OSError:
        return False  # the port may be another program's by now
    return response is not None and response.ok


def _connect(folder: Path) -> tuple[socket.socket, str]:
    path = socket_of(folder)
    try:
        if sys.platform != "win32" and path is not None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(SEND_WITHIN)
            try:
                connection.connect(str(path))
            except OSError:
                connection.close()
                raise
            return connection, ""
        gate = read_gate(gate_file_of(folder))
        if gate is not None:
            return socket.create_connection(("127.0.0.1", gate.port), SEND_WITHIN), gate.token
    except PermissionError as error:
        message = f"{path or gate_file_of(folder)}: {error.strerror} (only who runs the daemon may use it)"
        raise ControlUnavailable(message) from error
    except (BlockingIOError, TimeoutError) as error:
        message = f"the daemon with its data in {folder} has too much to do (try again)"
        raise ControlUnavailable(message) from error
    except OSError as error:
        raise ControlUnavailable(_NO_DAEMON.format(folder=folder)) from error
    raise ControlUnavailable(_NO_DAEMON.format(folder=folder))


def _exchange(connection: socket.socket, line: bytes, within: float) -> Response | None:
    """Send a request, return the response, None where what comes back is none. Raises OSError."""
    connection.settimeout(SEND_WITHIN)
    connection.sendall(line)
    return read_response(_line(connection, time.monotonic() + within))


def _line(connection: socket.socket, until: float) -> bytes:
    """Return what is sent up to the first line end, or the end."""
    data = bytearray()
    while b"\n" not in data and len(data) <= MOST_RESPONSE:
        left = until - time.monotonic()  # of the whole line: a byte now and then buys no more time
        if left <= 0:
            message = "timed out"
            raise TimeoutError(message)
        connection.settimeout(left)
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return bytes(data)
