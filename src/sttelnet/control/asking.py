"""The command line's end of the control socket."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Final

import msgspec

from sttelnet.control.places import gate_file_of, read_gate, socket_of
from sttelnet.control.wire import (
    ANSWER_WITHIN,
    MOST_REQUEST,
    MOST_RESPONSE,
    SEND_WITHIN,
    Request,
    Response,
    pack,
    read_response,
)
from sttelnet.errors import ControlUnavailable

_NO_DAEMON: Final = (
    "no daemon runs with its data in {folder} (`sttelnet serve` starts one; --config or --data names it)"
)


def ask(folder: Path, request: Request) -> Response:
    """Ask the daemon that has its data in a folder. Blocks. Raises ControlUnavailable where none answers."""
    connection, token = _connect(folder)
    with connection:
        try:
            line = pack(msgspec.structs.replace(request, token=token))
            if len(line) > MOST_REQUEST:
                message = "that is too much to say at once"
                raise ControlUnavailable(message)
            connection.settimeout(SEND_WITHIN)
            connection.sendall(line)
            connection.settimeout(ANSWER_WITHIN + SEND_WITHIN)
            response = read_response(_line(connection))
        except OSError as error:
            message = f"the daemon with its data in {folder} has not answered: {error}"
            raise ControlUnavailable(message) from error
    if response is None:
        message = f"what answers for {folder} is no sttelnet daemon, or it has too much to do"
        raise ControlUnavailable(message)
    return response


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
        message = f"{path}: {error.strerror} (only who runs the daemon may use it)"
        raise ControlUnavailable(message) from error
    except OSError as error:
        raise ControlUnavailable(_NO_DAEMON.format(folder=folder)) from error
    raise ControlUnavailable(_NO_DAEMON.format(folder=folder))


def _line(connection: socket.socket) -> bytes:
    """Return what is sent up to the first line end, or the end."""
    data = bytearray()
    while b"\n" not in data and len(data) <= MOST_RESPONSE:
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return bytes(data)
